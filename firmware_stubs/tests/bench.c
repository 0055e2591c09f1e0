#include "bench.h" /* what is defined here */

#include <string.h> /* memcpy, memset */

#include "check.h" /* CHECK */

static void bench_send(void *context, const uint8_t *wire, size_t length)
{
    struct bench *bench = context;

    if (CHECK(length <= sizeof bench->sent - bench->sent_length && bench->frames < BENCH_FRAMES)) {
        memcpy(bench->sent + bench->sent_length, wire, length);
        bench->sent_length += length;
        bench->frame[bench->frames].tick = bench->rig.tick;
        bench->frame[bench->frames++].end = bench->sent_length;
    }
}

static void bench_drive(void *context, uint8_t output, int32_t value)
{
    struct bench *bench = context;

    if (CHECK(output < bench->rig.kind->outputs)) {
        CHECK(bench->driven[output] != value);
        bench->driven[output] = value;
    }
}

static uint8_t bench_read(void *context, uint16_t at)
{
    const struct bench *bench = context;

    return CHECK(at < RIG_NVM) ? bench->nvm[at] : 0;
}

static void bench_write(void *context, uint16_t at, uint8_t byte)
{
    struct bench *bench = context;

    if (CHECK(at < RIG_NVM)) {
        bench->nvm[at] = byte;
    }
}

void bench_boot(struct bench *bench, const struct kind *kind, const struct rig_identity *identity, bool nvm)
{
    bench->port = (struct rig_port){.context = bench, .send = bench_send, .drive = bench_drive};
    if (nvm) {
        bench->port.nvm_read = bench_read;
        bench->port.nvm_write = bench_write;
    }
    bench_clear(bench);
    memset(&bench->plant, 0, sizeof bench->plant);
    memset(bench->driven, 0, sizeof bench->driven);
    rig_boot(&bench->rig, kind, &bench->plant, &bench->port, identity);
}

void bench_clear(struct bench *bench)
{
    bench->sent_length = 0;
    bench->frames = 0;
}

struct frame_sender *bench_frame(uint8_t type, uint16_t session, uint16_t id)
{
    static struct frame_sender frame;

    frame.length = 0;
    frame.frame.type = type;
    frame.frame.session = session;
    frame.frame.id = id;
    return &frame;
}

void bench_put(struct frame_sender *frame, uint32_t value, uint8_t bytes)
{
    for (; bytes > 0 && CHECK(frame->length < FRAME_BODY_MAX); bytes--, value >>= 8) {
        frame->frame.body[frame->length++] = (uint8_t)value;
    }
}

void bench_say(struct bench *bench, uint32_t tick, struct frame_sender *frame)
{
    const uint8_t length = frame_close(frame);

    rig_receive(&bench->rig, tick, 0, (const uint8_t[]){0}, 1);
    rig_receive(&bench->rig, tick, 0, &frame->frame.code, length);
}
