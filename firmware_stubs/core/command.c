#include "command.h" /* what is defined here */

#include <assert.h> /* our own promises */

#include "bytes.h"  /* get_i32 */
#include "safety.h" /* go_safe, limits_breached */
#include "stage.h"  /* stage_tell, result_take */

enum { MARKS_FROM = 10000, MARKS = 10 };

/* ---- judging ---- */

static const struct command *find(const struct kind *kind, uint8_t opcode)
{
    for (uint8_t i = 0; i < kind->commands_length; i++) {
        if (kind->commands[i].opcode == opcode) {
            return &kind->commands[i];
        }
    }
    return NULL;
}

static struct refusal refused(enum rejection code, int32_t value)
{
    return (struct refusal){.code = (uint8_t)code, .value = value};
}

/* The first reason against the command; fills in `arguments` as far as it gets. */
static struct refusal judge(const struct rig *rig, const struct command *command, const uint8_t *body, size_t length,
                            int32_t *arguments)
{
    if (command == NULL) {
        return refused(REJECTED_OPCODE, 0);
    }
    if (length != 1u + 4u * command->arguments) {
        return refused(REJECTED_ARGUMENTS, 0);
    }
    for (uint8_t i = 0; i < command->arguments; i++) {
        arguments[i] = get_i32(body + 1 + 4 * i);
        if (arguments[i] < command->argument[i].min || arguments[i] > command->argument[i].max) {
            return refused(REJECTED_RANGE, i);
        }
    }
    if (!rig->lease && (command->flags & (HAZARDOUS | NEEDS_LEASE)) != 0) {
        return refused(REJECTED_NO_LEASE, 0);
    }
    if ((command->obeyed_in & (1u << rig->state)) == 0) {
        return refused(rig->state == RIG_SAFE ? REJECTED_SAFE_MODE : REJECTED_BUSY, 0);
    }
    if (command->refuse != NULL) {
        return command->refuse(rig, arguments);
    }
    return refused(REJECTED_NOT, 0);
}

static void begin(struct rig *rig, const struct command *command, uint16_t id, const int32_t *arguments)
{
    rig->running = (struct running){
        .id = id,
        .start = rig->tick,
        .duration = (uint32_t)arguments[command->arguments - 1],
        .next_mark = 1,
    };
    if (rig->running.duration < MARKS_FROM) {
        rig->running.next_mark = MARKS;
    }
    rig->state = RIG_RUNNING;
    command->begin(rig, arguments);
    stage_tell(rig, id, STAGE_STARTED, 0, 0, rig->kind->value(rig->plant, rig->tick));
}

void command_take(struct rig *rig, uint16_t id, const uint8_t *body, size_t length)
{
    const struct command *command = find(rig->kind, body[0]);
    int32_t arguments[COMMAND_ARGUMENTS_MAX];
    struct refusal refusal;

    assert(length >= 1 && length <= COMMAND_BODY_MAX);
    assert(result_room(rig, id));
    rig->last_id = id;
    result_take(rig, id);
    refusal = judge(rig, command, body, length, arguments);
    if (refusal.code != REJECTED_NOT) {
        stage_tell(rig, id, STAGE_REJECTED, refusal.code, 0, refusal.value);
        return;
    }
    stage_tell(rig, id, STAGE_ACCEPTED, 0, 0, 0);
    if (command->begin != NULL) {
        begin(rig, command, id, arguments);
    } else {
        const int32_t value = command->carry_out(rig, arguments);

        stage_tell(rig, id, STAGE_DONE, 0, 100, value);
    }
}

/* ---- the running command ---- */

static uint64_t mark_tick(const struct running *running)
{
    return running->start + ((uint64_t)running->next_mark * running->duration + MARKS - 1) / MARKS;
}

static uint64_t end_tick(const struct running *running)
{
    return running->start + running->duration;
}

uint64_t command_next_tick(const struct rig *rig)
{
    if (rig->state != RIG_RUNNING) {
        return RIG_NEVER;
    }
    return rig->running.next_mark < MARKS ? mark_tick(&rig->running) : end_tick(&rig->running);
}

/* A value is always taken before outputs are reset. */
static void finish(struct rig *rig, enum stage stage, uint8_t code, uint8_t progress)
{
    const int32_t value = rig->kind->value(rig->plant, rig->tick);

    rig->kind->make_safe(rig->plant, rig->tick);
    rig->state = RIG_READY;
    stage_tell(rig, rig->running.id, stage, code, progress, value);
}

void command_advance(struct rig *rig)
{
    struct running *running = &rig->running;

    if (rig->state != RIG_RUNNING) {
        return;
    }
    if (running->next_mark < MARKS && rig->tick == mark_tick(running)) {
        const uint8_t progress = (uint8_t)(running->next_mark * 10u);

        running->next_mark++;
        stage_tell(rig, running->id, STAGE_PROGRESS, 0, progress, rig->kind->value(rig->plant, rig->tick));
    }
    if (rig->tick == end_tick(running)) {
        finish(rig, STAGE_DONE, 0, 100);
    }
}

/* ---- what every kind can do ---- */

struct refusal arm_refuse(const struct rig *rig, const int32_t *arguments)
{
    const int32_t channel = limits_breached(rig);

    (void)arguments;
    return channel >= 0 ? refused(REJECTED_LIMIT, channel) : refused(REJECTED_NOT, 0);
}

int32_t arm_carry_out(struct rig *rig, const int32_t *arguments)
{
    (void)arguments;
    rig->state = RIG_READY;
    rig->reason = REASON_NONE;
    return 0;
}

int32_t safe_carry_out(struct rig *rig, const int32_t *arguments)
{
    (void)arguments;
    go_safe(rig, REASON_COMMAND, 0);
    return 0;
}

int32_t read_carry_out(struct rig *rig, const int32_t *arguments)
{
    return rig->kind->read(rig->plant, rig->tick, (uint8_t)arguments[0]);
}

struct refusal limit_refuse(const struct rig *rig, const int32_t *arguments)
{
    const struct channel *channel = &rig->kind->channel[arguments[0]];

    if (arguments[1] < channel->low) {
        return refused(REJECTED_RANGE, 1);
    }
    if (arguments[2] > channel->high || arguments[1] > arguments[2]) {
        return refused(REJECTED_RANGE, 2);
    }
    return refused(REJECTED_NOT, 0);
}

int32_t limit_carry_out(struct rig *rig, const int32_t *arguments)
{
    rig->limit[arguments[0]] = (struct limit){.low = arguments[1], .high = arguments[2]};
    return 0;
}

int32_t stop_carry_out(struct rig *rig, const int32_t *arguments)
{
    (void)arguments;
    if (rig->state == RIG_RUNNING) {
        finish(rig, STAGE_CANCELLED, CODE_STOPPED, stage_percent(rig));
    }
    return 0;
}
