#include "wire.h" /* what is defined here */

#include "frame.h" /* frame_code */

void wire_send_in(struct rig *rig, uint16_t session, enum frame_type type, uint16_t id, const uint8_t *body,
                  size_t length)
{
    const struct frame frame = {
        .type = (uint8_t)type, .session = session, .id = id, .body = body, .length = length};
    uint8_t wire[FRAME_WIRE_MAX];
    const size_t wire_length = frame_code(&frame, wire);

    rig->port->send(rig->port->context, rig->wall, wire, wire_length);
}

void wire_send(struct rig *rig, enum frame_type type, uint16_t id, const uint8_t *body, size_t length)
{
    wire_send_in(rig, rig->session, type, id, body, length);
}
