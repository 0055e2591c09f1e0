/* A camera: takes frames evenly over a capture and keeps them in a store. */
#include "../core/rig.h"    /* struct rig: its plant */
#include "../core/safety.h" /* output_drive */
#include "camera_tables.h"  /* KIND_TABLES */
#include "kinds.h"          /* struct camera */

enum { SHUTTER = 0, OP_CAPTURE = OP_KIND };

static const int32_t STORE = 1000000; /* frames */

/* Frames that the running capture has taken by now; 0 without one. */
static int32_t taken(const RIG)
{
    const struct camera *camera = plant_of(rig);

    if (rig->output[SHUTTER] == 0) {
        return 0;
    }
    return (int32_t)((uint64_t)(rig->tick - rig->running_start) * (uint64_t)camera->frames / rig->running_duration);
}

static int32_t value(const RIG)
{
    const struct camera *camera = plant_of(rig);

    return rig->output[SHUTTER] != 0 ? taken(rig) : camera->last;
}

static int32_t read(const RIG, uint8_t channel)
{
    const struct camera *camera = plant_of(rig);

    return channel == 0 ? value(rig) : camera->kept + taken(rig);
}

static void ending(RIG)
{
    struct camera *camera = plant_of(rig);

    if (rig->output[SHUTTER] != 0) {
        camera->last = taken(rig);
        camera->kept += camera->last;
    }
}

static uint8_t refuse(const RIG, uint8_t opcode)
{
    const struct camera *camera = plant_of(rig);

    return opcode == OP_CAPTURE && rig->order.argument[0] > STORE - camera->kept ? REJECTED_NO_ROOM : REJECTED_NOT;
}

static void do_capture(RIG)
{
    struct camera *camera = plant_of(rig);

    camera->frames = rig->order.argument[0];
    output_drive(rig, SHUTTER, 1);
}

static void do_erase(RIG)
{
    struct camera *camera = plant_of(rig);

    rig->value = camera->kept;
    camera->kept = 0;
}

const struct kind CAMERA = {
    KIND_TABLES,
    .read = read,
    .value = value,
    .ending = ending,
    .refuse = refuse,
};
