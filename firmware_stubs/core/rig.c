#include "rig.h" /* what is defined here */

#include <assert.h> /* promises of the port */
#include <string.h> /* memset */

#include "command.h" /* command_fire */
#include "journal.h" /* journal_read */
#include "link.h"    /* link_handle */
#include "running.h" /* running_go_on */
#include "safety.h"  /* go_safe, limits_reset, limits_check, outputs_reset */
#include "samples.h" /* samples_boot, samples_take, housekeeping_periodic */
#include "timers.h"  /* what is defined here, too */

ONE_COPY void timer_start(RIG, uint8_t timer, uint32_t ticks)
{
    rig->timer[timer].on = true;
    rig->timer[timer].due = rig->tick + ticks;
}

void timer_start_wall(RIG, uint8_t timer, uint8_t seconds)
{
    timer_start(rig, timer, seconds * rig->identity.speed_milli);
}

void timer_stop(RIG, uint8_t timer)
{
    rig->timer[timer].on = false;
}

uint32_t timer_left(const RIG, uint8_t timer)
{
    return rig->timer[timer].on ? rig->timer[timer].due - rig->tick : UINT32_MAX;
}

static void make_of(RIG, const struct kind *kind, void *plant, const struct rig_port *port)
{
#ifdef RIG_ONE
    (void)kind;
    (void)plant;
    (void)port;
#else
    rig->kind = kind;
    rig->plant = plant;
    rig->port = port;
#endif
}

void rig_boot(RIG, const struct kind *kind, void *plant, const struct rig_port *port,
              const struct rig_identity *identity)
{
    assert(identity->boot != 0);
    assert(identity->speed_milli >= RIG_SPEED_MIN && identity->speed_milli <= RIG_SPEED_MAX);
    memset(rig, 0, sizeof *rig);
    make_of(rig, kind, plant, port);
    rig->identity = *identity;
    rig->reason = REASON_BOOT;
    rig->kind_number = kind_of(rig)->number;
    rig->dictionary_hash = kind_of(rig)->dictionary_hash;
    outputs_reset(rig);
    timer_start(rig, TIMER_PLANT, RIG_PLANT_STEP);
    samples_boot(rig);
    limits_reset(rig);
    journal_read(rig);
    if (kind_of(rig)->boot != NULL) {
        kind_of(rig)->boot(rig);
    }
}

/* What a timer that is due does; that it goes on, or stops, too. */
static void fire(RIG, uint8_t timer)
{
    if (timer == TIMER_PLANT) {
        timer_start(rig, TIMER_PLANT, RIG_PLANT_STEP);
        if (kind_of(rig)->step != NULL) {
            kind_of(rig)->step(rig);
        }
        limits_check(rig);
    } else if (timer < TIMER_SAMPLE) {
        go_safe(rig, REASON_ON_TIME, (uint8_t)(timer - TIMER_OUTPUT));
    } else if (timer < TIMER_RUNNING) {
        samples_take(rig, &rig->stream[timer - TIMER_SAMPLE]);
    } else if (timer == TIMER_RUNNING) {
        running_go_on(rig);
    } else if (timer < TIMER_LEASE) {
        command_fire(rig);
    } else if (timer == TIMER_HOUSEKEEPING) {
        housekeeping_periodic(rig);
    } else {
        timer_stop(rig, timer); /* if it is the nonce's, that is all */
        if (timer == TIMER_LEASE) {
            go_safe(rig, REASON_LEASE, 0);
        }
    }
}

/* Ticks until the next timer from this one on, at most `most`. */
ONE_COPY static uint32_t soonest(const RIG, const struct timer *timer, uint32_t most)
{
    for (; timer < rig->timer + RIG_TIMERS; timer++) {
        const uint32_t left = timer->due - rig->tick;

        if (timer->on && left < most) {
            most = left;
        }
    }
    return most;
}

void rig_run(RIG, uint32_t tick)
{
    rig->thousandths = 0;
    while (rig->tick != tick) {
        rig->tick += soonest(rig, rig->timer, tick - rig->tick);
        for (uint8_t i = 0; i < RIG_TIMERS; i++) {
            if (timer_left(rig, i) == 0) {
                fire(rig, i);
            }
        }
    }
}

void rig_receive(RIG, uint32_t tick, uint16_t thousandths, const uint8_t *bytes, size_t length)
{
    rig_run(rig, tick);
    rig->thousandths = thousandths;
    for (; length > 0; length--) {
        const enum frame_result result = frame_take(&rig->receiver, *bytes++);

        if (result == FRAME_GOOD) {
            link_handle(rig);
        } else if (result == FRAME_BAD) {
            rig->bad_frames++;
        }
    }
}

uint32_t rig_due(const RIG)
{
    const struct timer *first = rig->timer;

    if (rig->state == RIG_SAFE) { /* no output is on, and of the plant only samples tell */
        first += rig->credit == 0 || !rig->timer[TIMER_LEASE].on ? TIMER_RUNNING : TIMER_SAMPLE;
    }
    return rig->tick + soonest(rig, first, UINT32_C(1) << 30);
}

void rig_halt(RIG)
{
    outputs_reset(rig);
}
