/* Two rigs and a host that does anything: libFuzzer's bytes are read as operations, and the oracle looks on. */
#include <string.h> /* memcpy, memset */

#include "bench.h" /* the rigs */

static const uint32_t speeds[8] = {1000, 1, 500, 1200, 60000, 8001, ON_TIME_SPEED, 1000};
/* For the kind that samples at every tick: a second of it is a lot of work. */
static const uint32_t slow[8] = {100, 1, 50, 500, 333, 2, 200, 1000};

struct input {
    const uint8_t *bytes;
    size_t left;
};

static uint8_t take(struct input *input) {
    if (input->left == 0) {
        return 0;
    }
    input->left--;
    return *input->bytes++;
}

static uint32_t take_n(struct input *input, int bytes) {
    uint32_t value = 0;
    for (int i = 0; i < bytes; i++) {
        value |= (uint32_t)take(input) << (8 * i);
    }
    return value;
}

static uint16_t next_id(void) { return (uint16_t)(bench.oracle.last_id + 1); }

static void beat(uint16_t credit) {
    struct packet packet = {.type = BEAT, .session = bench.oracle.session, .id = 7, .length = 2};
    wire_set(packet.body, credit, 2);
    say(&packet, 1);
}

static void open_next(void) {
    struct packet packet = {
        .type = OPEN, .session = (uint16_t)(bench.oracle.session + 1), .id = 9, .body = {2, 1}, .length = 2};
    say(&packet, 2);
}

/* A command of the right form: its arguments are values that sit on edges. */
static void command(uint8_t opcode, const int32_t *arguments, unsigned n, bool timed, uint32_t ahead) {
    struct packet packet = {.type = timed ? COMMAND_AT : COMMAND, .session = bench.oracle.session, .id = next_id()};
    size_t at = 0;
    if (timed) {
        wire_set(packet.body, (uint32_t)bench.now + ahead, 4);
        at = 4;
    }
    packet.body[at++] = opcode;
    for (unsigned i = 0; i < n; i++, at += 4) {
        wire_set(packet.body + at, (uint32_t)arguments[i], 4);
    }
    packet.length = at;
    bench.last = packet;
    say(&packet, 999);
}

static int32_t edge(uint8_t choice) {
    static const int32_t edges[] = {0,    1,     2,     3,     4,      5,      9,      15,        16,          -1,        100,
                                    1000, 1001,  4000,  9999,  10000,  10001,  20000,  22000,     30000,       45000,     45001,
                                    60000, 65535, 100000, 101325, 1000000, 1000001, 28800000, 604800000, INT32_MAX, INT32_MIN};
    return edges[choice % (sizeof edges / sizeof *edges)];
}

static void any_command(struct input *input, bool timed) {
    static const uint8_t opcodes[] = {1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 16, 17, 18, 0, 19, 255};
    static const uint8_t usual[] = {1, 2, 0, 0, 1, 3, 0, 2, 1, 1, 2, 0, 0, 0, 1, 3};
    int32_t arguments[3] = {0};
    uint8_t choice = take(input);
    unsigned n = choice & 0x80 ? (choice >> 4 & 7) % 4 : usual[choice % 16];
    for (unsigned i = 0; i < n; i++) {
        uint8_t which = take(input);
        arguments[i] = which == 0xFF   ? (int32_t)take_n(input, 4)
                       : which >= 0xF0 ? (int32_t)bench.oracle.nonce_value
                                       : edge(which);
    }
    command(opcodes[choice % 16], arguments, n, timed, timed ? (uint32_t)edge(take(input)) : 0);
}

/* What leads deep: prepare and arm as a host does. */
static void arm(uint8_t mask) {
    int32_t arguments[2] = {mask, 0};
    command(1, arguments, 1, false, 0);
    arguments[1] = bench.oracle.nonce_value;
    command(2, arguments, 2, false, 0);
}

/* What drives an output, with arguments in range. */
static void drive_something(uint8_t how, bool timed, uint32_t ahead) {
    static const int32_t durations[] = {1000, 1001, 2500, 4000, 10000, 10007, 60000, 604800000};
    int32_t first[ORACLE_KINDS] = {4000 + 160 * how, 1 + how % 200, 1 + how * 4000, how % 4, 0};
    int32_t arguments[2] = {first[bench.facts->number - 1], durations[how % 8]};
    if (bench.facts->drives) {
        command(bench.facts->drives, arguments, bench.facts->lasting ? 1 : 2, timed, ahead);
    }
}

static void any_frame(struct input *input) {
    struct packet packet = {0};
    uint8_t how = take(input);
    packet.type = how & 0x80 ? take(input) : (uint8_t)(HELLO + (how & 15) % 9);
    packet.session = how & 0x40 ? (uint16_t)take_n(input, 2) : bench.oracle.session;
    packet.id = how & 0x20 ? (uint16_t)take_n(input, 2) : (uint16_t)(next_id() + (how & 0x10 ? (int8_t)take(input) : 0));
    packet.length = take(input) % (WIRE_BODY_MAX + 1);
    if (packet.length > 40 && packet.length < WIRE_BODY_MAX - 1) {
        packet.length %= 18;
    }
    for (size_t i = 0; i < packet.length && input->left > 0; i++) {
        packet.body[i] = take(input);
    }
    say(&packet, (uint16_t)(take(input) * 3));
}

static void dictionary(struct input *input) {
    struct packet packet = {.type = DICTIONARY, .id = 78, .length = 2};
    wire_set(packet.body, take_n(input, 2) % 1024, 2);
    say(&packet, 5);
}

static void any_bytes(struct input *input) {
    uint8_t bytes[PIECE_MAX];
    size_t length = take(input);
    if (length >= 250) { /* an overlong one */
        memset(bytes, take(input) | 1, sizeof bytes);
        feed(bytes, WIRE_CODED_MAX - 2 + length - 250, 3);
        return;
    }
    for (size_t i = 0; i < length; i++) {
        bytes[i] = take(input);
    }
    feed(bytes, length % 32, 3);
}

static void resend(struct input *input) {
    struct packet packet = {.type = RESEND, .session = bench.oracle.session, .id = 77, .length = 7};
    uint8_t how = take(input);
    uint32_t newest = oracle_newest(&bench.oracle, bench.now);
    packet.body[0] = how % 11;
    wire_set(packet.body + 1, newest - (how & 0x40 ? ORACLE_RING : 0) + (uint32_t)(int8_t)take(input), 4);
    wire_set(packet.body + 5, take(input), 2);
    say(&packet, 5);
}

/* The power goes after some bytes more of non-volatile memory, and comes back. */
static void power_cut(struct input *input) {
    struct record before = bench.oracle.record;
    unsigned writes = take(input) % 40;
    bench.leaps.cut = bench.steps.cut = true;
    bench.leaps.writes_left = bench.steps.writes_left = writes;
    uint8_t memory[ORACLE_NVM];
    memcpy(memory, bench.leaps.nvm, sizeof memory);
    bench.oracle.nvm = NULL; /* nothing is foretold of what happens while the power goes */
    any_command(input, false);
    boot();
    MUST(!before.valid || bench.oracle.record.valid, "a record survives a power cut");
}

/* The last command again, under a number that was, is, or is still to come. */
static void repeat(struct input *input) {
    struct packet packet = bench.last;
    packet.id = (uint16_t)(bench.oracle.last_id + 8 - (take(input) & 63));
    packet.session = bench.oracle.session;
    if (packet.type == COMMAND || packet.type == COMMAND_AT) {
        say(&packet, 6);
    }
}

/* A host that beats, and does nothing else, for a while. */
static void wait_beating(unsigned beats) {
    for (unsigned i = 0; i < beats && !worn_out(); i++) {
        beat(8);
        run(oracle_wall(&bench.oracle, 2900));
    }
}

static void operate(struct input *input) {
    uint8_t operation = take(input);
    switch (operation % 16) {
    case 0: run(take(input)); break;
    case 1: run((bench.facts->interval < 1000 ? 10u : 1000u) * take(input) + 1); break;
    case 2: run(oracle_wall(&bench.oracle, 20u * take(input))); break;
    case 3:
        if (operation & 0x20) {
            wait_beating(take(input) % 16);
        } else {
            beat((uint16_t)(operation & 0x10 ? take_n(input, 2) : 8));
        }
        break;
    case 4: open_next(); break;
    case 5:
    case 6: any_command(input, false); break;
    case 7: any_command(input, true); break;
    case 8: any_frame(input); break;
    case 9: any_bytes(input); break;
    case 10: {
        uint8_t all = (uint8_t)((1 << bench.facts->outputs) - 1);
        arm(operation & 0x10 ? take(input) & all : all);
        break;
    }
    case 11:
        if (operation & 0x20) {
            dictionary(input);
        } else {
            resend(input);
        }
        break;
    case 12: repeat(input); break;
    case 13: {
        static const uint8_t abort_wire[] = {0x00, 0x02, 0x05, 0x01, 0x01, 0x01, 0x03, 0x5B, 0x32, 0x00};
        feed(abort_wire, sizeof abort_wire, 4);
        break;
    }
    case 14:
        if (operation & 0x10) {
            boot();
        } else if (operation & 0x20) {
            oracle_runs(&bench.oracle, bench.now);
            rig_halt(&bench.leaps.rig);
            oracle_halted(&bench.oracle);
            rig_halt(&bench.steps.rig);
            boot();
        } else if (bench.has_nvm) {
            power_cut(input);
        }
        break;
    default: /* ready at once, then a long command or whatever switches an output on */
        if (bench.oracle.state == 0) {
            open_next();
            arm((uint8_t)((1 << bench.facts->outputs) - 1));
        }
        beat(100);
        drive_something(take(input), operation & 0x10, operation & 0x20 ? 500 : 5000);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    struct input input = {bytes, length};
    uint8_t first = take(&input);
    memset(&bench.last, 0, sizeof bench.last);
    bench.facts = &oracle_kinds[first % ORACLE_KINDS];
    bench.speed_milli = (bench.facts->interval < 1000 ? slow : speeds)[first >> 5];
    bench.has_nvm = (first / ORACLE_KINDS) % 2;
    bench.boot = 1;
    bench.work = 0;
    memset(bench.leaps.nvm, 0xFF, ORACLE_NVM);
    memset(bench.steps.nvm, 0xFF, ORACLE_NVM);
    boot();
    while (input.left > 0 && !worn_out()) {
        operate(&input);
    }
    /* After any history: HELLO is answered, and 4 s of silence make the rig safe. */
    const struct packet hello = {.type = HELLO, .id = 0xBEEF, .body = {2}, .length = 1};
    say(&hello, 0);
    run(oracle_wall(&bench.oracle, 4000));
    MUST(bench.oracle.state == 0, "a rig that nobody beats for is SAFE");
    say(&hello, 0);
    return 0;
}
