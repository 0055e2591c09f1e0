#include "frame.h" /* what is defined here */

#include <stddef.h> /* offsetof */

#include "crc.h" /* crc16_append, crc16_holds */

_Static_assert(FRAME_RAW_MAX < 254, "COBS takes one byte");
_Static_assert(offsetof(struct frame, body) == 1 + FRAME_HEADER, "a frame lies as it goes over the wire");
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the wire's integers are those of a little-endian part"
#endif

/* Puts the zeros back into coded bytes. False when the last block is not whole. */
static bool uncode(uint8_t *bytes, uint8_t length)
{
    uint8_t left = *bytes; /* until the next code */

    while (--length > 0) {
        bytes++;
        if (--left == 0) {
            left = *bytes;
            *bytes = 0;
        }
    }
    return left == 1;
}

enum frame_result frame_take(struct frame_receiver *receiver, uint8_t byte)
{
    uint8_t *coded = &receiver->frame.code;
    uint8_t taken = receiver->taken;

    if (byte != 0) {
        if (taken <= FRAME_CODED_MAX) {
            coded[taken] = byte;
            receiver->taken = (uint8_t)(taken + 1);
        }
        return FRAME_NONE;
    }
    if (taken == 0) {
        return FRAME_NONE;
    }
    receiver->taken = 0;
    receiver->length = (uint8_t)(taken - 1 - FRAME_RAW_MIN);
    if (taken <= FRAME_RAW_MIN || taken > FRAME_CODED_MAX || !uncode(coded, taken)) {
        return FRAME_BAD;
    }
    return crc16_holds(coded + 1, (uint8_t)(taken - 1 - FRAME_CRC)) ? FRAME_GOOD : FRAME_BAD;
}

uint8_t frame_close(struct frame_sender *sender)
{
    const uint8_t length = (uint8_t)(FRAME_HEADER + sender->length);
    uint8_t *const code = (uint8_t *)&sender->frame;
    uint8_t *at = code + 1;
    uint8_t run = 0; /* from this byte to the next zero */

    crc16_append(at, length);
    at += length + FRAME_CRC;
    *at = 0;
    *code = 0; /* coded as a zero of the frame would be */
    do {
        run++;
        at--;
        if (*at == 0) {
            *at = run;
            run = 0;
        }
    } while (at != code);
    return (uint8_t)(1 + length + FRAME_CRC + 1);
}
