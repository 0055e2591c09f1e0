/* An incubator: a chamber held at a temperature by a Peltier element, in a cabin of 22 degC. */
#include "../core/command.h" /* COMMON_COMMANDS, DURATION_ARGUMENT, stop_carry_out */
#include "../core/rig.h"     /* struct rig: its plant */
#include "kinds.h"           /* struct incubator */

enum { CABIN_U = 22000000, CABIN_M = 22000, FULL_DRIVE = 1000 };

static int32_t clamp(int32_t value, int32_t low, int32_t high)
{
    return value < low ? low : value > high ? high : value;
}

static int32_t temperature(const struct incubator *incubator)
{
    return (int32_t)(incubator->temp_u / 1000); /* mdegC */
}

static void boot(void *plant)
{
    *(struct incubator *)plant = (struct incubator){.temp_u = CABIN_U};
}

/* A proportional controller with feed-forward; at full drive the chamber tends to 40 degC above or below the cabin,
 * with a time constant of 600 steps. */
static void step(void *plant)
{
    struct incubator *incubator = plant;

    incubator->drive = 0;
    if (incubator->heating) {
        incubator->drive = clamp((incubator->target - temperature(incubator)) / 5 + (incubator->target - CABIN_M) / 40,
                                 -FULL_DRIVE, FULL_DRIVE);
    }
    incubator->temp_u += (CABIN_U + (int64_t)incubator->drive * 40000 - incubator->temp_u) / 600;
}

static int32_t read(const void *plant, uint64_t tick, uint8_t index)
{
    const struct incubator *incubator = plant;

    (void)tick;
    return index == 0 ? temperature(incubator) : incubator->drive;
}

static int32_t value(const void *plant, uint64_t tick)
{
    (void)tick;
    return temperature(plant);
}

static void make_safe(void *plant, uint64_t tick)
{
    struct incubator *incubator = plant;

    (void)tick;
    incubator->heating = 0;
    incubator->drive = 0;
}

static void heat(struct rig *rig, const int32_t *arguments)
{
    struct incubator *incubator = rig->plant;

    incubator->heating = 1;
    incubator->target = arguments[0];
}

static const struct command COMMANDS[] = {
    /* opcode     name    flags       obeyed in  refuse carry out       begin arguments */
    COMMON_COMMANDS,
    {OP_KIND,     "heat", HAZARDOUS,  IN_READY,  NULL,  NULL,           heat, 2,
     {{"target", "mdegC", 4000, 45000}, DURATION_ARGUMENT}},
    {OP_KIND + 1, "off",  IDEMPOTENT, IN_ANY,    NULL,  stop_carry_out, NULL, 0, {{0}}},
};

const struct kind INCUBATOR = {
    .name = "incubator",
    .number = 1,
    .dictionary = 0xE5B2BB81u,
    .channel = {{"temperature", "mdegC", -5000, 50000}, {"heater", "permille", -1000, 1000}},
    .commands = COMMANDS,
    .commands_length = sizeof COMMANDS / sizeof COMMANDS[0],
    .boot = boot,
    .step = step,
    .read = read,
    .value = value,
    .make_safe = make_safe,
};
