/* Properties that hold after any history: frames are built well-formed, for the CRC would stop mere noise at the door,
 * and thrown at the rig at random; after each one the outputs, the state and the answers are looked at. */
#include <string.h> /* memcmp, memset */

#include "../core/wire.h" /* enum frame_type */
#include "bench.h"        /* struct bench */
#include "check.h"        /* CHECK, chance */

enum { LIVES = 300, FRAMES = 150, FLUSH = 1 };

static struct bench bench;

static const struct kind *const KINDS[] = {&INCUBATOR, &FLUID_LOOP, &CAMERA, &POWER_SWITCH, &RECORDER};

static bool outputs_safe(const struct bench *at)
{
    for (uint8_t i = 0; i < at->rig.kind->outputs; i++) {
        if (at->rig.output[i] != at->rig.kind->output[i].safe || at->driven[i] != at->rig.output[i]) {
            return false;
        }
    }
    return true;
}

/* An argument near something interesting. */
static uint32_t argument(uint64_t *seed, const struct range *range)
{
    const uint32_t span = (uint32_t)range->high - (uint32_t)range->low;

    switch (chance(seed) % 8) {
    case 0:
        return (uint32_t)range->low;
    case 1:
        return (uint32_t)range->high;
    case 2:
        return chance(seed);
    default:
        return (uint32_t)range->low + chance(seed) % (span < 40000 ? span + 1 : 40000);
    }
}

/* A command of the kind; `arm` with the nonce that is out, mostly. */
static void put_order(uint64_t *seed, struct frame_sender *frame)
{
    const struct kind *kind = bench.rig.kind;
    const struct command *row = &kind->command[chance(seed) % kind->commands];

    bench_put(frame, chance(seed) % 30 == 0 ? chance(seed) : row->opcode, 1);
    if (row->opcode == OP_ARM && chance(seed) % 8 != 0) {
        bench_put(frame, bench.rig.nonce_outputs, 4);
        bench_put(frame, bench.rig.nonce, 4);
        return;
    }
    for (uint8_t i = 0; i < row->arguments; i++) {
        bench_put(frame, argument(seed, &kind->ranges[row->ranges + i]), 4);
    }
    frame->length = (uint8_t)(frame->length - (chance(seed) % 40 == 0));
}

/* Something that a host, or a host gone mad, might say. */
static struct frame_sender *invent(uint64_t *seed)
{
    const struct rig *rig = &bench.rig;
    const uint32_t dice = chance(seed) % 100;
    const bool timed = chance(seed) % 4 == 0;
    struct frame_sender *frame = bench_frame((uint8_t)chance(seed), rig->session, (uint16_t)chance(seed));

    if (dice < 60) {
        frame->frame.type = timed ? FRAME_COMMAND_AT : FRAME_COMMAND;
        frame->frame.id = (uint16_t)(rig->last_id + (chance(seed) % 10 == 0 ? chance(seed) % 80 - 40 : 1));
        if (timed) {
            bench_put(frame, rig->tick + chance(seed) % 2000 - 10, 4);
        }
        put_order(seed, frame);
    } else if (dice < 80) {
        frame->frame.type = FRAME_BEAT;
        bench_put(frame, chance(seed) % 300, 2);
    } else if (dice < 85) {
        frame->frame.type = FRAME_OPEN;
        frame->frame.session = (uint16_t)(rig->session + chance(seed) % 3);
        bench_put(frame, chance(seed) % 10 == 0 ? 1 : RIG_PROTOCOL_VERSION, 1);
        bench_put(frame, chance(seed) % 4, 1);
    } else if (dice < 90) {
        frame->frame.type = FRAME_RESEND;
        bench_put(frame, chance(seed) % 12, 1);
        bench_put(frame, rig->stream[0].newest - chance(seed) % 400 + 20, 4);
        bench_put(frame, chance(seed) % 80, 2);
    } else if (dice < 92) {
        frame->frame.type = FRAME_ABORT;
    } else {
        frame->frame.session = (uint16_t)chance(seed);
        for (uint32_t i = chance(seed) % (FRAME_BODY_MAX + 1u); i > 0; i--) {
            bench_put(frame, chance(seed), 1);
        }
    }
    return frame;
}

/* Every frame that the rig sent since the last look is whole, of the rig's types, and of a session it has had. */
static void look_at_answers(uint16_t session_before)
{
    static struct frame_receiver receiver;
    const struct frame *frame = &receiver.frame;

    for (size_t i = 0; i < bench.sent_length; i++) {
        const enum frame_result result = frame_take(&receiver, bench.sent[i]);

        CHECK(result != FRAME_BAD);
        if (result == FRAME_GOOD) {
            CHECK(frame->type >= FRAME_HELLO_REPLY);
            CHECK(frame->type == FRAME_NAK || frame->session == bench.rig.session || frame->session == session_before);
            CHECK(frame->type != FRAME_STAGE || receiver.length == STAGE_BODY);
        }
    }
    CHECK(receiver.taken == 0);
    bench_clear(&bench);
}

static void look_at_rig(void)
{
    const struct rig *rig = &bench.rig;
    const int32_t due = (int32_t)(rig_due(rig) - rig->tick);

    CHECK(rig->state != RIG_SAFE || (outputs_safe(&bench) && rig->armed == 0));
    CHECK(rig->state == RIG_RUNNING || rig->kind == &POWER_SWITCH || outputs_safe(&bench));
    CHECK((rig->state == RIG_SAFE) == (rig->reason != REASON_NONE));
    CHECK(rig->state == RIG_SAFE || rig->timer[TIMER_LEASE].on);
    CHECK(due > 0);
}

/* HELLO is answered after anything. */
static void greet(void)
{
    static struct frame_receiver receiver;
    enum frame_result last = FRAME_NONE;

    bench_clear(&bench);
    bench_say(&bench, bench.rig.tick, bench_frame(FRAME_HELLO, 0, 0xBEEF));
    for (size_t i = 0; i < bench.sent_length; i++) {
        CHECK(last == FRAME_NONE);
        last = frame_take(&receiver, bench.sent[i]);
    }
    CHECK(last == FRAME_GOOD && receiver.frame.type == FRAME_HELLO_REPLY && receiver.frame.id == 0xBEEF);
    CHECK(receiver.length == 56);
}

static void live_once(uint64_t *seed, const struct kind *kind)
{
    static const uint32_t speeds[] = {1, 500, 1000, 7001, 60000, 1200000};
    const struct rig_identity identity = {
        .unit = 1, .boot = 1, .cause = CAUSE_POWER_ON, .speed_milli = speeds[chance(seed) % 6]};

    bench_boot(&bench, kind, &identity, chance(seed) % 2 == 0);
    for (int i = 0; i < FRAMES; i++) {
        const uint16_t session = bench.rig.session;
        const uint32_t longest = chance(seed) % 12 == 0 ? 5000u : 400u;

        bench_say(&bench, bench.rig.tick + chance(seed) % longest, invent(seed));
        look_at_answers(session);
        look_at_rig();
    }
    greet();
    rig_halt(&bench.rig);
    CHECK(outputs_safe(&bench));
}

static void open_and_beat(struct bench *at, uint32_t tick)
{
    struct frame_sender *frame = bench_frame(FRAME_OPEN, 1, 1);

    bench_put(frame, RIG_PROTOCOL_VERSION, 1);
    bench_put(frame, FLUSH, 1);
    bench_say(at, tick, frame);
    frame = bench_frame(FRAME_BEAT, 1, 2);
    bench_put(frame, 8, 2);
    bench_say(at, tick, frame);
}

/* Prepares and arms output 0, then starts the kind's long command with these arguments. */
static void start(struct bench *at, uint32_t tick, uint32_t argument_0, uint32_t duration)
{
    struct frame_sender *frame = bench_frame(FRAME_COMMAND, 1, 1);

    bench_put(frame, OP_PREPARE, 1);
    bench_put(frame, 1, 4);
    bench_say(at, tick, frame);
    frame = bench_frame(FRAME_COMMAND, 1, 2);
    bench_put(frame, OP_ARM, 1);
    bench_put(frame, 1, 4);
    bench_put(frame, at->rig.nonce, 4);
    bench_say(at, tick, frame);
    frame = bench_frame(FRAME_COMMAND, 1, 3);
    bench_put(frame, OP_KIND, 1);
    bench_put(frame, argument_0, 4);
    bench_put(frame, duration, 4);
    bench_say(at, tick, frame);
    CHECK(at->rig.state == RIG_RUNNING);
}

/* What comes of the same instants does not depend on how often one looks. */
static void time_may_be_cut_anywhere(void)
{
    static struct bench other;
    const struct rig_identity identity = {.unit = 1, .boot = 1, .cause = CAUSE_POWER_ON, .speed_milli = 600000};
    struct bench *benches[] = {&bench, &other};

    for (int i = 0; i < 2; i++) {
        bench_boot(benches[i], &INCUBATOR, &identity, false);
        open_and_beat(benches[i], 3000);
        start(benches[i], 4000, 37000, 1800000);
    }
    rig_run(&bench.rig, 5400000);
    while (other.rig.tick < 5400000) {
        rig_run(&other.rig, other.rig.tick + 1 + (other.rig.tick * 7) % 13);
    }
    CHECK(bench.sent_length == other.sent_length && memcmp(bench.sent, other.sent, bench.sent_length) == 0);
    CHECK(bench.rig.state == RIG_SAFE && bench.rig.reason == REASON_LEASE);
}

/* Ticks go from 2^32 - 1 on to 0 in the middle of all this, and nothing is told twice or left out. */
static void ticks_wrap(void)
{
    static struct bench other;
    const struct rig_identity identity = {.unit = 1, .boot = 1, .cause = CAUSE_POWER_ON, .speed_milli = 1000000};
    struct bench *benches[] = {&bench, &other};
    const uint32_t before[] = {UINT32_MAX - 1295999, 1296000 * 3000u};

    for (int i = 0; i < 2; i++) { /* the same story at a tick that wraps and at one that does not */
        struct bench *at = benches[i];
        uint32_t tick = before[i] / 1000 * 1000;

        bench_boot(at, &INCUBATOR, &identity, false);
        while (at->rig.tick != tick) {
            const uint32_t left = tick - at->rig.tick;

            rig_run(&at->rig, at->rig.tick + (left < 1u << 30 ? left : 1u << 30));
        }
        open_and_beat(at, tick);
        start(at, tick, 37000, 2400007);
        rig_run(&at->rig, tick + 2600000);
    }
    CHECK(bench.rig.tick < 2600000 && bench.frames == other.frames && bench.frames > 10);
    for (size_t i = 0; i < bench.frames && i < other.frames; i++) {
        CHECK(bench.frame[i].tick - before[0] / 1000 * 1000 == other.frame[i].tick - before[1] / 1000 * 1000);
        CHECK(bench.frame[i].end == other.frame[i].end);
    }
    CHECK(bench.rig.state == RIG_READY);
}

/* Whatever byte of a record is the last that reached the memory, the one before it is found. */
static void a_record_is_whole_or_not_there(void)
{
    const struct rig_identity identity = {.unit = 1, .boot = 7, .cause = CAUSE_POWER_ON, .speed_milli = 1000};
    uint8_t before[RIG_NVM];
    uint8_t after[RIG_NVM];

    memset(bench.nvm, 0xFF, sizeof bench.nvm);
    bench_boot(&bench, &FLUID_LOOP, &identity, true);
    CHECK(bench.rig.journal[9] == 0);
    open_and_beat(&bench, 1);
    start(&bench, 2, 100, 5000);
    memcpy(before, bench.nvm, sizeof before);
    rig_run(&bench.rig, 2900);
    bench_say(&bench, 2900, bench_frame(FRAME_ABORT, 0, 0));
    memcpy(after, bench.nvm, sizeof after);
    for (size_t written = 0; written <= 12; written++) {
        memcpy(bench.nvm, before, sizeof before);
        memcpy(bench.nvm + 12, after + 12, written);
        bench_boot(&bench, &FLUID_LOOP, &identity, true);
        CHECK(bench.rig.journal[9] == (written < 12 ? 3 : 6)); /* STARTED, FAILED */
        CHECK(bench.rig.journal_at == (written < 12 ? 12 : 0));
    }
}

void test_rig(void)
{
    uint64_t seed = 42;

    for (int life = 0; life < LIVES; life++) {
        live_once(&seed, KINDS[life % 5]);
    }
    time_may_be_cut_anywhere();
    ticks_wrap();
    a_record_is_whole_or_not_there();
}
