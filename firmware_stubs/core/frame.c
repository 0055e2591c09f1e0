#include "frame.h" /* what is defined here */

#include <assert.h>  /* a body that fits */
#include <stdbool.h> /* bool */
#include <string.h>  /* memcpy */

#include "bytes.h" /* get_u16, put_u8, put_u16 */
#include "crc.h"   /* crc16 */

enum { HEADER = 5, CRC = 2 };

static bool parse(const uint8_t *raw, int length, struct frame *frame)
{
    size_t checked;

    if (length < (int)FRAME_RAW_MIN) {
        return false;
    }
    checked = (size_t)length - CRC;
    if (crc16(CRC16_START, raw, checked) != get_u16(raw + checked)) {
        return false;
    }
    frame->type = raw[0];
    frame->session = get_u16(raw + 1);
    frame->id = get_u16(raw + 3);
    frame->body = raw + HEADER;
    frame->length = checked - HEADER;
    return true;
}

enum frame_result frame_take(struct frame_receiver *receiver, uint8_t byte, struct frame *frame)
{
    const size_t length = receiver->length;

    if (byte != 0) {
        if (length < FRAME_CODED_MAX) {
            receiver->coded[length] = byte;
        }
        if (length <= FRAME_CODED_MAX) {
            receiver->length = length + 1;
        }
        return FRAME_NONE;
    }
    receiver->length = 0;
    if (length == 0) {
        return FRAME_NONE;
    }
    if (length > FRAME_CODED_MAX ||
        !parse(receiver->coded, cobs_decode(receiver->coded, length, receiver->coded, FRAME_RAW_MAX), frame)) {
        return FRAME_BAD;
    }
    return FRAME_GOOD;
}

size_t frame_code(const struct frame *frame, uint8_t *wire)
{
    uint8_t raw[FRAME_RAW_MAX];
    uint8_t *at = raw;
    size_t coded;

    assert(frame->length <= FRAME_BODY_MAX);
    at = put_u8(at, frame->type);
    at = put_u16(at, frame->session);
    at = put_u16(at, frame->id);
    if (frame->length > 0) {
        memcpy(at, frame->body, frame->length);
        at += frame->length;
    }
    at = put_u16(at, crc16(CRC16_START, raw, HEADER + frame->length));
    coded = cobs_encode(raw, (size_t)(at - raw), wire);
    wire[coded] = 0;
    return coded + 1;
}
