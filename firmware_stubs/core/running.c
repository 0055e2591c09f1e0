#include "running.h" /* what is defined here */

#include "journal.h" /* journal_write */
#include "safety.h"  /* outputs_reset */
#include "timers.h"  /* timer_start, timer_stop */

enum { WHOLE_PERCENT = 100, MARKS = 10, MARKED_FROM = 10000 /* ticks */ };

/* Lets the running timer go to the next mark: ceil(mark * duration / 10) ticks after the start. */
static void next_mark(RIG)
{
    uint32_t ticks = rig->running_tenth;

    rig->running_mark++;
    if (rig->running_late < rig->running_rest) {
        rig->running_late = (uint8_t)(rig->running_late + MARKS);
        ticks++;
    }
    rig->running_late = (uint8_t)(rig->running_late - rig->running_rest);
    timer_start(rig, TIMER_RUNNING, ticks);
}

void running_value(RIG)
{
    rig->value = kind_of(rig)->value == NULL ? 0 : kind_of(rig)->value(rig);
}

void running_begin(RIG, const struct command *row, struct result *result)
{
    const uint32_t duration = (uint32_t)rig->order.argument[row->arguments - 1];

    if (result == NULL) {
        result = &rig->result[RESULT_LONG];
    }
    result->id = rig->order_id;
    rig->running = result;
    rig->running_row = row;
    rig->running_start = rig->tick;
    rig->running_duration = duration;
    rig->running_tenth = duration / MARKS;
    rig->running_rest = (uint8_t)(duration % MARKS);
    rig->running_late = 0;
    rig->running_mark = 0;
    if (duration < MARKED_FROM) {
        rig->running_mark = MARKS;
        timer_start(rig, TIMER_RUNNING, duration);
    } else {
        next_mark(rig);
    }
    rig->state = RIG_RUNNING;
    row->carry_out(rig);
    running_value(rig);
    stage_tell(rig, result, STAGE_STARTED, 0);
}

static uint8_t percent(const RIG)
{
    uint32_t elapsed = rig->tick - rig->running_start;
    uint32_t duration = rig->running_duration;

    if (elapsed < UINT32_MAX / WHOLE_PERCENT) {
        elapsed *= WHOLE_PERCENT;
    } else {
        duration /= WHOLE_PERCENT;
    }
    elapsed /= duration;
    return (uint8_t)(elapsed < WHOLE_PERCENT ? elapsed : WHOLE_PERCENT);
}

void running_end(RIG, enum rig_state state, enum stage stage, uint8_t code)
{
    struct result *running = rig->running;
    const uint8_t before = rig->state;

    outputs_reset(rig);
    timer_stop(rig, TIMER_RUNNING);
    rig->state = (uint8_t)state;
    if (before == RIG_RUNNING) {
        journal_write(rig, rig->running_row, running->id, stage);
        rig->progress = percent(rig);
        stage_tell(rig, running, stage, code);
    }
}

void running_go_on(RIG)
{
    running_value(rig);
    if (rig->running_mark == MARKS) {
        running_end(rig, RIG_READY, STAGE_DONE, 0);
        return;
    }
    rig->progress = (uint8_t)(rig->running_mark * (WHOLE_PERCENT / MARKS));
    next_mark(rig);
    stage_tell(rig, rig->running, STAGE_PROGRESS, 0);
}
