/* Frames: PROTOCOL.md, section 1. Bytes in, whole frames out; and the way back. */
#ifndef RIG_FRAME_H
#define RIG_FRAME_H

#include <stddef.h> /* size_t */
#include <stdint.h> /* uint8_t, uint16_t */

#include "cobs.h" /* COBS_ENCODED_MAX */

/* Most bytes of a body. A part with little memory may set less; HELLO tells the host. */
#ifndef FRAME_BODY_MAX
#define FRAME_BODY_MAX 240u
#endif

#define FRAME_RAW_MIN 7u /* type, session, id, CRC */
#define FRAME_RAW_MAX (FRAME_RAW_MIN + FRAME_BODY_MAX)
#define FRAME_CODED_MAX COBS_ENCODED_MAX(FRAME_RAW_MAX)
#define FRAME_WIRE_MAX (FRAME_CODED_MAX + 1u) /* with its closing 0x00 */

struct frame {
    uint8_t type;
    uint16_t session;
    uint16_t id;
    const uint8_t *body; /* lives as long as the buffer it was read from; may be NULL when length is 0 */
    size_t length;       /* of the body, 0..FRAME_BODY_MAX */
};

enum frame_result {
    FRAME_NONE, /* nothing is complete yet */
    FRAME_GOOD, /* the frame is filled in */
    FRAME_BAD   /* something was complete and had to be dropped */
};

/* Collects one frame. All zero is its start. */
struct frame_receiver {
    uint8_t coded[FRAME_CODED_MAX]; /* bytes since the last 0x00; after a good frame, its decoded bytes */
    size_t length;                  /* how many of them, 0..FRAME_CODED_MAX; one more stands for overlong */
};

/* Takes one byte. On FRAME_GOOD `frame` points into the receiver, until the next call. */
enum frame_result frame_take(struct frame_receiver *receiver, uint8_t byte, struct frame *frame);

/* Writes the frame as it goes over the wire, with its closing 0x00, to `wire` (room for FRAME_WIRE_MAX); returns its
 * length. */
size_t frame_code(const struct frame *frame, uint8_t *wire);

#endif
