/* A fluid loop: a pump whose flow follows its rate with a lag, and the pressure that goes with the flow. */
#include "../core/rig.h"       /* struct rig: its plant */
#include "../core/safety.h"    /* output_drive */
#include "fluid_loop_tables.h" /* KIND_TABLES */
#include "kinds.h"             /* struct fluid_loop */

enum { PUMP = 0, LAG = 5, STEPS_PER_MINUTE = 60, UL_MIN_PER_PA = 25 };

static const int32_t NL_PER_ML = 1000000;
static const int32_t PA_AT_REST = 101325;

static void step(RIG)
{
    struct fluid_loop *loop = plant_of(rig);

    loop->flow += (rig->output[PUMP] * NL_PER_ML - loop->flow) / LAG;
    loop->pumped += loop->flow / STEPS_PER_MINUTE;
}

static int32_t read(const RIG, uint8_t channel)
{
    const struct fluid_loop *loop = plant_of(rig);
    const int32_t flow = loop->flow / 1000; /* ul/min */

    return channel == 0 ? flow : PA_AT_REST + flow / UL_MIN_PER_PA;
}

static int32_t value(const RIG)
{
    const struct fluid_loop *loop = plant_of(rig);

    /* ul; 200 ml/min over the longest profile is 2,016,000,000 ul, which fits. */
    return (int32_t)(loop->pumped / 1000);
}

static void do_profile(RIG)
{
    struct fluid_loop *loop = plant_of(rig);

    loop->pumped = 0;
    output_drive(rig, PUMP, rig->order.argument[0]);
}

const struct kind FLUID_LOOP = {
    KIND_TABLES,
    .step = step,
    .read = read,
    .value = value,
};
