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

void timer_start(struct rig *rig, uint8_t timer, uint32_t ticks)
{
    rig->timer[timer].on = true;
    rig->timer[timer].due = rig->tick + ticks;
}

void timer_start_wall(struct rig *rig, uint8_t timer, uint8_t seconds)
{
    timer_start(rig, timer, seconds * rig->identity.speed_milli);
}

void timer_stop(struct rig *rig, uint8_t timer)
{
    rig->timer[timer].on = false;
}

void rig_boot(struct rig *rig, const struct kind *kind, void *plant, const struct rig_port *port,
              const struct rig_identity *identity)
{
    assert(identity->boot != 0);
    assert(identity->speed_milli >= RIG_SPEED_MIN && identity->speed_milli <= RIG_SPEED_MAX);
    memset(rig, 0, sizeof *rig);
    rig->kind = kind;
    rig->port = port;
    rig->plant = plant;
    rig->identity = *identity;
    rig->reason = REASON_BOOT;
    rig->kind_number = kind->number;
    rig->dictionary_hash = kind->dictionary_hash;
    outputs_reset(rig);
    timer_start(rig, TIMER_PLANT, RIG_PLANT_STEP);
    samples_boot(rig);
    limits_reset(rig);
    journal_read(rig);
    if (kind->boot != NULL) {
        kind->boot(rig);
    }
}

static void fire(struct rig *rig, uint8_t timer)
{
    timer_stop(rig, timer);
    if (timer == TIMER_PLANT) {
        timer_start(rig, TIMER_PLANT, RIG_PLANT_STEP);
        if (rig->kind->step != NULL) {
            rig->kind->step(rig);
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
    } else if (timer == TIMER_LEASE) {
        go_safe(rig, REASON_LEASE, 0);
    } else if (timer == TIMER_HOUSEKEEPING) {
        housekeeping_periodic(rig);
    } /* else the nonce is void now, and that is all */
}

/* Ticks until the next timer, at most `most`. */
static uint32_t soonest(const struct rig *rig, uint32_t most)
{
    for (const struct timer *timer = rig->timer; timer < rig->timer + RIG_TIMERS; timer++) {
        const uint32_t left = timer->due - rig->tick;

        if (timer->on && left < most) {
            most = left;
        }
    }
    return most;
}

void rig_run(struct rig *rig, uint32_t tick)
{
    rig->thousandths = 0;
    while (rig->tick != tick) {
        rig->tick += soonest(rig, tick - rig->tick);
        for (uint8_t i = 0; i < RIG_TIMERS; i++) {
            if (rig->timer[i].on && rig->timer[i].due == rig->tick) {
                fire(rig, i);
            }
        }
    }
}

void rig_receive(struct rig *rig, uint32_t tick, uint16_t thousandths, const uint8_t *bytes, size_t length)
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

uint32_t rig_due(const struct rig *rig)
{
    const uint32_t longest = UINT32_C(1) << 30;
    uint32_t soon = longest;

    for (uint8_t i = 0; i < RIG_TIMERS; i++) {
        const bool plant = i == TIMER_PLANT && rig->state == RIG_SAFE;
        const bool sample = i >= TIMER_SAMPLE && i < TIMER_RUNNING && (!rig->timer[TIMER_LEASE].on || rig->credit == 0);
        const uint32_t left = rig->timer[i].due - rig->tick;

        if (rig->timer[i].on && !plant && !sample && left < soon) {
            soon = left;
        }
    }
    return rig->tick + soon;
}

void rig_halt(struct rig *rig)
{
    outputs_reset(rig);
}
