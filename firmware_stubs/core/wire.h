/* What frames there are, and how they leave the rig. PROTOCOL.md, section 3. */
#ifndef RIG_WIRE_H
#define RIG_WIRE_H

#include <stddef.h> /* size_t */
#include <stdint.h> /* uint8_t, uint16_t */

#include "rig.h" /* struct rig */

enum frame_type {
    FRAME_HELLO = 0x01,
    FRAME_OPEN = 0x02,
    FRAME_COMMAND = 0x03,
    FRAME_BEAT = 0x04,
    FRAME_ABORT = 0x05,
    FRAME_FROM_RIG = 0x80, /* and above */
    FRAME_HELLO_REPLY = 0x81,
    FRAME_OPENED = 0x82,
    FRAME_STAGE = 0x83,
    FRAME_BEAT_REPLY = 0x84,
    FRAME_ABORTED = 0x85,
    FRAME_HOUSEKEEPING = 0x86,
    FRAME_TELEMETRY = 0x87,
    FRAME_NAK = 0x8F
};

/* Sends a frame of the current session. */
void wire_send(struct rig *rig, enum frame_type type, uint16_t id, const uint8_t *body, size_t length);

/* Sends a frame of any session: what answers a frame of a wrong one. */
void wire_send_in(struct rig *rig, uint16_t session, enum frame_type type, uint16_t id, const uint8_t *body,
                  size_t length);

#endif
