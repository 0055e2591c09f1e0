/* Frames read and written a second time, apart from the core, so that each checks the other: PROTOCOL.md, section 1. */
#ifndef FUZZ_WIRE_H
#define FUZZ_WIRE_H

#include <stdbool.h> /* bool */
#include <stddef.h>  /* size_t */
#include <stdint.h>  /* uint8_t, uint16_t */

#ifdef RIG_SMALL
#define WIRE_BODY_MAX 56u
#else
#define WIRE_BODY_MAX 240u
#endif
#define WIRE_RAW_MAX (WIRE_BODY_MAX + 7u)
#define WIRE_CODED_MAX (WIRE_RAW_MAX + 1u)
#define WIRE_MAX (WIRE_CODED_MAX + 1u) /* with the closing 0x00 */

struct packet {
    uint8_t type;
    uint16_t session;
    uint16_t id;
    uint8_t body[WIRE_BODY_MAX];
    size_t length; /* of the body */
};

/* What one byte more has completed. */
enum heard { HEARD_NOTHING, HEARD_FRAME, HEARD_BAD };

/* All zero is its start. */
struct listener {
    uint8_t coded[WIRE_CODED_MAX];
    size_t length; /* one more than fits: overlong */
};

/* Writes a frame with its closing 0x00 to `wire` (room for WIRE_MAX); returns its length. */
size_t wire_code(const struct packet *packet, uint8_t *wire);

/* Reads what stood between two 0x00; false when it is bad. */
bool wire_read(const uint8_t *coded, size_t length, struct packet *packet);

/* Takes one byte; on HEARD_FRAME `packet` is filled in. */
enum heard listener_take(struct listener *listener, uint8_t byte, struct packet *packet);

uint16_t wire_u16(const uint8_t *bytes);
uint32_t wire_u32(const uint8_t *bytes);
void wire_set(uint8_t *bytes, uint64_t value, size_t length);
/* CRC-16/IBM-3740, bit by bit. */
uint16_t wire_crc(const uint8_t *bytes, size_t length);

#endif
