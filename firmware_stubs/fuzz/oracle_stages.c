/* Stages, statuses and samples: the books that the oracle keeps. */
#include <string.h> /* memcmp, memcpy */

#include "oracle.h"

enum { SAFE, READY, RUNNING };
enum { OP_PREPARE = 1, OP_ARM, OP_DISARM, OP_SAFE };

struct known *oracle_known(struct oracle *oracle, uint16_t id) { return &oracle->known[id % ORACLE_KNOWN]; }

bool oracle_must_remember(const struct oracle *oracle, uint16_t id) {
    const struct known *known = &oracle->known[id % ORACLE_KNOWN];
    if (!known->used || known->id != id || !known->staged) {
        return false;
    }
    if (known->body[0] == ACCEPTED || (oracle->any_long && !oracle->long_timed && oracle->long_id == id)) {
        return true;
    }
    for (unsigned i = 0; i < ORACLE_RESULTS && i < oracle->instants; i++) {
        if (oracle->instant[i] == id) {
            return true;
        }
    }
    return false;
}

static bool ends(uint8_t stage) {
    return stage == REJECTED || stage == DONE || stage == FAILED || stage == LATE || stage == CANCELLED;
}

static void go_safe(struct oracle *oracle, uint8_t reason) {
    if (oracle->state != SAFE) {
        oracle->reason = reason;
    }
    oracle->state = SAFE;
    oracle->armed = 0;
}

static bool tick_fits(const struct oracle *oracle, uint32_t tick) {
    uint32_t ago = (uint32_t)oracle->now - tick;
    uint64_t most = oracle->running_on ? oracle->now - oracle->from : 0;
    return ago <= most;
}

/* A reason that may have made the rig SAFE just now. */
static bool may_be(const struct oracle *oracle, uint8_t reason, uint32_t tick) {
    if (oracle->hearing) {
        uint8_t type = oracle->asked.type;
        return reason == (type == ABORT ? 4 : type == OPEN ? 6 : 2) && (type != BEAT && type != HELLO && type != PING);
    }
    return reason == 5 || reason == 7 || (reason == 3 && tick == (uint32_t)oracle->lease_until) ||
           (reason == 2 && oracle->waiting > 0);
}

void oracle_status(struct oracle *oracle, const uint8_t *status) {
    uint8_t state = status[0];
    uint8_t reason = status[1];
    uint32_t tick = wire_u32(status + 10);
    MUST(tick_fits(oracle, tick), "a frame bears the tick at which it is sent");
    MUST(state <= RUNNING && (state == SAFE) == (reason != 0), "there is a reason exactly in SAFE");
    if (state == SAFE && oracle->state != SAFE) {
        MUST(may_be(oracle, reason, tick), "what made the rig SAFE is the reason it gives");
        go_safe(oracle, reason);
    }
    MUST(state == oracle->state && reason == oracle->reason, "SAFE is latched with its reason until arm is DONE");
    MUST(status[2] == oracle->armed, "exactly what was armed is armed");
    MUST(status[3] == oracle->waiting || (oracle->running_on && status[3] + 1u == oracle->waiting) ||
             oracle->answer == OPENED,
         "as many timed commands wait as were accepted and have not begun");
    MUST(status[3] <= ORACLE_QUEUE, "no more timed commands wait than there are places");
    MUST(wire_u16(status + 4) == oracle->last_id, "last_id is the last number taken");
    for (unsigned i = 0; i < 32 && oracle->session; i++) {
        uint16_t id = (uint16_t)(oracle->last_id - i);
        const struct known *known = oracle_known(oracle, id);
        bool bit = wire_u32(status + 6) >> i & 1;
        if (known->used && known->id == id && known->staged) {
            MUST(!bit || ends(known->body[0]), "a bit of `finished` is a command at an end");
            MUST(bit || !ends(known->body[0]) || !oracle_must_remember(oracle, id), "an end that is stored is told");
        }
    }
    if (state == SAFE) {
        MUST(oracle->armed == 0, "nothing is armed in SAFE");
        for (unsigned i = 0; i < oracle->facts->outputs; i++) {
            MUST(oracle->pin[i] == 0, "every output is at its safe value in SAFE");
        }
    }
    if (state == READY && !oracle->facts->lasting) {
        for (unsigned i = 0; i < oracle->facts->outputs; i++) {
            MUST(oracle->pin[i] == 0, "outputs go to their safe values with the command that drove them");
        }
    }
}

static int32_t argument(const struct known *known, unsigned index) {
    return known->arguments >= 4 * (index + 1) ? (int32_t)wire_u32(known->argument_bytes + 4 * (size_t)index) : 0;
}

/* What an end says about the state. */
static void effect(struct oracle *oracle, const struct known *known, uint8_t stage, uint32_t tick) {
    int32_t value = (int32_t)wire_u32(known->body + 7);
    if (stage == STARTED) {
        MUST(oracle->state == READY, "a long command begins in READY");
        MUST(oracle->lease && (oracle->armed & 1), "a long command begins leased and armed");
        oracle->state = RUNNING;
    } else if (known->opcode == OP_PREPARE && stage == DONE) {
        MUST(oracle->lease, "prepare needs the lease");
        MUST(value == (int32_t)((oracle->boot ^ (uint32_t)(40503u * (uint32_t)known->id)) & 0xFFFFu), "a nonce is by the formula");
        oracle->nonce = true;
        oracle->nonce_mask = (uint8_t)argument(known, 0);
        oracle->nonce_value = (uint16_t)value;
        oracle->nonce_until = oracle->now - (uint32_t)((uint32_t)oracle->now - tick) + oracle_wall(oracle, 10000);
    } else if (known->opcode == OP_ARM && stage == DONE) {
        MUST(oracle->lease, "arm needs the lease");
        MUST(oracle->nonce && argument(known, 0) == oracle->nonce_mask && argument(known, 1) == oracle->nonce_value &&
                 (uint32_t)oracle->nonce_until - tick <= oracle_wall(oracle, 10000),
             "arm needs a valid nonce of exactly these outputs");
        oracle->nonce = false;
        oracle->armed = (uint8_t)(oracle->armed | oracle->nonce_mask);
        if (oracle->state == SAFE) {
            oracle->state = READY;
            oracle->reason = 0;
        }
    } else if ((known->opcode == OP_DISARM || known->opcode == OP_SAFE) && stage == DONE) {
        MUST(oracle->state == SAFE, "safe and disarm go SAFE");
        oracle->nonce = false;
    } else if (known->opcode == oracle->facts->drives && stage == DONE && oracle->facts->lasting) {
        MUST(oracle->lease && oracle->state == READY && (oracle->armed >> (argument(known, 0) & 7) & 1),
             "what drives an output is leased, armed and ready");
    }
}

static void ended_long(struct oracle *oracle, const uint8_t *body) {
    if (body[0] == FAILED) {
        go_safe(oracle, (uint8_t)(body[1] - 0x20));
        oracle->nonce = false;
    } else {
        oracle->state = READY;
    }
    for (unsigned i = 0; i < oracle->facts->outputs; i++) {
        MUST(oracle->pin[i] == 0, "outputs are reset before the end of a long command is told");
    }
}

void oracle_stage(struct oracle *oracle, const struct packet *packet) {
    struct known *known = oracle_known(oracle, packet->id);
    uint8_t stage = packet->body[0];
    uint32_t tick = wire_u32(packet->body + 3);
    if (oracle->hearing && oracle->repeated && packet->id == oracle->asked.id) {
        MUST(!(known->used && known->id == packet->id && known->staged) || memcmp(known->body, packet->body, 11) == 0,
             "a repeated number gets the same bytes again");
        return;
    }
    MUST(known->used && known->id == packet->id, "a stage is of a command that was taken");
    MUST(tick_fits(oracle, tick), "a stage bears the tick at which it is sent");
    uint8_t before = known->staged ? known->body[0] : 0;
    MUST(before != 0 || oracle->hearing, "the first stage of a command is the answer to it");
    MUST(!ends(before), "a command ends once");
    MUST(before != STARTED || stage >= PROGRESS, "a command starts once");
    MUST(before != PROGRESS || (stage >= PROGRESS && (stage != PROGRESS || packet->body[2] > known->body[2])),
         "progress goes up");
    MUST(stage != ACCEPTED || (before == 0 && oracle->asked.type == COMMAND_AT), "only a timed command waits");
    MUST(stage != ACCEPTED || oracle->waiting < ORACLE_QUEUE, "no more wait than there are places");
    bool ran = before == STARTED || before == PROGRESS;
    known->staged = true;
    memcpy(known->body, packet->body, 11);
    if (oracle_journaled(oracle, known->opcode) &&
        (stage == STARTED || stage == DONE || stage == FAILED || (stage == CANCELLED && ran))) {
        MUST(oracle->record.boot == oracle->boot && oracle->record.session == oracle->session &&
                 oracle->record.id == packet->id && oracle->record.stage == stage,
             "a journaled command's stage is on record before it is told");
    }
    if (stage == ACCEPTED) {
        oracle->waiting++;
        return;
    }
    effect(oracle, known, stage, tick);
    if (before == ACCEPTED) {
        oracle->waiting--;
    }
    if (stage == STARTED) {
        oracle->any_long = true;
        oracle->long_id = packet->id;
        oracle->long_timed = before == ACCEPTED;
    } else if (ran && stage != PROGRESS) {
        ended_long(oracle, packet->body);
    } else if (before == 0) {
        oracle->instant[oracle->instants % ORACLE_RESULTS] = packet->id;
        oracle->instants++;
    }
}

void oracle_samples(struct oracle *oracle, const struct packet *packet) {
    const uint8_t *body = packet->body;
    uint32_t now = oracle_newest(oracle, oracle->now);
    uint32_t first = wire_u32(body + (packet->type == GONE ? 1 : 2));
    uint32_t oldest = now > ORACLE_RING ? now - ORACLE_RING + 1 : 1;
    MUST(body[0] < oracle->facts->streams, "samples are of a stream that there is");
    struct flow *stream = &oracle->stream[body[0]];
    if (packet->type == GONE) {
        uint32_t asked = wire_u16(oracle->asked.body + 5);
        uint16_t n = wire_u16(body + 5);
        MUST(first == wire_u32(oracle->asked.body + 1) && body[0] == oracle->asked.body[0], "GONE is of what was asked for");
        MUST(n == 0 || n == (asked < oldest - first ? asked : oldest - first), "GONE counts what is gone");
        return;
    }
    uint32_t n = body[1];
    uint32_t lost = wire_u32(body + 10);
    MUST(n >= 1 && n <= ORACLE_SAMPLES && first + n - 1 <= now && first >= 1, "a frame holds samples that were taken");
    if (oracle->hearing) {
        uint32_t asked = wire_u16(oracle->asked.body + 5);
        uint32_t there = now - first + 1;
        uint32_t most = there < asked ? there : asked;
        MUST(first == wire_u32(oracle->asked.body + 1) && body[0] == oracle->asked.body[0] && first >= oldest &&
                 n == (most < ORACLE_SAMPLES ? most : ORACLE_SAMPLES),
             "RESEND brings what was asked for, as much as there is and fits");
        MUST(lost >= stream->lost, "`lost` never goes down in a session");
    } else {
        uint32_t earliest = oracle_newest(oracle, oracle->from);
        MUST(oracle->credit > 0, "telemetry costs credit");
        oracle->credit--;
        MUST(first == stream->base + stream->sent + lost, "each sample is sent once, in order, or counted as lost");
        MUST(lost >= stream->lost && (lost == stream->lost || now >= first - 1 + ORACLE_RING),
             "a sample is lost only when the ring has no room for it");
        MUST(earliest < ORACLE_RING || first >= earliest - ORACLE_RING + 1, "what was overwritten is not sent");
        stream->sent += n;
        stream->lost = lost;
    }
    for (uint32_t i = 0; i < n; i++) {
        uint32_t number = first + i;
        int32_t value = (int32_t)wire_u32(body + 14 + 4 * (size_t)i);
        MUST(stream->log[number % ORACLE_LOG].number != number || stream->log[number % ORACLE_LOG].value == value,
             "a sample has one value");
        stream->log[number % ORACLE_LOG].number = number;
        stream->log[number % ORACLE_LOG].value = value;
    }
}
