/* Frames: PROTOCOL.md, section 1. Bytes in, whole frames out; and the way back. Both ways a frame is coded where it lies:
 * COBS (Cheshire and Baker, IEEE/ACM Transactions on Networking 7(2), 1999, https://doi.org/10.1109/90.769765) takes one
 * byte ahead of what it codes, and no more as long as that is shorter than 254. */
#ifndef RIG_FRAME_H
#define RIG_FRAME_H

#include <stdint.h> /* uint8_t, uint16_t */

#ifdef RIG_SMALL
enum { FRAME_BODY_MAX = 56 };
#else
enum { FRAME_BODY_MAX = 240 };
#endif

enum {
    FRAME_HEADER = 5, /* type, session, id */
    FRAME_CRC = 2,
    FRAME_RAW_MIN = FRAME_HEADER + FRAME_CRC,
    FRAME_RAW_MAX = FRAME_RAW_MIN + FRAME_BODY_MAX,
    FRAME_CODED_MAX = 1 + FRAME_RAW_MAX,
    FRAME_WIRE_MAX = FRAME_CODED_MAX + 1 /* with its closing 0x00 */
};

/* A frame as it lies on the wire once decoded; every part this is for is little-endian. */
struct frame {
    uint8_t code; /* COBS's */
    uint8_t type;
    uint16_t session;
    uint16_t id;
    uint8_t body[FRAME_BODY_MAX + FRAME_CRC + 1]; /* with what follows it */
};

enum frame_result {
    FRAME_NONE, /* nothing is complete yet */
    FRAME_GOOD, /* the frame is there */
    FRAME_BAD   /* something was complete and had to be dropped */
};

/* Collects one frame. All zero is its start. */
struct frame_receiver {
    uint8_t taken;  /* bytes since the last 0x00; FRAME_CODED_MAX + 1 stands for overlong */
    uint8_t length; /* of a good frame's body */
    struct frame frame;
};

/* Takes one byte. On FRAME_GOOD frame and length hold until the next call. */
enum frame_result frame_take(struct frame_receiver *receiver, uint8_t byte);

/* A frame that is being written. */
struct frame_sender {
    uint8_t length; /* of its body */
    struct frame frame;
};

/* Codes it where it lies. Returns the length on the wire, from frame.code to the closing 0x00. */
uint8_t frame_close(struct frame_sender *sender);

#endif
