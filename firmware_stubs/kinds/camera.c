/* A camera: takes frames evenly over a capture and keeps them in a store. */
#include "../core/command.h" /* COMMON_COMMANDS, DURATION_ARGUMENT, REJECTED_NO_ROOM, stop_carry_out */
#include "../core/rig.h"     /* struct rig: its plant */
#include "kinds.h"           /* struct camera */

enum { STORE = 1000000 };

/* Frames that the running capture has taken by `tick`; 0 without one. */
static int32_t taken(const struct camera *camera, uint64_t tick)
{
    if (!camera->capturing) {
        return 0;
    }
    return (int32_t)((tick - camera->start) * (uint64_t)camera->frames / (uint64_t)camera->duration);
}

static void boot(void *plant)
{
    *(struct camera *)plant = (struct camera){0};
}

static void step(void *plant)
{
    (void)plant; /* nothing in it follows the clock by itself */
}

static int32_t value(const void *plant, uint64_t tick)
{
    const struct camera *camera = plant;

    return camera->capturing ? taken(camera, tick) : camera->last;
}

static int32_t read(const void *plant, uint64_t tick, uint8_t index)
{
    const struct camera *camera = plant;

    return index == 0 ? value(camera, tick) : camera->kept + taken(camera, tick);
}

static void make_safe(void *plant, uint64_t tick)
{
    struct camera *camera = plant;

    if (camera->capturing) {
        camera->last = taken(camera, tick);
        camera->kept += camera->last;
        camera->capturing = 0;
    }
}

static struct refusal capture_refuse(const struct rig *rig, const int32_t *arguments)
{
    const struct camera *camera = rig->plant;

    return (struct refusal){.code = arguments[0] > STORE - camera->kept ? REJECTED_NO_ROOM : REJECTED_NOT};
}

static void capture(struct rig *rig, const int32_t *arguments)
{
    struct camera *camera = rig->plant;

    camera->start = rig->tick;
    camera->frames = arguments[0];
    camera->duration = arguments[1];
    camera->capturing = 1;
}

static int32_t erase(struct rig *rig, const int32_t *arguments)
{
    struct camera *camera = rig->plant;
    const int32_t kept = camera->kept;

    (void)arguments;
    camera->kept = 0;
    return kept;
}

static const struct command COMMANDS[] = {
    /* opcode     name       flags                   obeyed in  refuse          carry out       begin    arguments */
    COMMON_COMMANDS,
    {OP_KIND,     "capture", HAZARDOUS,              IN_READY,  capture_refuse, NULL,           capture, 2,
     {{"frames", "count", 1, STORE}, DURATION_ARGUMENT}},
    {OP_KIND + 1, "stop",    IDEMPOTENT,             IN_ANY,    NULL,           stop_carry_out, NULL,    0, {{0}}},
    {OP_KIND + 2, "erase",   HAZARDOUS | IDEMPOTENT, IN_READY,  NULL,           erase,          NULL,    0, {{0}}},
};

const struct kind CAMERA = {
    .name = "camera",
    .number = 3,
    .dictionary = 0x8B7D29FDu,
    .channel = {{"frames", "count", 0, STORE}, {"stored", "count", 0, STORE}},
    .commands = COMMANDS,
    .commands_length = sizeof COMMANDS / sizeof COMMANDS[0],
    .boot = boot,
    .step = step,
    .read = read,
    .value = value,
    .make_safe = make_safe,
};
