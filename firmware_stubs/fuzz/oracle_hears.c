/* What a frame of the host's must be answered with: PROTOCOL.md, sections 3 to 5 and 7. */
#include <string.h> /* memcpy, memset */

#include "oracle.h"

static bool right_body(const struct packet *packet) {
    size_t head = packet->type == COMMAND_AT ? 5 : 1;
    switch (packet->type) {
    case OPEN:
    case BEAT:
    case DICTIONARY: return packet->length == 2;
    case RESEND: return packet->length == 7;
    case COMMAND:
    case COMMAND_AT: return packet->length >= head && packet->length <= head + 12;
    default: return true;
    }
}

static void nak(struct oracle *oracle, uint8_t code) {
    oracle->answer = NAK;
    oracle->code = code;
}

static void open(struct oracle *oracle) {
    const struct packet *asked = &oracle->asked;
    if (asked->body[0] != 2) {
        nak(oracle, 0x44);
    } else if ((asked->session != oracle->session || asked->session == 0) && asked->session <= oracle->session) {
        nak(oracle, 0x41);
    } else {
        oracle->answer = OPENED;
        oracle->repeated = asked->session == oracle->session;
    }
}

static void command(struct oracle *oracle) {
    const struct packet *asked = &oracle->asked;
    size_t head = asked->type == COMMAND_AT ? 5 : 1;
    uint16_t ahead = (uint16_t)(asked->id - oracle->last_id);
    if (ahead == 0 || ahead > 32768) {
        const struct known *known = oracle_known(oracle, asked->id);
        oracle->repeated = true;
        if (oracle_must_remember(oracle, asked->id)) {
            oracle->answer = STAGE;
        } else if (known->used && known->id == asked->id) {
            oracle->answer = 0; /* either: a place of a timed command may be used again or not */
            oracle->code = 0x43;
        } else {
            nak(oracle, 0x43);
        }
    } else if (ahead > 1) {
        nak(oracle, 0x42);
    } else {
        struct known *known = oracle_known(oracle, asked->id);
        memset(known, 0, sizeof *known);
        known->used = true;
        known->id = asked->id;
        known->opcode = asked->body[head - 1];
        known->arguments = (uint8_t)(asked->length - head);
        memcpy(known->argument_bytes, asked->body + head, known->arguments);
        oracle->last_id = asked->id;
        oracle->answer = STAGE;
    }
}

static void resend(struct oracle *oracle) {
    const uint8_t *body = oracle->asked.body;
    uint32_t newest = oracle_newest(oracle, oracle->now);
    uint32_t oldest = newest > ORACLE_RING ? newest - ORACLE_RING + 1 : 1;
    uint32_t first = wire_u32(body + 1);
    if (body[0] >= oracle->facts->streams || wire_u16(body + 5) == 0) {
        nak(oracle, 0x45);
    } else if (first > newest || first < oldest) {
        oracle->answer = GONE;
    } else {
        oracle->answer = TELEMETRY;
    }
}

static void predict(struct oracle *oracle) {
    const struct packet *asked = &oracle->asked;
    bool in_session = asked->type == COMMAND || asked->type == COMMAND_AT || asked->type == BEAT || asked->type == RESEND;
    oracle->answer = 0;
    oracle->code = 0;
    oracle->repeated = false;
    if (asked->type >= 0x80) {
        return;
    }
    if (asked->type < HELLO || asked->type > COMMAND_AT) {
        nak(oracle, 0x40);
    } else if (!right_body(asked)) {
        nak(oracle, 0x45);
    } else if (in_session && (asked->session != oracle->session || oracle->session == 0)) {
        nak(oracle, 0x41);
    } else {
        switch (asked->type) {
        case HELLO: oracle->answer = HELLO_REPLY; break;
        case OPEN: open(oracle); break;
        case COMMAND:
        case COMMAND_AT: command(oracle); break;
        case BEAT: oracle->answer = BEAT_REPLY; break;
        case ABORT: oracle->answer = ABORTED; break;
        case DICTIONARY: oracle->answer = DICTIONARY_PART; break;
        case PING: oracle->answer = PONG; break;
        default: resend(oracle); break;
        }
    }
}

void oracle_hears(struct oracle *oracle, const uint8_t *bytes, size_t length, uint16_t thousandths) {
    oracle->hearing = false;
    oracle->answers = 0;
    oracle->changed = false;
    oracle->thousandths = thousandths;
    for (size_t i = 0; i < length; i++) {
        enum heard heard = listener_take(&oracle->listener, bytes[i], &oracle->asked);
        if (heard == HEARD_BAD) {
            oracle->bad_frames++;
        } else if (heard == HEARD_FRAME) {
            predict(oracle);
            oracle->hearing = true;
        }
    }
}

void oracle_heard(struct oracle *oracle) {
    if (oracle->hearing) {
        bool either = oracle->answer == 0 && oracle->code != 0;
        MUST(either || oracle->answers == (oracle->answer ? 1u : 0u), "every frame has its answer");
    }
    oracle->hearing = false;
}
