#include "command.h" /* what is defined here */

#include <string.h> /* memcpy */

#include "journal.h" /* journal_write */
#include "queue.h"   /* queue_cancel, queue_put, queue_take */
#include "running.h" /* running_begin, running_end, running_value */
#include "safety.h"  /* go_safe, less, limits_breached, outputs_on, within */
#include "stage.h"   /* stage_tell */
#include "timers.h"  /* timer_start_wall, timer_stop */

enum { DONE_PERCENT = 100, NONCE_SECONDS = 10 };

#define NONCE_FACTOR 40503u

/* Reads opcode and arguments into rig->order. */
static enum rejection parse(struct rig *rig, const uint8_t *body, uint8_t length)
{
    const struct command *row = rig->kind->command;
    const struct range *range;
    const int32_t *argument = rig->order.argument;
    uint8_t left = rig->kind->commands;

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
    range = rig->kind->ranges + row->ranges;
    for (uint8_t i = 0; i < row->arguments; i++) {
        if (!within(range++, argument++)) {
            rig->value = i;
            return REJECTED_RANGE;
        }
    }
    return REJECTED_NOT;
}

static uint8_t driven(const struct rig *rig)
{
    const struct command *row = rig->order.row;

    return (uint8_t)(row->flags & DRIVES_ARGUMENT ? 1u << rig->order.argument[row->drives] : row->drives);
}

static enum rejection arm_refuse(struct rig *rig)
{
    uint8_t channel;

    if (!rig->timer[TIMER_NONCE].on || (uint8_t)rig->order.argument[0] != rig->nonce_outputs ||
        (uint16_t)rig->order.argument[1] != rig->nonce) {
        return REJECTED_NONCE;
    }
    channel = limits_breached(rig);
    if (channel == ALL_WITHIN) {
        return REJECTED_NOT;
    }
    rig->value = channel;
    return REJECTED_LIMIT;
}

static enum rejection limit_refuse(struct rig *rig)
{
    const int32_t *argument = rig->order.argument; /* channel, low, high */
    const struct range *widest = &rig->kind->channel[argument[0]].limits;

    if (less(&argument[1], &widest->low)) {
        rig->value = 1;
        return REJECTED_RANGE;
    }
    if (less(&widest->high, &argument[2]) || less(&argument[2], &argument[1])) {
        rig->value = 2;
        return REJECTED_RANGE;
    }
    return REJECTED_NOT;
}

/* What is against the order now. */
static enum rejection judge(struct rig *rig)
{
    const struct command *row = rig->order.row;
    const uint8_t unarmed = (uint8_t)(driven(rig) & ~rig->armed);

    if ((row->flags & NEEDS_LEASE) != 0 && !rig->timer[TIMER_LEASE].on) {
        return REJECTED_NO_LEASE;
    }
    if ((row->flags >> rig->state & 1) == 0) {
        return rig->state == RIG_SAFE ? REJECTED_SAFE_MODE : REJECTED_BUSY;
    }
    if (unarmed != 0) {
        rig->value = unarmed;
        return REJECTED_NOT_ARMED;
    }
    if (row->opcode == OP_ARM) {
        return arm_refuse(rig);
    }
    if (row->opcode == OP_LIMIT) {
        return limit_refuse(rig);
    }
    return rig->kind->refuse == NULL ? REJECTED_NOT : rig->kind->refuse(rig, row->opcode);
}

/* Judges the order and carries it out. `result` is its place in the queue; NULL if it did not wait. */
static void decide(struct rig *rig, struct result *result)
{
    const struct command *row = rig->order.row;
    const enum rejection rejection = judge(rig);

    if (rejection != REJECTED_NOT) {
        stage_tell(rig, result, STAGE_REJECTED, (uint8_t)rejection);
        return;
    }
    journal_write(rig, row, rig->order_id, STAGE_STARTED);
    outputs_on(rig, driven(rig));
    if ((row->flags & LONG) != 0) {
        running_begin(rig, result);
    } else {
        row->carry_out(rig);
        journal_write(rig, row, rig->order_id, STAGE_DONE);
        rig->progress = DONE_PERCENT;
        stage_tell(rig, result, STAGE_DONE, 0);
    }
}

void command_take(struct rig *rig, uint8_t header)
{
    const uint8_t *body = rig->receiver.frame.body;
    enum rejection rejection;
    uint32_t wait = 0;

    rig->value = 0;
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

void command_fire(struct rig *rig)
{
    struct result *result;

    while ((result = queue_take(rig, true)) != NULL) {
        decide(rig, result);
    }
}

void do_prepare(struct rig *rig)
{
    rig->nonce_outputs = (uint8_t)rig->order.argument[0];
    rig->nonce = (uint16_t)((uint16_t)rig->identity.boot ^ NONCE_FACTOR * rig->order_id);
    rig->value = rig->nonce;
    timer_start_wall(rig, TIMER_NONCE, NONCE_SECONDS);
}

void do_arm(struct rig *rig)
{
    timer_stop(rig, TIMER_NONCE);
    rig->armed |= (uint8_t)rig->order.argument[0];
    rig->state = RIG_READY;
    rig->reason = REASON_NONE;
}

void do_safe(struct rig *rig)
{
    go_safe(rig, REASON_COMMAND, 0);
}

void do_read(struct rig *rig)
{
    rig->value = rig->kind->read(rig, (uint8_t)rig->order.argument[0]);
}

void do_limit(struct rig *rig)
{
    memcpy(&rig->limit[rig->order.argument[0]], &rig->order.argument[1], sizeof rig->limit[0]);
}

void do_cancel(struct rig *rig)
{
    queue_cancel(rig, CODE_STOPPED);
}

void do_stop(struct rig *rig)
{
    if (rig->state == RIG_RUNNING) {
        running_value(rig);
        running_end(rig, RIG_READY, STAGE_CANCELLED, CODE_STOPPED);
    }
}
