/* A fluid loop: a pump whose flow follows its rate with a lag, and the pressure that goes with the flow. */
#include "../core/command.h" /* COMMON_COMMANDS, DURATION_ARGUMENT, stop_carry_out */
#include "../core/rig.h"     /* struct rig: its plant */
#include "kinds.h"           /* struct fluid_loop */

enum { NL_PER_ML = 1000000, LAG = 5, STEPS_PER_MINUTE = 60, PA_AT_REST = 101325, UL_MIN_PER_PA = 25 };

static int32_t flow(const struct fluid_loop *loop)
{
    return (int32_t)(loop->flow_n / 1000); /* ul/min */
}

static void boot(void *plant)
{
    *(struct fluid_loop *)plant = (struct fluid_loop){0};
}

static void step(void *plant)
{
    struct fluid_loop *loop = plant;

    loop->flow_n += ((int64_t)loop->rate * NL_PER_ML - loop->flow_n) / LAG;
    loop->pumped_n += loop->flow_n / STEPS_PER_MINUTE;
}

static int32_t read(const void *plant, uint64_t tick, uint8_t index)
{
    const struct fluid_loop *loop = plant;

    (void)tick;
    return index == 0 ? flow(loop) : PA_AT_REST + flow(loop) / UL_MIN_PER_PA;
}

static int32_t value(const void *plant, uint64_t tick)
{
    const struct fluid_loop *loop = plant;

    (void)tick;
    /* ul; 200 ml/min over the longest profile is 2,016,000,000 ul, which fits. */
    return (int32_t)(loop->pumped_n / 1000);
}

static void make_safe(void *plant, uint64_t tick)
{
    struct fluid_loop *loop = plant;

    (void)tick;
    loop->rate = 0;
}

static void profile(struct rig *rig, const int32_t *arguments)
{
    struct fluid_loop *loop = rig->plant;

    loop->rate = arguments[0];
    loop->pumped_n = 0;
}

static const struct command COMMANDS[] = {
    /* opcode     name       flags       obeyed in  refuse carry out       begin    arguments */
    COMMON_COMMANDS,
    {OP_KIND,     "profile", HAZARDOUS,  IN_READY,  NULL,  NULL,           profile, 2,
     {{"rate", "ml/min", 1, 200}, DURATION_ARGUMENT}},
    {OP_KIND + 1, "stop",    IDEMPOTENT, IN_ANY,    NULL,  stop_carry_out, NULL,    0, {{0}}},
};

const struct kind FLUID_LOOP = {
    .name = "fluid-loop",
    .number = 2,
    .dictionary = 0x13B98BF9u,
    .channel = {{"flow", "ul/min", 0, 250000}, {"pressure", "Pa", 80000, 130000}},
    .commands = COMMANDS,
    .commands_length = sizeof COMMANDS / sizeof COMMANDS[0],
    .boot = boot,
    .step = step,
    .read = read,
    .value = value,
    .make_safe = make_safe,
};
