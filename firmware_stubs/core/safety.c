#include "safety.h" /* what is defined here */

#include "stage.h"     /* stage_tell */
#include "telemetry.h" /* telemetry_housekeeping */

void go_safe(struct rig *rig, enum safe_reason reason, int32_t value)
{
    const uint8_t was = rig->state;

    if (was == RIG_SAFE) {
        return; /* the reason is latched */
    }
    if (was == RIG_RUNNING && reason != REASON_LIMIT) {
        value = rig->kind->value(rig->plant, rig->tick);
    }
    rig->kind->make_safe(rig->plant, rig->tick);
    rig->state = RIG_SAFE;
    rig->reason = (uint8_t)reason;
    if (was == RIG_RUNNING) {
        stage_tell(rig, rig->running.id, STAGE_FAILED, (uint8_t)(CODE_FAILED + reason), stage_percent(rig), value);
    }
    if (rig->session != 0) {
        telemetry_housekeeping(rig);
    }
}

void lease_renew(struct rig *rig)
{
    rig->lease = true;
    rig->lease_until = rig->wall + RIG_LEASE_MS;
}

void lease_check(struct rig *rig)
{
    if (rig->lease && rig->wall >= rig->lease_until) {
        rig->lease = false;
        go_safe(rig, REASON_LEASE, 0);
    }
}

void limits_reset(struct rig *rig)
{
    for (uint8_t i = 0; i < RIG_CHANNELS; i++) {
        rig->limit[i].low = rig->kind->channel[i].low;
        rig->limit[i].high = rig->kind->channel[i].high;
    }
}

int32_t limits_breached(const struct rig *rig)
{
    for (uint8_t i = 0; i < RIG_CHANNELS; i++) {
        const int32_t value = rig->kind->read(rig->plant, rig->tick, i);

        if (value < rig->limit[i].low || value > rig->limit[i].high) {
            return i;
        }
    }
    return -1;
}

void limits_check(struct rig *rig)
{
    int32_t channel;

    if (rig->state == RIG_SAFE) {
        return;
    }
    channel = limits_breached(rig);
    if (channel >= 0) {
        go_safe(rig, REASON_LIMIT, channel);
    }
}
