/* A power switch: four outlets, and the current that goes through those that are on. */
#include "../core/rig.h"         /* struct rig: its outputs */
#include "../core/safety.h"      /* output_drive, output_reset */
#include "kinds.h"               /* POWER_SWITCH */
#include "power_switch_tables.h" /* KIND_TABLES */

enum { OUTLETS = 4 };

static const int16_t CURRENT[OUTLETS] = {250, 600, 1200, 3000}; /* mA */

static int32_t read(const RIG, uint8_t channel)
{
    int32_t sum = 0;

    for (uint8_t i = 0; i < OUTLETS; i++) {
        if (rig->output[i] != 0) {
            sum += channel == 0 ? 1 << i : CURRENT[i];
        }
    }
    return sum;
}

static void do_on(RIG)
{
    output_drive(rig, (uint8_t)rig->order.argument[0], 1);
    rig->value = read(rig, 0);
}

static void do_off(RIG)
{
    output_reset(rig, (uint8_t)rig->order.argument[0]);
    rig->value = read(rig, 0);
}

const struct kind POWER_SWITCH = {
    KIND_TABLES,
    .read = read,
};
