/* The codec by itself: the core's and the oracle's must read and write alike, in buffers of exactly the right length. */
#include <stdlib.h> /* malloc, free */
#include <string.h> /* memcmp, memcpy, memset */

#include "core/frame.h"
#include "oracle.h" /* MUST */

/* Whatever comes in, both hear the same. */
static void listen(const uint8_t *bytes, size_t length) {
    struct frame_receiver *receiver = calloc(1, sizeof *receiver);
    struct listener listener = {0};
    struct packet packet;
    for (size_t i = 0; receiver != NULL && i < length; i++) {
        enum frame_result core = frame_take(receiver, bytes[i]);
        enum heard here = listener_take(&listener, bytes[i], &packet);
        MUST((core == FRAME_BAD) == (here == HEARD_BAD), "both find the same frames bad");
        MUST((core == FRAME_GOOD) == (here == HEARD_FRAME), "both find the same frames good");
        if (core == FRAME_GOOD) {
            const struct frame *frame = &receiver->frame;
            MUST(frame->type == packet.type && frame->session == packet.session && frame->id == packet.id &&
                     receiver->length == packet.length && memcmp(frame->body, packet.body, packet.length) == 0,
                 "both read the same");
        }
    }
    free(receiver);
}

/* Whatever is said, it is heard as it was said. */
static void round_trip(const uint8_t *bytes, size_t length) {
    struct packet packet = {0};
    uint8_t wire[WIRE_MAX];
    struct frame_sender *sender = calloc(1, sizeof *sender);
    if (sender == NULL || length < 5) {
        free(sender);
        return;
    }
    packet.type = bytes[0];
    packet.session = wire_u16(bytes + 1);
    packet.id = wire_u16(bytes + 3);
    packet.length = length - 5 < WIRE_BODY_MAX ? length - 5 : WIRE_BODY_MAX;
    memcpy(packet.body, bytes + 5, packet.length);
    memset(&sender->frame, 0xA5, sizeof sender->frame);
    sender->frame.type = packet.type;
    sender->frame.session = packet.session;
    sender->frame.id = packet.id;
    sender->length = (uint8_t)packet.length;
    memcpy(sender->frame.body, packet.body, packet.length);
    size_t ours = wire_code(&packet, wire);
    size_t cores = frame_close(sender);
    MUST(ours == cores && memcmp(wire, &sender->frame.code, ours) == 0, "both write the same");
    listen(wire, ours);
    wire[bytes[1] % ours] = (uint8_t)(wire[bytes[1] % ours] + bytes[2]); /* and what noise makes of it */
    listen(wire, ours);
    free(sender);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    listen(bytes, length);
    round_trip(bytes, length);
    return 0;
}
