#include "safety.h" /* what is defined here */

#include "queue.h"   /* queue_cancel */
#include "running.h" /* running_end, running_value */
#include "samples.h" /* housekeeping */
#include "stage.h"   /* STAGE_FAILED, CODE_SAFE */
#include "timers.h"  /* timer_start, timer_stop */

void output_drive(RIG, uint8_t output, int32_t value)
{
    if (rig->output[output] != value) {
        rig->output[output] = value;
        if (port_of(rig)->drive != NULL) {
            port_of(rig)->drive(port_of(rig)->context, output, value);
        }
    }
}

void output_reset(RIG, uint8_t output)
{
    timer_stop(rig, (uint8_t)(TIMER_OUTPUT + output));
    output_drive(rig, output, kind_of(rig)->output[output].safe);
}

void outputs_reset(RIG)
{
    if (kind_of(rig)->ending != NULL) {
        kind_of(rig)->ending(rig);
    }
    for (uint8_t i = 0; i < kind_of(rig)->outputs; i++) {
        output_reset(rig, i);
    }
}

ONE_COPY void outputs_on(RIG, uint8_t mask)
{
    for (uint8_t i = 0; i < kind_of(rig)->outputs; i++) {
        if ((mask >> i & 1) != 0 && !rig->timer[TIMER_OUTPUT + i].on) {
            timer_start(rig, (uint8_t)(TIMER_OUTPUT + i), kind_of(rig)->output[i].longest);
        }
    }
}

void go_safe(RIG, enum safe_reason reason, uint8_t index)
{
    const uint8_t state = rig->state; /* before */

    if (state != RIG_SAFE) {
        if (state == RIG_RUNNING) {
            running_value(rig);
            if (reason == REASON_LIMIT || reason == REASON_ON_TIME) {
                rig->value = index;
            }
        }
        rig->armed = 0;
        rig->reason = (uint8_t)reason;
        running_end(rig, RIG_SAFE, STAGE_FAILED, (uint8_t)(CODE_SAFE + reason));
    }
    timer_stop(rig, TIMER_NONCE);
    queue_cancel(rig, (uint8_t)(CODE_SAFE + reason));
    if (state != RIG_SAFE && rig->session != 0) {
        housekeeping(rig);
    }
}

/* By address: so many operands of four bytes each are dear on a small part. */
ONE_COPY bool less(const int32_t *one, const int32_t *other)
{
    return *one < *other;
}

bool outside(const struct range *range, const int32_t *value)
{
    return less(value, &range->low) || less(&range->high, value);
}

void limits_reset(RIG)
{
    for (uint8_t i = 0; i < kind_of(rig)->channels; i++) {
        rig->limit[i] = kind_of(rig)->channel[i].limits;
    }
}

uint8_t limits_breached(const RIG)
{
    for (uint8_t i = 0; i < kind_of(rig)->channels; i++) {
        const int32_t value = kind_of(rig)->read(rig, i);

        if (outside(&rig->limit[i], &value)) {
            return i;
        }
    }
    return ALL_WITHIN;
}

ONE_COPY void limits_check(RIG)
{
    uint8_t channel;

    if (rig->state != RIG_SAFE) {
        channel = limits_breached(rig);
        if (channel != ALL_WITHIN) {
            go_safe(rig, REASON_LIMIT, channel);
        }
    }
}
