#include "rig.h" /* what is defined here */

#include <assert.h> /* promises of the port and of ourselves */
#include <string.h> /* memset */

#include "clock.h"     /* tick_at, wall_of */
#include "command.h"   /* command_advance, command_next_tick */
#include "link.h"      /* link_handle */
#include "safety.h"    /* limits_reset, limits_check, lease_check */
#include "telemetry.h" /* telemetry_sample, telemetry_periodic */

void rig_boot(struct rig *rig, const struct kind *kind, void *plant, const struct rig_port *port,
              const struct rig_identity *identity)
{
    assert(identity->boot != 0);
    assert(identity->speed_milli >= SPEED_MILLI_MIN && identity->speed_milli <= SPEED_MILLI_MAX);
    memset(rig, 0, sizeof *rig);
    rig->kind = kind;
    rig->port = port;
    rig->plant = plant;
    rig->identity = *identity;
    rig->state = RIG_SAFE;
    rig->reason = REASON_BOOT;
    rig->sample_interval = telemetry_interval(identity->speed_milli);
    limits_reset(rig);
    kind->boot(plant);
}

static uint64_t sooner(uint64_t one, uint64_t other)
{
    return one < other ? one : other;
}

static uint64_t next_tick(const struct rig *rig)
{
    /* Samples fall on plant steps: their interval is a multiple of it. */
    return sooner((rig->tick / RIG_PLANT_STEP + 1) * RIG_PLANT_STEP, command_next_tick(rig));
}

/* Everything that one device tick brings, in the order of PROTOCOL.md, section 2, a to d. */
static void visit_tick(struct rig *rig, uint64_t tick)
{
    rig->tick = tick;
    if (tick % RIG_PLANT_STEP == 0) {
        rig->kind->step(rig->plant);
        limits_check(rig);
    }
    if (tick % rig->sample_interval == 0) {
        telemetry_sample(rig);
    }
    command_advance(rig);
}

static void visit_wall(struct rig *rig, uint64_t wall)
{
    const uint64_t end = tick_at(wall, rig->identity.speed_milli);

    assert(wall > rig->wall);
    rig->wall = wall;
    for (uint64_t tick = next_tick(rig); tick <= end; tick = next_tick(rig)) {
        visit_tick(rig, tick);
    }
    rig->tick = end;
    lease_check(rig);
    telemetry_periodic(rig);
}

uint64_t rig_due(const struct rig *rig)
{
    uint64_t due = RIG_NEVER;

    if (rig->state != RIG_SAFE) {
        due = wall_of(next_tick(rig), rig->identity.speed_milli);
    }
    if (rig->lease) {
        due = sooner(due, rig->lease_until);
    }
    if (rig->session != 0) {
        due = sooner(due, rig->housekeeping_due);
    }
    return due;
}

void rig_run(struct rig *rig)
{
    const uint64_t now = rig->port->wall_ms(rig->port->context);

    assert(now >= rig->wall && now <= WALL_MS_MAX);
    while (rig->wall < now) {
        visit_wall(rig, sooner(rig_due(rig), now));
    }
}

void rig_receive(struct rig *rig, const uint8_t *bytes, size_t length)
{
    struct frame frame;

    rig_run(rig);
    for (size_t i = 0; i < length; i++) {
        switch (frame_take(&rig->receiver, bytes[i], &frame)) {
        case FRAME_GOOD:
            link_handle(rig, &frame);
            break;
        case FRAME_BAD:
            rig->bad_frames++;
            break;
        case FRAME_NONE:
            break;
        }
    }
}

void rig_halt(struct rig *rig)
{
    rig->kind->make_safe(rig->plant, rig->tick);
    rig->state = RIG_SAFE;
}
