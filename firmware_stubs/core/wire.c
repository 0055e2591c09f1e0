#include "wire.h" /* what is defined here */

#include <assert.h> /* our own promises */
#include <stddef.h> /* offsetof */
#include <string.h> /* memcpy */

#include "frame.h" /* frame_close */
#include "stage.h" /* results_count */

enum { STATUS = 14, STAMP = 6 };

_Static_assert(offsetof(struct rig, tick) + 4 == offsetof(struct rig, state) + STATUS, "a status has no gaps");
_Static_assert(offsetof(struct rig, thousandths) + 2 == offsetof(struct rig, tick) + STAMP, "nor has a stamp");

ONE_COPY void wire_begin(RIG, uint8_t type, uint16_t id)
{
    struct frame *frame = &rig->sender.frame;

    frame->type = type;
    frame->session = rig->session;
    frame->id = id;
    rig->sender.length = 0;
}

void wire_put(RIG, const void *bytes, uint8_t length)
{
    uint8_t *at = rig->sender.frame.body + rig->sender.length;

    assert(rig->sender.length + length <= FRAME_BODY_MAX);
    rig->sender.length = (uint8_t)(rig->sender.length + length);
    memcpy(at, bytes, length);
}

ONE_COPY void wire_put_u8(RIG, uint8_t value)
{
    rig->sender.frame.body[rig->sender.length++] = value;
}

void wire_put_u16(RIG, uint16_t value)
{
    wire_put_u8(rig, (uint8_t)value);
    wire_put_u8(rig, (uint8_t)(value >> 8));
}

void wire_put_status(RIG)
{
    results_count(rig);
    wire_put(rig, (const uint8_t *)rig + offsetof(struct rig, state), STATUS);
}

void wire_put_stamp(RIG)
{
    wire_put(rig, (const uint8_t *)rig + offsetof(struct rig, tick), STAMP);
}

void wire_end(RIG)
{
    const uint8_t length = frame_close(&rig->sender);

    port_of(rig)->send(port_of(rig)->context, &rig->sender.frame.code, length);
}
