/* Booting, running, outputs, the record, and the shape of whatever is sent. */
#include "oracle.h"

#include <stdio.h>  /* fprintf */
#include <stdlib.h> /* abort */
#include <string.h> /* memset */

#include "facts.h" /* ORACLE_FACTS */

const struct facts oracle_kinds[ORACLE_KINDS] = {ORACLE_FACTS};

void oracle_broken(const char *property, const char *file, int line) {
    fprintf(stderr, "%s:%d: property broken: %s\n", file, line, property);
    abort();
}

uint32_t oracle_wall(const struct oracle *oracle, uint32_t wall_ms) {
    uint64_t ticks = (uint64_t)wall_ms * oracle->speed_milli / 1000;
    return ticks > 0 ? (uint32_t)ticks : 1;
}

uint32_t oracle_interval(const struct oracle *oracle) {
    return oracle->facts->interval * ((oracle->speed_milli + 7999) / 8000);
}

uint32_t oracle_newest(const struct oracle *oracle, uint64_t tick) { return (uint32_t)(tick / oracle_interval(oracle)); }

bool oracle_journaled(const struct oracle *oracle, uint8_t opcode) {
    return oracle->nvm != NULL && opcode >= 16 && opcode < 24 && (oracle->facts->journaled >> (opcode - 16) & 1);
}

/* -- the non-volatile record ------------------------------------------------------------------------------------ */

static bool place(const uint8_t *at, struct record *record) {
    record->valid = wire_crc(at, 10) == wire_u16(at + 10);
    record->n = at[0];
    record->boot = wire_u32(at + 1);
    record->session = wire_u16(at + 5);
    record->id = wire_u16(at + 7);
    record->stage = at[9];
    return record->valid;
}

static struct record read_record(const uint8_t *nvm) {
    struct record one = {0};
    struct record two = {0};
    if (nvm == NULL) {
        return one;
    }
    bool first = place(nvm, &one);
    bool second = place(nvm + 12, &two);
    if (first && second) {
        return (uint8_t)(two.n - one.n) < 128 ? two : one;
    }
    return second ? two : first ? one : (struct record){0};
}

static bool same(struct record a, struct record b) {
    return a.valid == b.valid && (!a.valid || (a.n == b.n && a.boot == b.boot && a.session == b.session &&
                                               a.id == b.id && a.stage == b.stage));
}

void oracle_wrote(struct oracle *oracle) {
    struct record now = read_record(oracle->nvm);
    if (same(now, oracle->record)) {
        return;
    }
    MUST(now.valid, "a write of the record that is cut off leaves the one before it");
    MUST(!oracle->record.valid || now.n == (uint8_t)(oracle->record.n + 1), "each record has the next n");
    MUST(now.boot == oracle->boot && now.session == oracle->session, "a record is of this boot and session");
    oracle->record = now;
}

/* -- boot, time, outputs ---------------------------------------------------------------------------------------- */

void oracle_boot(struct oracle *oracle, const struct facts *facts, uint64_t unit, uint32_t boot, uint32_t speed_milli,
                 const uint8_t *nvm) {
    memset(oracle, 0, sizeof *oracle);
    oracle->facts = facts;
    oracle->unit = unit;
    oracle->boot = boot;
    oracle->speed_milli = speed_milli;
    oracle->nvm = nvm;
    oracle->reason = 1;
    oracle->record = read_record(nvm);
}

void oracle_runs(struct oracle *oracle, uint64_t tick) {
    oracle->from = oracle->now;
    oracle->now = tick;
    oracle->running_on = true;
}

void oracle_ran(struct oracle *oracle) {
    oracle->running_on = false;
    if (oracle->lease && oracle->now >= oracle->lease_until) {
        oracle->lease = false;
        MUST(oracle->state == 0, "the rig is SAFE when its lease is over, and has said so");
    }
    if (oracle->nonce && oracle->now >= oracle->nonce_until) {
        oracle->nonce = false;
    }
    for (unsigned i = 0; i < oracle->facts->outputs; i++) {
        MUST(oracle->pin[i] == 0 || (oracle->lease && (oracle->armed >> i & 1) && oracle->state != 0),
             "an output is on only while it is armed, leased, and the state allows it");
        MUST(oracle->pin[i] == 0 || oracle->now - oracle->on_since[i] < oracle->facts->longest,
             "no output is on for longer than its longest on-time");
    }
}

void oracle_halted(const struct oracle *oracle) {
    for (unsigned i = 0; i < oracle->facts->outputs; i++) {
        MUST(oracle->pin[i] == 0, "a rig that is halted leaves every output at its safe value");
    }
}

void oracle_drove(struct oracle *oracle, uint8_t output, int32_t value) {
    MUST(output < oracle->facts->outputs, "only outputs that there are are driven");
    MUST(oracle->running_on || (oracle->hearing && !oracle->repeated), "a repeated command drives nothing");
    if (value != 0) {
        MUST(oracle->state != 0 && oracle->lease && (oracle->armed >> output & 1),
             "an output is switched on only while it is armed, leased, and the state allows it");
        if (oracle_journaled(oracle, oracle->facts->drives) && oracle->pin[output] == 0 && oracle->facts->lasting) {
            MUST(oracle->record.valid && oracle->record.boot == oracle->boot &&
                     oracle->record.session == oracle->session && oracle->record.stage == STARTED,
                 "a journaled command is on record before it has any effect");
        }
        if (oracle->pin[output] == 0) {
            oracle->on_since[output] = oracle->now;
        }
    }
    oracle->pin[output] = value;
    oracle->changed = true;
}

/* -- what is sent ----------------------------------------------------------------------------------------------- */

static bool right_length(const struct packet *packet) {
    switch (packet->type) {
    case HELLO_REPLY: return packet->length == 56;
    case OPENED: return packet->length == 18;
    case STAGE: return packet->length == 11;
    case BEAT_REPLY: return packet->length == 20;
    case ABORTED: return packet->length == 14;
    case HOUSEKEEPING: return packet->length == 18;
    case TELEMETRY: return packet->length >= 18 && packet->length == 14 + 4 * (size_t)packet->body[1];
    case DICTIONARY_PART: return packet->length >= 4;
    case PONG: return packet->length == 6;
    case GONE: return packet->length == 7;
    case NAK: return packet->length == 5;
    default: return false;
    }
}

static void stamp(const struct oracle *oracle, const uint8_t *bytes) {
    MUST(wire_u32(bytes) == (uint32_t)oracle->now && wire_u16(bytes + 4) == oracle->thousandths,
         "a stamp is the moment at which the closing 0x00 came");
}

static void hello(struct oracle *oracle, const uint8_t *body) {
    uint8_t status[14] = {body[15], body[16], body[46], 0};
    struct record record = oracle->record;
    uint8_t want[9] = {0};
    status[3] = (uint8_t)oracle->waiting;
    memcpy(status + 4, body + 20, 6);
    memcpy(status + 10, body + 32, 4);
    oracle_status(oracle, status);
    MUST(body[0] == 2 && body[1] == oracle->facts->number && body[14] >= 1 && body[14] <= 5, "HELLO names the kind");
    MUST(wire_u32(body + 2) == (uint32_t)oracle->unit && wire_u32(body + 6) == (uint32_t)(oracle->unit >> 32) &&
             wire_u32(body + 10) == oracle->boot,
         "HELLO names unit and boot");
    MUST(body[17] == (uint8_t)(ORACLE_QUEUE << 4 | (oracle->nvm != NULL)), "HELLO tells the capabilities");
    MUST(wire_u16(body + 18) == oracle->session, "HELLO tells the current session");
    MUST(body[26] == ORACLE_RESULTS && body[27] == WIRE_BODY_MAX && wire_u16(body + 44) == ORACLE_RING,
         "HELLO tells the size");
    MUST(wire_u32(body + 36) == oracle->speed_milli, "HELLO tells the speed");
    MUST(wire_u16(body + 40) == oracle->bad_frames, "every bad frame is counted once");
    MUST(wire_u16(body + 42) == oracle->naks, "every NAK is counted once");
    if (record.valid) {
        wire_set(want, record.boot, 4);
        wire_set(want + 4, record.session, 2);
        wire_set(want + 6, record.id, 2);
        want[8] = record.stage;
    }
    MUST(memcmp(want, body + 47, sizeof want) == 0, "HELLO tells the record of the non-volatile memory");
}

static void refused(struct oracle *oracle, const struct packet *packet) {
    MUST(packet->session == oracle->asked.session, "a NAK bears the request's session");
    MUST(packet->body[0] == oracle->code, "a NAK says why");
    MUST(wire_u16(packet->body + 1) == (oracle->session ? (uint16_t)(oracle->last_id + 1) : 1), "a NAK says what is expected");
    MUST(wire_u16(packet->body + 3) == oracle->session, "a NAK tells the current session");
    oracle->naks++;
}

static void opened(struct oracle *oracle, const struct packet *packet) {
    const struct packet *asked = &oracle->asked;
    MUST(packet->session == asked->session && wire_u32(packet->body) == oracle->boot, "OPENED is of this session and boot");
    if (asked->session != oracle->session) {
        MUST(oracle->state == 0, "OPEN of a new session goes SAFE first");
        oracle->session = asked->session;
        oracle->last_id = 0;
        oracle->housekeeping = 0;
        oracle->credit = 0;
        oracle->lease = true;
        oracle->lease_until = oracle->now + oracle_wall(oracle, 3000);
        oracle->nonce = false;
        oracle->waiting = 0;
        oracle->instants = 0;
        oracle->any_long = false;
        memset(oracle->known, 0, sizeof oracle->known);
        for (unsigned i = 0; i < oracle->facts->streams; i++) {
            oracle->stream[i].base = oracle_newest(oracle, oracle->now) + 1;
            oracle->stream[i].sent = 0;
            oracle->stream[i].lost = 0;
        }
    }
    oracle_status(oracle, packet->body + 4);
}

void oracle_sent(struct oracle *oracle, const uint8_t *wire, size_t length) {
    struct packet packet;
    MUST(length >= 2 && wire[length - 1] == 0 && memchr(wire, 0, length - 1) == NULL, "a frame ends at its only 0x00");
    MUST(wire_read(wire, length - 1, &packet), "what is sent is a good frame");
    MUST(packet.type >= 0x80 && right_length(&packet), "what is sent has a type and a body of the table");
    MUST(oracle->running_on || oracle->hearing, "nothing is sent of its own accord outside of rig_run()");
    MUST(oracle->hearing || oracle->lease || (packet.type == STAGE && oracle->waiting > 0),
         "a rig is silent when its lease is over, but for a timed command that it took since");
    bool other = packet.type == HOUSEKEEPING || packet.type == TELEMETRY ||
                 (packet.type == STAGE &&
                  (!oracle->hearing || packet.id != oracle->asked.id || oracle->answer != STAGE));
    if (oracle->hearing && oracle->answer == 0 && oracle->code != 0 && (packet.type == STAGE || packet.type == NAK)) {
        oracle->answer = packet.type; /* a result that may be stored still, or not */
        other = false;
    }
    if (oracle->hearing && packet.type == oracle->answer && (packet.type == TELEMETRY || !other)) {
        MUST(packet.id == oracle->asked.id, "an answer bears the request's id");
        oracle->answers++;
        MUST(oracle->answers == 1, "a frame is answered once");
    } else {
        MUST(other && !(oracle->hearing && packet.type == TELEMETRY), "nothing is sent that was not asked for");
        MUST(!oracle->repeated || !oracle->hearing, "a repeated command has no effect");
    }
    MUST(packet.type == NAK || packet.type == OPENED || packet.session == oracle->session,
         "what is sent bears the current session");
    switch (packet.type) {
    case HELLO_REPLY: hello(oracle, packet.body); break;
    case OPENED: opened(oracle, &packet); break;
    case STAGE: oracle_stage(oracle, &packet); break;
    case BEAT_REPLY:
        oracle_status(oracle, packet.body);
        stamp(oracle, packet.body + 14);
        oracle->lease = true;
        oracle->lease_until = oracle->now + oracle_wall(oracle, 3000);
        oracle->credit = wire_u16(oracle->asked.body);
        break;
    case ABORTED:
        oracle_status(oracle, packet.body);
        MUST(oracle->state == 0, "ABORT goes SAFE");
        oracle->nonce = false;
        break;
    case HOUSEKEEPING:
        MUST(packet.id == oracle->housekeeping, "housekeeping frames are numbered without a gap");
        oracle->housekeeping++;
        oracle_status(oracle, packet.body);
        MUST(wire_u16(packet.body + 14) == oracle->bad_frames && wire_u16(packet.body + 16) == oracle->naks,
             "housekeeping tells the counters");
        break;
    case TELEMETRY:
    case GONE: oracle_samples(oracle, &packet); break;
    case DICTIONARY_PART: {
        uint16_t offset = wire_u16(packet.body);
        uint16_t total = wire_u16(packet.body + 2);
        size_t left = offset < total ? (size_t)(total - offset) : 0;
        MUST(offset == wire_u16(oracle->asked.body), "a part is the part that was asked for");
        MUST(packet.length - 4 == (left < WIRE_BODY_MAX - 4 ? left : WIRE_BODY_MAX - 4), "a part is as long as can be");
        break;
    }
    case PONG: stamp(oracle, packet.body); break;
    case NAK: refused(oracle, &packet); break;
    default: break;
    }
}
