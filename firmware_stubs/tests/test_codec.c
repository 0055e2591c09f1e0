/* CRC, COBS and frames by themselves. Buffers are of the exact size on the heap, so that the sanitizer sees one byte
 * too far. */
#include <stdlib.h> /* malloc, free */
#include <string.h> /* memcmp, memset */

#include "../core/cobs.h"  /* cobs_encode, cobs_decode */
#include "../core/crc.h"   /* crc16 */
#include "../core/frame.h" /* frame_code, frame_take */
#include "check.h"         /* CHECK, chance */

static void crc_has_its_check_value(void)
{
    const uint8_t digits[] = {'1', '2', '3', '4', '5', '6', '7', '8', '9'};

    CHECK(crc16(CRC16_START, digits, sizeof digits) == 0x29B1);
    CHECK(crc16(crc16(CRC16_START, digits, 4), digits + 4, 5) == 0x29B1);
    CHECK(crc16(CRC16_START, digits, 0) == CRC16_START);
}

/* The examples of the COBS article's table, and the lengths at which a block closes. */
static void cobs_encodes_as_published(void)
{
    static const struct {
        size_t length;
        uint8_t in[4];
        size_t coded_length;
        uint8_t coded[5];
    } cases[] = {
        {0, {0}, 1, {1}},
        {1, {0}, 2, {1, 1}},
        {2, {0, 0}, 3, {1, 1, 1}},
        {4, {0x11, 0x22, 0, 0x33}, 5, {3, 0x11, 0x22, 2, 0x33}},
        {4, {0x11, 0x22, 0x33, 0x44}, 5, {5, 0x11, 0x22, 0x33, 0x44}},
        {4, {0x11, 0, 0, 0}, 5, {2, 0x11, 1, 1, 1}},
    };
    uint8_t run[255];
    uint8_t coded[257];

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CHECK(cobs_encode(cases[i].in, cases[i].length, coded) == cases[i].coded_length);
        CHECK(memcmp(coded, cases[i].coded, cases[i].coded_length) == 0);
    }
    memset(run, 7, sizeof run);
    CHECK(cobs_encode(run, 253, coded) == 254 && coded[0] == 254);
    CHECK(cobs_encode(run, 254, coded) == 255 && coded[0] == 255);
    CHECK(cobs_encode(run, 255, coded) == 257 && coded[0] == 255 && coded[255] == 2);
    run[254] = 0;
    CHECK(cobs_encode(run, 255, coded) == 257 && coded[0] == 255 && coded[255] == 1 && coded[256] == 1);
}

static void cobs_returns_what_it_took(void)
{
    uint64_t seed = 20261122;

    for (int round = 0; round < 2000; round++) {
        const size_t length = chance(&seed) % 600;
        const uint32_t zeros = chance(&seed) % 8; /* how often, in 256ths times 32 */
        uint8_t *in = malloc(length + 1);
        uint8_t *coded = malloc(COBS_ENCODED_MAX(length));
        uint8_t *out = malloc(length + 1);
        size_t coded_length;

        for (size_t i = 0; i < length; i++) {
            in[i] = chance(&seed) % 256 < zeros * 32 ? 0 : (uint8_t)chance(&seed);
        }
        coded_length = cobs_encode(in, length, coded);
        CHECK(coded_length <= COBS_ENCODED_MAX(length));
        CHECK(memchr(coded, 0, coded_length) == NULL);
        CHECK(cobs_decode(coded, coded_length, out, length) == (int)length);
        CHECK(memcmp(in, out, length) == 0);
        if (length > 0) {
            CHECK(cobs_decode(coded, coded_length, out, length - 1) == COBS_TOO_LONG);
            CHECK(cobs_decode(coded, coded_length, coded, length) == (int)length); /* in place */
            CHECK(memcmp(in, coded, length) == 0);
        }
        free(in);
        free(coded);
        free(out);
    }
}

static void cobs_refuses(void)
{
    const uint8_t past_the_end[] = {3, 1};
    const uint8_t zero_as_code[] = {1, 0};
    const uint8_t zero_inside[] = {3, 0, 1};
    uint8_t out[8];
    uint64_t seed = 7;

    CHECK(cobs_decode(past_the_end, 0, out, sizeof out) == COBS_EMPTY);
    CHECK(cobs_decode(past_the_end, sizeof past_the_end, out, sizeof out) == COBS_TRUNCATED);
    CHECK(cobs_decode(zero_as_code, sizeof zero_as_code, out, sizeof out) == COBS_ZERO);
    CHECK(cobs_decode(zero_inside, sizeof zero_inside, out, sizeof out) == COBS_ZERO);
    for (int round = 0; round < 20000; round++) { /* noise stays inside its buffers */
        const size_t length = 1 + chance(&seed) % 300;
        const size_t room = chance(&seed) % 300;
        uint8_t *noise = malloc(length);
        uint8_t *heap = malloc(room + 1);

        for (size_t i = 0; i < length; i++) {
            noise[i] = (uint8_t)(chance(&seed) % (round % 2 == 0 ? 256 : 6));
        }
        CHECK(cobs_decode(noise, length, heap, room) <= (int)room);
        free(noise);
        free(heap);
    }
}

static void frames_return_after_noise(void)
{
    static struct frame_receiver receiver;
    const uint8_t body[] = {0, 1, 0, 255};
    const struct frame sent = {.type = 0x83, .session = 513, .id = 65535, .body = body, .length = sizeof body};
    uint8_t wire[FRAME_WIRE_MAX];
    const size_t length = frame_code(&sent, wire);
    uint64_t seed = 3;

    for (int round = 0; round < 5000; round++) {
        enum frame_result last = FRAME_NONE;
        struct frame got = {0};

        for (uint32_t noise = chance(&seed) % 600; noise > 0; noise--) {
            (void)frame_take(&receiver, (uint8_t)chance(&seed), &got);
        }
        (void)frame_take(&receiver, 0, &got);
        for (size_t i = 0; i < length; i++) {
            CHECK(last == FRAME_NONE);
            last = frame_take(&receiver, wire[i], &got);
        }
        CHECK(last == FRAME_GOOD && got.type == sent.type && got.session == sent.session && got.id == sent.id);
        CHECK(got.length == sizeof body && memcmp(got.body, body, sizeof body) == 0);
    }
}

/* The longest frame is taken; with one byte more before its 0x00 nothing of it is, and the next frame is whole. */
static void overlong_frames_are_bad(void)
{
    static struct frame_receiver receiver;
    static uint8_t body[FRAME_BODY_MAX];
    const struct frame longest = {.type = 1, .body = body, .length = sizeof body};
    uint8_t wire[FRAME_WIRE_MAX];
    const size_t length = frame_code(&longest, wire) - 1; /* without its 0x00 */
    struct frame got;

    CHECK(length == FRAME_CODED_MAX);
    for (size_t more = 0; more < 600; more++) {
        for (size_t i = 0; i < length + more; i++) {
            CHECK(frame_take(&receiver, i < length ? wire[i] : 1, &got) == FRAME_NONE);
        }
        CHECK(frame_take(&receiver, 0, &got) == (more == 0 ? FRAME_GOOD : FRAME_BAD));
        CHECK(frame_take(&receiver, 0, &got) == FRAME_NONE);
    }
}

void test_codec(void)
{
    crc_has_its_check_value();
    cobs_encodes_as_published();
    cobs_returns_what_it_took();
    cobs_refuses();
    frames_return_after_noise();
    overlong_frames_are_bad();
}
