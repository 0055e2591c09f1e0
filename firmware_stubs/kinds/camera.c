/* A camera: takes frames evenly over a capture and keeps them in a store. */
#include "../core/rig.h"    /* struct rig: its plant */
#include "../core/safety.h" /* output_drive */
#include "camera_tables.h"  /* KIND_TABLES */
#include "kinds.h"          /* struct camera */

enum { SHUTTER = 0, OP_CAPTURE = OP_KIND };

static const int32_t STORE = 1000000; /* frames */

/* Frames that the running capture has taken by now; 0 without one. */
static int32_t taken(const struct rig *rig)
{
    const struct camera *camera = rig->plant;

    if (rig->output[SHUTTER] == 0) {
        return 0;
    }
    return (int32_t)((uint64_t)(rig->tick - rig->running_start) * (uint64_t)camera->frames / rig->running_duration);
}

static int32_t value(const struct rig *rig)
{
    const struct camera *camera = rig->plant;

    return rig->output[SHUTTER] != 0 ? taken(rig) : camera->last;
}

static int32_t read(const struct rig *rig, uint8_t channel)
{
    const struct camera *camera = rig->plant;

    return channel == 0 ? value(rig) : camera->kept + taken(rig);
}

static void ending(struct rig *rig)
{
    struct camera *camera = rig->plant;

    if (rig->output[SHUTTER] != 0) {
        camera->last = taken(rig);
        camera->kept += camera->last;
    }
}

static uint8_t refuse(const struct rig *rig, uint8_t opcode)
{
    const struct camera *camera = rig->plant;

    return opcode == OP_CAPTURE && rig->order.argument[0] > STORE - camera->kept ? REJECTED_NO_ROOM : REJECTED_NOT;
}

static void do_capture(struct rig *rig)
{
    struct camera *camera = rig->plant;

    camera->frames = rig->order.argument[0];
    output_drive(rig, SHUTTER, 1);
}

static void do_erase(struct rig *rig)
{
    struct camera *camera = rig->plant;

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
