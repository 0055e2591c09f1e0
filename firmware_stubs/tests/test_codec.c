/* CRC, COBS and frames by themselves. */
#include <string.h> /* memcmp, memcpy, memset */

#include "../core/crc.h"   /* crc16 */
#include "../core/frame.h" /* frame_close, frame_take */
#include "check.h"         /* CHECK, chance */

static void crc_has_its_check_value(void)
{
    uint8_t digits[] = {'1', '2', '3', '4', '5', '6', '7', '8', '9', 0, 0};

    CHECK(crc16(digits, 9) == 0x29B1);
    CHECK(crc16(digits, 0) == 0xFFFF);
    crc16_append(digits, 9);
    CHECK(digits[9] == 0xB1 && digits[10] == 0x29);
    CHECK(crc16_holds(digits, 9));
    digits[3] ^= 1;
    CHECK(!crc16_holds(digits, 9));
}

/* Gives the coded bytes to the receiver; what the last of them brought. */
static enum frame_result take(struct frame_receiver *receiver, const uint8_t *bytes, size_t length)
{
    enum frame_result result = FRAME_NONE;

    for (size_t i = 0; i < length; i++) {
        CHECK(result == FRAME_NONE);
        result = frame_take(receiver, bytes[i]);
    }
    return result;
}

/* The ABORT of PROTOCOL.md, which needs no encoder. */
static void the_button_is_as_printed(void)
{
    static const uint8_t button[] = {0x02, 0x05, 0x01, 0x01, 0x01, 0x03, 0x5B, 0x32, 0x00};
    struct frame_sender sender = {.length = 0, .frame = {.type = 5}};

    CHECK(frame_close(&sender) == sizeof button);
    CHECK(memcmp(&sender.frame, button, sizeof button) == 0);
}

/* Any frame comes back as it went, with no 0x00 but its last. */
static void frames_return(void)
{
    static struct frame_receiver receiver;
    uint64_t seed = 20261122;

    for (int round = 0; round < 20000; round++) {
        const uint32_t zeros = chance(&seed) % 8;
        struct frame_sender sender = {.length = (uint8_t)(chance(&seed) % (FRAME_BODY_MAX + 1))};
        struct frame_sender wire;
        uint8_t length;

        sender.frame.type = (uint8_t)chance(&seed);
        sender.frame.session = (uint16_t)(chance(&seed) & chance(&seed) & chance(&seed));
        sender.frame.id = (uint16_t)(chance(&seed) & chance(&seed) & chance(&seed));
        for (int i = 0; i < sender.length; i++) {
            sender.frame.body[i] = chance(&seed) % 8 < zeros ? 0 : (uint8_t)chance(&seed);
        }
        wire = sender;
        length = frame_close(&wire);
        CHECK(length == sender.length + 9 && length <= FRAME_WIRE_MAX);
        CHECK((const uint8_t *)memchr(&wire.frame, 0, length) == &wire.frame.code + length - 1);
        CHECK(take(&receiver, &wire.frame.code, length) == FRAME_GOOD);
        CHECK(receiver.length == sender.length && receiver.frame.type == sender.frame.type &&
              receiver.frame.session == sender.frame.session && receiver.frame.id == sender.frame.id);
        CHECK(memcmp(receiver.frame.body, sender.frame.body, sender.length) == 0);
    }
}

/* A whole frame after any noise and one 0x00 is taken. */
static void frames_return_after_noise(void)
{
    static struct frame_receiver receiver;
    struct frame_sender sender = {.length = 4, .frame = {.type = 0x83, .session = 513, .id = 65535}};
    uint8_t length;
    uint64_t seed = 3;

    memcpy(sender.frame.body, (const uint8_t[]){0, 1, 0, 255}, 4);
    length = frame_close(&sender);
    for (int round = 0; round < 5000; round++) {
        for (uint32_t noise = chance(&seed) % 600; noise > 0; noise--) {
            (void)frame_take(&receiver, (uint8_t)(chance(&seed) % (round % 2 == 0 ? 256 : 6)));
        }
        (void)frame_take(&receiver, 0);
        CHECK(take(&receiver, &sender.frame.code, length) == FRAME_GOOD);
        CHECK(receiver.frame.type == 0x83 && receiver.length == 4 && receiver.frame.body[3] == 255);
    }
}

/* The longest frame is taken; with bytes more before its 0x00 nothing of it is, and the next frame is whole. */
static void overlong_frames_are_bad(void)
{
    static struct frame_receiver receiver;

    for (int more = 0; more < 600; more++) {
        struct frame_sender longest = {.length = FRAME_BODY_MAX, .frame = {.type = 1}};
        const size_t length = frame_close(&longest) - 1u; /* without its 0x00 */

        CHECK(length == FRAME_CODED_MAX);
        CHECK(take(&receiver, &longest.frame.code, length) == FRAME_NONE);
        for (int i = 0; i < more; i++) {
            CHECK(frame_take(&receiver, 1) == FRAME_NONE);
        }
        CHECK(frame_take(&receiver, 0) == (more == 0 ? FRAME_GOOD : FRAME_BAD));
        CHECK(frame_take(&receiver, 0) == FRAME_NONE);
    }
}

void test_codec(void)
{
    crc_has_its_check_value();
    the_button_is_as_printed();
    frames_return();
    frames_return_after_noise();
    overlong_frames_are_bad();
}
