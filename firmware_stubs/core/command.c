#include "command.h" /* what is defined here */

#include <string.h> /* memcpy */

#include "journal.h" /* journal_write */
#include "queue.h"   /* queue_cancel, queue_put, queue_take */
#include "running.h" /* running_begin, running_end, running_value */
#include "safety.h"  /* go_safe, less, limits_breached, outputs_on, outside */
#include "stage.h"   /* stage_tell */
#include "timers.h"  /* timer_start_wall, timer_stop */

enum { DONE_PERCENT = 100, NONCE_SECONDS = 10 };

#define NONCE_FACTOR 40503u

/* A rejection with its value. */
ONE_COPY static enum rejection because(RIG, enum rejection rejection, uint8_t value)
{
    rig->value = value;
    return rejection;
}

/* Reads opcode and arguments into rig->order. */
static enum rejection parse(RIG, const uint8_t *body, uint8_t length)
{
    const struct command *row = kind_of(rig)->command;
    const struct range *range;
    const int32_t *argument = rig->order.argument;
    uint8_t left = kind_of(rig)->commands;

    while (row->opcode != *body) {
        row++;
        if (--left == 0) {
            return REJECTED_OPCODE;
        }
    }
    rig->order.row = row;
    if (length != 1 + 4 * row->arguments) {
        return REJECTED_ARGUMENTS;
    }
    memcpy(rig->order.argument, body + 1, sizeof rig->order.argument);
    range = kind_of(rig)->ranges + row->ranges;
    for (uint8_t i = 0; i < row->arguments; i++) {
        if (outside(range++, argument++)) {
            return because(rig, REJECTED_RANGE, i);
        }
    }
    return REJECTED_NOT;
}

static uint8_t driven(const RIG)
{
    const struct command *row = rig->order.row;

    return (uint8_t)(row->flags & DRIVES_ARGUMENT ? 1u << rig->order.argument[row->drives] : row->drives);
}

static enum rejection arm_refuse(RIG)
{
    uint8_t channel;

    if (!rig->timer[TIMER_NONCE].on || (uint8_t)rig->order.argument[0] != rig->nonce_outputs ||
        (uint16_t)rig->order.argument[1] != rig->nonce) {
        return REJECTED_NONCE;
    }
    channel = limits_breached(rig);
    return channel == ALL_WITHIN ? REJECTED_NOT : because(rig, REJECTED_LIMIT, channel);
}

static enum rejection limit_refuse(RIG)
{
    const int32_t *argument = rig->order.argument; /* channel, low, high */
    const struct range *widest = &kind_of(rig)->channel[argument[0]].limits;

    if (less(&argument[1], &widest->low)) {
        return because(rig, REJECTED_RANGE, 1);
    }
    if (less(&widest->high, &argument[2]) || less(&argument[2], &argument[1])) {
        return because(rig, REJECTED_RANGE, 2);
    }
    return REJECTED_NOT;
}

/* What is against the order now. */
static enum rejection judge(RIG, uint8_t outputs)
{
    const struct command *row = rig->order.row;
    const uint8_t unarmed = (uint8_t)(outputs & ~rig->armed);

    if ((row->flags & NEEDS_LEASE) != 0 && !rig->timer[TIMER_LEASE].on) {
        return REJECTED_NO_LEASE;
    }
    if ((row->flags >> rig->state & 1) == 0) {
        return rig->state == RIG_SAFE ? REJECTED_SAFE_MODE : REJECTED_BUSY;
    }
    if (unarmed != 0) {
        return because(rig, REJECTED_NOT_ARMED, unarmed);
    }
    if (row->opcode == OP_ARM) {
        return arm_refuse(rig);
    }
    if (row->opcode == OP_LIMIT) {
        return limit_refuse(rig);
    }
    return kind_of(rig)->refuse == NULL ? REJECTED_NOT : kind_of(rig)->refuse(rig, row->opcode);
}

/* Judges the order and carries it out. `result` is its place in the queue; NULL if it did not wait. */
static void decide(RIG, struct result *result)
{
    const struct command *row = rig->order.row;
    const uint8_t outputs = driven(rig);
    const enum rejection rejection = judge(rig, outputs);

    if (rejection != REJECTED_NOT) {
        stage_tell(rig, result, STAGE_REJECTED, (uint8_t)rejection);
        return;
    }
    journal_write(rig, row, rig->order_id, STAGE_STARTED);
    outputs_on(rig, outputs);
    if ((row->flags & LONG) != 0) {
        running_begin(rig, row, result);
    } else {
        row->carry_out(rig);
        journal_write(rig, row, rig->order_id, STAGE_DONE);
        rig->progress = DONE_PERCENT;
        stage_tell(rig, result, STAGE_DONE, 0);
    }
}

ONE_COPY void command_take(RIG, uint8_t header)
{
    const uint8_t *body = rig->receiver.frame.body;
    enum rejection rejection;
    uint32_t wait = 0;

    rig->order_id = rig->last_id;
    rejection = parse(rig, body + header, (uint8_t)(rig->receiver.length - header));
    if (rejection == REJECTED_NOT) {
        if (header != 0) {
            memcpy(&wait, body, sizeof wait);
            wait -= rig->tick;
        }
        if (wait == 0) {
            decide(rig, NULL);
            return;
        }
        if ((int32_t)wait < 0) {
            rig->value = (int32_t)(0 - wait);
            stage_tell(rig, NULL, STAGE_LATE, 0);
            return;
        }
        if (queue_put(rig, wait)) {
            return;
        }
        rejection = REJECTED_QUEUE;
    }
    stage_tell(rig, NULL, STAGE_REJECTED, (uint8_t)rejection);
}

void command_fire(RIG)
{
    struct result *result;

    while ((result = queue_take(rig, true)) != NULL) {
        decide(rig, result);
    }
}

void do_prepare(RIG)
{
    rig->nonce_outputs = (uint8_t)rig->order.argument[0];
    rig->nonce = (uint16_t)((uint16_t)rig->identity.boot ^ NONCE_FACTOR * rig->order_id);
    rig->value = rig->nonce;
    timer_start_wall(rig, TIMER_NONCE, NONCE_SECONDS);
}

void do_arm(RIG)
{
    timer_stop(rig, TIMER_NONCE);
    rig->armed |= (uint8_t)rig->order.argument[0];
    rig->state = RIG_READY;
    rig->reason = REASON_NONE;
}

void do_safe(RIG)
{
    go_safe(rig, REASON_COMMAND, 0);
}

void do_read(RIG)
{
    rig->value = kind_of(rig)->read(rig, (uint8_t)rig->order.argument[0]);
}

void do_limit(RIG)
{
    memcpy(&rig->limit[rig->order.argument[0]], &rig->order.argument[1], sizeof rig->limit[0]);
}

void do_cancel(RIG)
{
    queue_cancel(rig, CODE_STOPPED);
}

void do_stop(RIG)
{
    if (rig->state == RIG_RUNNING) {
        running_value(rig);
        running_end(rig, RIG_READY, STAGE_CANCELLED, CODE_STOPPED);
    }
}
