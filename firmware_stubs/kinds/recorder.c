/* A recorder: ten inputs, sampled at every tick. It drives nothing. */
#include "../core/rig.h"     /* struct rig: its tick */
#include "kinds.h"           /* RECORDER */
#include "recorder_tables.h" /* KIND_TABLES */

static int32_t read(const RIG, uint8_t channel)
{
    return (int32_t)((uint64_t)rig->tick * (uint64_t)(14 * channel + 7) % 4001) - 2000;
}

const struct kind RECORDER = {
    KIND_TABLES,
    .read = read,
};
