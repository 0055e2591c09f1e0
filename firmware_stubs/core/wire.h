/* How a frame is written and leaves: wire_begin, any wire_put, wire_end. PROTOCOL.md, section 3. */
#ifndef RIG_WIRE_H
#define RIG_WIRE_H

#include "rig.h" /* struct rig */

enum frame_type {
    FRAME_HELLO = 0x01,
    FRAME_OPEN,
    FRAME_COMMAND,
    FRAME_BEAT,
    FRAME_ABORT,
    FRAME_DICTIONARY,
    FRAME_PING,
    FRAME_RESEND,
    FRAME_COMMAND_AT,
    FRAME_FROM_RIG = 0x80, /* this and above */
    FRAME_HELLO_REPLY,
    FRAME_OPENED,
    FRAME_STAGE,
    FRAME_BEAT_REPLY,
    FRAME_ABORTED,
    FRAME_HOUSEKEEPING,
    FRAME_TELEMETRY,
    FRAME_DICTIONARY_PART,
    FRAME_PONG,
    FRAME_GONE,
    FRAME_NAK = 0x8F
};

void wire_begin(RIG, uint8_t type, uint16_t id);
void wire_put(RIG, const void *bytes, uint8_t length);
void wire_put_u8(RIG, uint8_t value);
void wire_put_u16(RIG, uint16_t value);

/* The 14 bytes of `status`; the tick and its thousandths. */
void wire_put_status(RIG);
void wire_put_stamp(RIG);

void wire_end(RIG);

#endif
