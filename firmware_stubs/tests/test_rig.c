/* Properties that hold after any history: frames are built well-formed, for the CRC would stop mere noise at the door,
 * and thrown at the rig at random; after each one the outputs, the state and the answers are looked at. */
#include <string.h> /* memcmp */

#include "../core/bytes.h" /* put_* */
#include "../core/wire.h"  /* enum frame_type */
#include "bench.h"         /* struct bench */
#include "check.h"         /* CHECK, chance */

enum { LIVES = 300, FRAMES = 150 };

static struct bench bench;

static bool outputs_safe(const struct kind *kind)
{
    const union any_plant *plant = &bench.plant;

    if (kind == &INCUBATOR) {
        return plant->incubator.heating == 0 && plant->incubator.drive == 0;
    }
    return kind == &FLUID_LOOP ? plant->fluid_loop.rate == 0 : plant->camera.capturing == 0;
}

/* An argument near something interesting. */
static int32_t argument(uint64_t *seed, const struct argument *of)
{
    switch (chance(seed) % 8) {
    case 0:
        return of->min;
    case 1:
        return of->max;
    case 2:
        return (int32_t)chance(seed);
    default:
        return of->min + (int32_t)(chance(seed) % (of->max < 100000 && of->min >= 0 ? (uint32_t)of->max + 1u : 40000u));
    }
}

static size_t command_body(uint64_t *seed, uint8_t *body)
{
    const struct kind *kind = bench.rig.kind;
    const struct command *row = &kind->commands[chance(seed) % kind->commands_length];
    uint8_t *at = put_u8(body, chance(seed) % 30 == 0 ? (uint8_t)chance(seed) : row->opcode);

    for (uint8_t i = 0; i < row->arguments; i++) {
        at = put_i32(at, argument(seed, &row->argument[i]));
    }
    return (size_t)(at - body) - (chance(seed) % 40 == 0 ? 1u : 0u);
}

/* Something that a host, or a host gone mad, might say. */
static struct frame invent(uint64_t *seed, uint8_t *body)
{
    const struct rig *rig = &bench.rig;
    struct frame frame = {.session = rig->session, .id = (uint16_t)chance(seed), .body = body};
    const uint32_t dice = chance(seed) % 100;

    if (dice < 60) {
        frame.type = FRAME_COMMAND;
        frame.id = (uint16_t)(rig->last_id + (chance(seed) % 10 == 0 ? chance(seed) % 80 - 40u : 1u));
        frame.length = command_body(seed, body);
    } else if (dice < 80) {
        frame.type = FRAME_BEAT;
        frame.length = 1;
        body[0] = (uint8_t)chance(seed);
    } else if (dice < 88) {
        frame.type = FRAME_OPEN;
        frame.session = (uint16_t)(rig->session + chance(seed) % 3);
        frame.length = 1;
        body[0] = chance(seed) % 10 == 0 ? 2 : 1;
    } else if (dice < 91) {
        frame.type = FRAME_ABORT;
    } else {
        frame.type = (uint8_t)chance(seed);
        frame.session = (uint16_t)chance(seed);
        frame.length = chance(seed) % (FRAME_BODY_MAX + 1u);
        for (size_t i = 0; i < frame.length; i++) {
            body[i] = (uint8_t)chance(seed);
        }
    }
    return frame;
}

/* Every frame that the rig sent since the last look is whole, of the rig's types, and of a session it has had. */
static void look_at_answers(uint16_t session_before)
{
    static struct frame_receiver receiver;
    struct frame frame = {0};

    for (size_t i = 0; i < bench.sent_length; i++) {
        switch (frame_take(&receiver, bench.sent[i], &frame)) {
        case FRAME_NONE:
            break;
        case FRAME_BAD:
            CHECK(!"the rig sent a bad frame");
            break;
        case FRAME_GOOD:
            CHECK(frame.type >= FRAME_HELLO_REPLY);
            CHECK(frame.type == FRAME_NAK || frame.session == bench.rig.session || frame.session == session_before);
            CHECK(frame.type != FRAME_STAGE || frame.length == STAGE_BODY);
            break;
        }
    }
    CHECK(receiver.length == 0);
    bench.sent_length = 0;
}

static void look_at_rig(const struct kind *kind)
{
    const struct rig *rig = &bench.rig;

    CHECK(rig->state == RIG_RUNNING || outputs_safe(kind));
    CHECK((rig->state == RIG_SAFE) == (rig->reason != REASON_NONE));
    CHECK(rig->state == RIG_SAFE || rig->lease);
    CHECK(rig_due(rig) > rig->wall);
}

/* HELLO is answered after anything. */
static void greet(void)
{
    const struct frame hello = {.type = FRAME_HELLO, .id = 0xBEEF};
    static struct frame_receiver receiver;
    struct frame frame = {0};
    enum frame_result last = FRAME_NONE;

    bench.sent_length = 0;
    bench_say(&bench, bench.now, &hello);
    for (size_t i = 0; i < bench.sent_length; i++) {
        CHECK(last == FRAME_NONE);
        last = frame_take(&receiver, bench.sent[i], &frame);
    }
    CHECK(last == FRAME_GOOD && frame.type == FRAME_HELLO_REPLY && frame.id == 0xBEEF && frame.length == 48);
    bench.sent_length = 0;
}

static void live_once(uint64_t *seed, const struct kind *kind)
{
    static const uint32_t speeds[] = {1, 500, 1000, 7001, 60000, 1200000};
    const struct rig_identity identity = {
        .unit = 1, .boot = 1, .cause = CAUSE_POWER_ON, .speed_milli = speeds[chance(seed) % 6]};
    uint8_t body[FRAME_BODY_MAX];

    bench_boot(&bench, kind, &identity);
    for (int i = 0; i < FRAMES; i++) {
        const uint16_t session = bench.rig.session;
        const struct frame frame = invent(seed, body);
        const uint32_t longest = chance(seed) % 12 == 0 ? 5000u : 400u;
        const uint64_t pause = chance(seed) % longest;

        bench_say(&bench, bench.now + pause, &frame);
        look_at_answers(session);
        look_at_rig(kind);
    }
    greet();
    rig_halt(&bench.rig);
    CHECK(outputs_safe(kind));
}

/* The result of looking at the same instants does not depend on how often one looks. */
static void time_may_be_cut_anywhere(void)
{
    static struct bench other;
    const struct rig_identity identity = {.unit = 1, .boot = 1, .cause = CAUSE_POWER_ON, .speed_milli = 600000};
    const struct frame open = {.type = FRAME_OPEN, .session = 1, .body = (const uint8_t[]){1}, .length = 1};
    const struct frame beat = {.type = FRAME_BEAT, .session = 1, .body = (const uint8_t[]){8}, .length = 1};
    const uint8_t arm_body[] = {OP_ARM};
    const struct frame arm = {.type = FRAME_COMMAND, .session = 1, .id = 1, .body = arm_body, .length = 1};
    uint8_t heat_body[9];
    const struct frame heat = {.type = FRAME_COMMAND, .session = 1, .id = 2, .body = heat_body, .length = 9};
    struct bench *benches[] = {&bench, &other};

    (void)put_i32(put_i32(put_u8(heat_body, OP_KIND), 37000), 1800000);
    for (int i = 0; i < 2; i++) {
        bench_boot(benches[i], &INCUBATOR, &identity);
        bench_say(benches[i], 5, &open);
        bench_say(benches[i], 6, &arm);
        bench_say(benches[i], 7, &heat);
        bench_say(benches[i], 1001, &beat);
    }
    bench.now = 9000;
    rig_run(&bench.rig);
    while (other.now < 9000) {
        other.now++;
        rig_run(&other.rig);
    }
    CHECK(bench.sent_length == other.sent_length && memcmp(bench.sent, other.sent, bench.sent_length) == 0);
    CHECK(bench.rig.state == RIG_SAFE && bench.rig.reason == REASON_LEASE);
}

void test_rig(void)
{
    static const struct kind *const kinds[] = {&INCUBATOR, &FLUID_LOOP, &CAMERA};
    uint64_t seed = 42;

    for (int life = 0; life < LIVES; life++) {
        live_once(&seed, kinds[life % 3]);
    }
    time_may_be_cut_anywhere();
}
