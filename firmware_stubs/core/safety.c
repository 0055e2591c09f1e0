#include "safety.h" /* what is defined here */

#include "queue.h"   /* queue_cancel */
#include "running.h" /* running_end, running_value */
#include "samples.h" /* housekeeping */
#include "stage.h"   /* STAGE_FAILED, CODE_SAFE */
#include "timers.h"  /* timer_start, timer_stop */

void output_drive(struct rig *rig, uint8_t output, int32_t value)
{
    if (rig->output[output] != value) {
        rig->output[output] = value;
        if (rig->port->drive != NULL) {
            rig->port->drive(rig->port->context, output, value);
        }
    }
}

void output_reset(struct rig *rig, uint8_t output)
{
    timer_stop(rig, (uint8_t)(TIMER_OUTPUT + output));
    output_drive(rig, output, rig->kind->output[output].safe);
}

void outputs_reset(struct rig *rig)
{
    if (rig->kind->ending != NULL) {
        rig->kind->ending(rig);
    }
    for (uint8_t i = 0; i < rig->kind->outputs; i++) {
        output_reset(rig, i);
    }
}

void outputs_on(struct rig *rig, uint8_t mask)
{
    for (uint8_t i = 0; mask != 0; i++, mask >>= 1) {
        if ((mask & 1) != 0 && !rig->timer[TIMER_OUTPUT + i].on) {
            timer_start(rig, (uint8_t)(TIMER_OUTPUT + i), rig->kind->output[i].longest);
        }
    }
}

void go_safe(struct rig *rig, enum safe_reason reason, uint8_t index)
{
    const bool was_safe = rig->state == RIG_SAFE;

    if (!was_safe) {
        running_value(rig);
        if (reason == REASON_LIMIT || reason == REASON_ON_TIME) {
            rig->value = index;
        }
        rig->armed = 0;
        rig->reason = (uint8_t)reason;
        running_end(rig, RIG_SAFE, STAGE_FAILED, (uint8_t)(CODE_SAFE + reason));
    }
    timer_stop(rig, TIMER_NONCE);
    queue_cancel(rig, (uint8_t)(CODE_SAFE + reason));
    if (!was_safe && rig->session != 0) {
        housekeeping(rig);
    }
}

/* By address: so many operands of four bytes each are dear on a small part. */
bool less(const int32_t *one, const int32_t *other)
{
    return *one < *other;
}

bool within(const struct range *range, const int32_t *value)
{
    return !less(value, &range->low) && !less(&range->high, value);
}

void limits_reset(struct rig *rig)
{
    for (uint8_t i = 0; i < rig->kind->channels; i++) {
        rig->limit[i] = rig->kind->channel[i].limits;
    }
}

uint8_t limits_breached(const struct rig *rig)
{
    for (uint8_t i = 0; i < rig->kind->channels; i++) {
        const int32_t value = rig->kind->read(rig, i);

        if (!within(&rig->limit[i], &value)) {
            return i;
        }
    }
    return ALL_WITHIN;
}

void limits_check(struct rig *rig)
{
    uint8_t channel;

    if (rig->state != RIG_SAFE) {
        channel = limits_breached(rig);
        if (channel != ALL_WITHIN) {
            go_safe(rig, REASON_LIMIT, channel);
        }
    }
}
