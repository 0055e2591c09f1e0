#include "bench.h" /* what is defined here */

#include <string.h> /* memcpy */

#include "check.h" /* CHECK */

static uint64_t bench_now(void *context)
{
    const struct bench *bench = context;

    return bench->now;
}

static void bench_send(void *context, uint64_t wall_ms, const uint8_t *wire, size_t length)
{
    struct bench *bench = context;

    CHECK(wall_ms <= bench->now);
    if (CHECK(length <= sizeof bench->sent - bench->sent_length)) {
        memcpy(bench->sent + bench->sent_length, wire, length);
        bench->sent_length += length;
    }
}

void bench_boot(struct bench *bench, const struct kind *kind, const struct rig_identity *identity)
{
    bench->now = 0;
    bench->sent_length = 0;
    bench->port = (struct rig_port){.context = bench, .wall_ms = bench_now, .send = bench_send};
    rig_boot(&bench->rig, kind, &bench->plant, &bench->port, identity);
}

void bench_say(struct bench *bench, uint64_t now, const struct frame *frame)
{
    uint8_t wire[1 + FRAME_WIRE_MAX] = {0};
    const size_t length = 1 + frame_code(frame, wire + 1);

    bench->now = now;
    rig_receive(&bench->rig, wire, length);
}
