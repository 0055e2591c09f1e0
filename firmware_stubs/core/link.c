#include "link.h" /* what is defined here */

#include <stddef.h> /* offsetof */
#include <string.h> /* memcpy, memset */

#include "command.h" /* command_take */
#include "safety.h"  /* go_safe, limits_reset */
#include "samples.h" /* samples_resend */
#include "stage.h"   /* result_of, results_count, stage_repeat */
#include "timers.h"  /* timer_start_wall, timer_stop */
#include "wire.h"    /* wire_begin, wire_put, wire_end */

enum { LEASE_SECONDS = 3 };

static void nak(RIG, enum nak code)
{
    rig->naks++;
    wire_begin(rig, FRAME_NAK, rig->receiver.frame.id);
    rig->sender.frame.session = rig->receiver.frame.session;
    wire_put_u8(rig, (uint8_t)code);
    wire_put_u16(rig, (uint16_t)(rig->last_id + 1));
    wire_put_u16(rig, rig->session);
    wire_end(rig);
}

static void reply(RIG, enum frame_type type)
{
    wire_begin(rig, (uint8_t)type, rig->receiver.frame.id);
}

/* The body of HELLO_REPLY: stretches of struct rig; where the length is 0, the byte itself. */
static const RIG_FLASH struct field {
    uint8_t at;
    uint8_t length;
} HELLO_FIELDS[] = {
#define FIELD(name, length) {offsetof(struct rig, name), length}
    {RIG_PROTOCOL_VERSION, 0},
    FIELD(kind_number, 1),
    FIELD(identity.unit, 8),
    FIELD(identity.boot, 4),
    FIELD(identity.cause, 1),
    FIELD(state, 2), /* and reason */
    FIELD(capabilities, 1),
    FIELD(session, 2),
    FIELD(last_id, 6), /* and finished */
    {RIG_RESULTS, 0},
    {FRAME_BODY_MAX, 0},
    FIELD(dictionary_hash, 4),
    FIELD(tick, 4),
    FIELD(identity.speed_milli, 4),
    FIELD(bad_frames, 4), /* and naks */
    {RIG_SAMPLES & 0xFF, 0},
    {RIG_SAMPLES >> 8, 0},
    FIELD(armed, 1),
    FIELD(journal[1], 9),
#undef FIELD
};

static void hello(RIG)
{
    results_count(rig);
    reply(rig, FRAME_HELLO_REPLY);
    for (uint8_t i = 0; i < sizeof HELLO_FIELDS / sizeof HELLO_FIELDS[0]; i++) {
        if (HELLO_FIELDS[i].length == 0) {
            wire_put_u8(rig, HELLO_FIELDS[i].at);
        } else {
            wire_put(rig, (const uint8_t *)rig + HELLO_FIELDS[i].at, HELLO_FIELDS[i].length);
        }
    }
    wire_end(rig);
}

/* A new session forgets all of the one before. */
static void begin_session(RIG)
{
    if (rig->state != RIG_SAFE) {
        go_safe(rig, REASON_SESSION, 0); /* its frames still carry the old session */
    }
    rig->session = rig->receiver.frame.session;
    rig->last_id = 0;
    rig->queued = 0;
    rig->flush = rig->receiver.frame.body[1];
    if (rig->flush == 0) {
        rig->flush = 1;
    }
    rig->flush_left = rig->flush;
    memset((uint8_t *)rig + offsetof(struct rig, credit), 0,
           offsetof(struct rig, queue) - offsetof(struct rig, credit));
    for (uint8_t i = 0; i < RIG_QUEUE; i++) {
        timer_stop(rig, (uint8_t)(TIMER_QUEUE + i));
    }
    timer_stop(rig, TIMER_NONCE);
    limits_reset(rig);
    for (struct stream *stream = rig->stream; stream < rig->stream + RIG_CHANNELS; stream++) {
        stream->unsent = 0;
        stream->lost = 0;
    }
    timer_start_wall(rig, TIMER_LEASE, LEASE_SECONDS);
    timer_start_wall(rig, TIMER_HOUSEKEEPING, 1);
}

static void open(RIG)
{
    const uint16_t session = rig->receiver.frame.session;

    if (rig->receiver.frame.body[0] != RIG_PROTOCOL_VERSION) {
        nak(rig, NAK_VERSION);
        return;
    }
    if (session == 0 || session < rig->session) {
        nak(rig, NAK_SESSION);
        return;
    }
    if (session != rig->session) {
        begin_session(rig);
    }
    reply(rig, FRAME_OPENED);
    wire_put(rig, &rig->identity.boot, sizeof rig->identity.boot);
    wire_put_status(rig);
    wire_end(rig);
}

/* Takes a new number, answers an old one from its stored result. `header` as for command_take. */
static void numbered(RIG, uint8_t header)
{
    const uint16_t id = rig->receiver.frame.id;
    const uint16_t ahead = (uint16_t)(id - rig->last_id); /* RFC 1982: 32768 is not behind */
    struct result *result = result_of(rig, id);

    if (ahead == 1) {
        if (result != NULL) {
            result->stage[0] = STAGE_NONE; /* of a number that has come round */
        }
        rig->last_id = id;
        command_take(rig, header);
    } else if (ahead != 0 && ahead <= 32768u) {
        nak(rig, NAK_GAP);
    } else if (result == NULL) {
        nak(rig, NAK_FORGOTTEN);
    } else {
        stage_repeat(rig, result);
    }
}

static void command(RIG)
{
    numbered(rig, 0);
}

static void command_at(RIG)
{
    numbered(rig, sizeof rig->tick);
}

static void beat(RIG)
{
    timer_start_wall(rig, TIMER_LEASE, LEASE_SECONDS);
    memcpy(&rig->credit, rig->receiver.frame.body, sizeof rig->credit);
    reply(rig, FRAME_BEAT_REPLY);
    wire_put_status(rig);
    wire_put_stamp(rig);
    wire_end(rig);
}

static void abort_now(RIG)
{
    go_safe(rig, REASON_ABORT, 0);
    reply(rig, FRAME_ABORTED);
    wire_put_status(rig);
    wire_end(rig);
}

static void ping(RIG)
{
    reply(rig, FRAME_PONG);
    wire_put_stamp(rig);
    wire_end(rig);
}

static void dictionary(RIG)
{
    const uint16_t length = kind_of(rig)->dictionary_length;
    uint16_t at;

    memcpy(&at, rig->receiver.frame.body, sizeof at);
    reply(rig, FRAME_DICTIONARY_PART);
    wire_put_u16(rig, at);
    wire_put_u16(rig, length);
    for (; at < length && rig->sender.length < FRAME_BODY_MAX; at++) {
        wire_put_u8(rig, kind_of(rig)->dictionary[at]);
    }
    wire_end(rig);
}

static void resend(RIG)
{
    if (!samples_resend(rig)) {
        nak(rig, NAK_MALFORMED);
    }
}

/* By type, from FRAME_HELLO on. */
static const struct from_host {
    uint8_t least; /* bytes of the body */
    uint8_t most;
    bool in_session; /* the frame's session must be the current one */
    void (*handle)(RIG);
} FROM_HOST[] = {
    /*                 least  most            session  */
    /* HELLO      */  {0,     FRAME_BODY_MAX, false,   hello},
    /* OPEN       */  {2,     2,              false,   open},
    /* COMMAND    */  {1,     13,             true,    command},
    /* BEAT       */  {2,     2,              true,    beat},
    /* ABORT      */  {0,     FRAME_BODY_MAX, false,   abort_now},
    /* DICTIONARY */  {2,     2,              false,   dictionary},
    /* PING       */  {0,     FRAME_BODY_MAX, false,   ping},
    /* RESEND     */  {7,     7,              true,    resend},
    /* COMMAND_AT */  {5,     17,             true,    command_at},
};

ONE_COPY void link_handle(RIG)
{
    const uint8_t type = rig->receiver.frame.type;
    const uint8_t length = rig->receiver.length;
    const struct from_host *row = FROM_HOST;

    if (type >= FRAME_FROM_RIG) {
        return; /* our own echo, or another rig's word */
    }
    if (type < FRAME_HELLO || type > FRAME_COMMAND_AT) {
        nak(rig, NAK_TYPE);
        return;
    }
    row += type - FRAME_HELLO;
    if (length < row->least || length > row->most) {
        nak(rig, NAK_MALFORMED);
    } else if (row->in_session && (rig->session == 0 || rig->receiver.frame.session != rig->session)) {
        nak(rig, NAK_SESSION);
    } else {
        row->handle(rig);
    }
}
