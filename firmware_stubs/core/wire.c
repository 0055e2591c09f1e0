#include "wire.h" /* what is defined here */

#include <assert.h> /* our own promises */
#include <stddef.h> /* offsetof */
#include <string.h> /* memcpy */

#include "frame.h" /* frame_close */
#include "stage.h" /* results_count */

enum { STATUS = 14, STAMP = 6 };

_Static_assert(offsetof(struct rig, tick) + 4 == offsetof(struct rig, state) + STATUS, "a status has no gaps");
_Static_assert(offsetof(struct rig, thousandths) + 2 == offsetof(struct rig, tick) + STAMP, "nor has a stamp");

void wire_begin(struct rig *rig, uint8_t type, uint16_t id)
{
    struct frame *frame = &rig->sender.frame;

    frame->type = type;
    frame->session = rig->session;
    frame->id = id;
    rig->sender.length = 0;
}

void wire_put(struct rig *rig, const void *bytes, uint8_t length)
{
    uint8_t *at = rig->sender.frame.body + rig->sender.length;

    assert(rig->sender.length + length <= FRAME_BODY_MAX);
    rig->sender.length = (uint8_t)(rig->sender.length + length);
    memcpy(at, bytes, length);
}

void wire_put_u8(struct rig *rig, uint8_t value)
{
    rig->sender.frame.body[rig->sender.length++] = value;
}

void wire_put_u16(struct rig *rig, uint16_t value)
{
    wire_put_u8(rig, (uint8_t)value);
    wire_put_u8(rig, (uint8_t)(value >> 8));
}

void wire_put_status(struct rig *rig)
{
    results_count(rig);
    wire_put(rig, (const uint8_t *)rig + offsetof(struct rig, state), STATUS);
}

void wire_put_stamp(struct rig *rig)
{
    wire_put(rig, (const uint8_t *)rig + offsetof(struct rig, tick), STAMP);
}

void wire_end(struct rig *rig)
{
    const uint8_t length = frame_close(&rig->sender);

    rig->port->send(rig->port->context, &rig->sender.frame.code, length);
}
