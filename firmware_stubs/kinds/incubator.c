/* An incubator: a chamber held at a temperature by a Peltier element, in a cabin of 22 degC, and a stirrer. */
#include "../core/rig.h"      /* struct rig: its plant */
#include "../core/safety.h"   /* output_drive */
#include "incubator_tables.h" /* KIND_TABLES */
#include "kinds.h"            /* struct incubator */

enum { HEATER = 0, FULL_DRIVE = 1000 };

static const int32_t CABIN = 22000;        /* mdegC */
static const int32_t CABIN_U = 22000000;   /* micro-degC */
static const int32_t PER_PERMILLE = 40000; /* micro-degC above the cabin in the end */

static void boot(RIG)
{
    struct incubator *incubator = plant_of(rig);

    incubator->temperature = CABIN_U;
}

static int32_t temperature(const RIG)
{
    const struct incubator *incubator = plant_of(rig);

    return incubator->temperature / 1000;
}

/* A proportional controller with feed-forward; at full drive the chamber tends to 40 degC above or below the cabin,
 * with a time constant of 600 steps. */
static void step(RIG)
{
    struct incubator *incubator = plant_of(rig);
    int16_t drive = 0;

    if (rig->state == RIG_RUNNING) {
        drive = (int16_t)((incubator->target - temperature(rig)) / 5 + (incubator->target - CABIN) / 40);
        if (drive > FULL_DRIVE) {
            drive = FULL_DRIVE;
        }
        if (drive < -FULL_DRIVE) {
            drive = -FULL_DRIVE;
        }
    }
    output_drive(rig, HEATER, drive);
    incubator->temperature += (CABIN_U + drive * PER_PERMILLE - incubator->temperature) / 600;
}

static int32_t read(const RIG, uint8_t channel)
{
    return channel == 0 ? temperature(rig) : rig->output[HEATER];
}

static void do_heat(RIG)
{
    struct incubator *incubator = plant_of(rig);

    incubator->target = rig->order.argument[0];
}

static void do_agitate(RIG)
{
    struct incubator *incubator = plant_of(rig);

    incubator->turns = (incubator->turns + (uint32_t)rig->order.argument[0]) & INT32_MAX;
    rig->value = (int32_t)incubator->turns;
}

const struct kind INCUBATOR = {
    KIND_TABLES,
    .boot = boot,
    .step = step,
    .read = read,
    .value = temperature,
};
