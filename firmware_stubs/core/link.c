#include "link.h" /* what is defined here */

#include <assert.h>  /* our own promises */
#include <stdbool.h> /* bool */
#include <string.h>  /* memset */

#include "bytes.h"     /* put_* */
#include "command.h"   /* command_take */
#include "safety.h"    /* go_safe, lease_renew, limits_reset */
#include "stage.h"     /* result_of, result_room */
#include "telemetry.h" /* put_status, telemetry_reset */
#include "wire.h"      /* wire_send, enum frame_type */

enum { HELLO_REPLY_LENGTH = 48, CAPABILITIES = 0 };

/* Refuses a frame; it changes nothing but the count. */
static void nak(struct rig *rig, const struct frame *frame, enum nak code)
{
    uint8_t body[5];
    uint8_t *at = body;

    rig->naks++;
    at = put_u8(at, (uint8_t)code);
    at = put_u16(at, (uint16_t)(rig->last_id + 1u));
    at = put_u16(at, rig->session);
    wire_send_in(rig, frame->session, FRAME_NAK, frame->id, body, (size_t)(at - body));
}

static void reply_status(struct rig *rig, const struct frame *frame, enum frame_type type)
{
    uint8_t body[STATUS_LENGTH];

    (void)put_status(body, rig);
    wire_send(rig, type, frame->id, body, sizeof body);
}

static void hello(struct rig *rig, const struct frame *frame)
{
    uint8_t body[HELLO_REPLY_LENGTH];
    uint8_t *at = body;

    at = put_u8(at, RIG_PROTOCOL_VERSION);
    at = put_u8(at, rig->kind->number);
    at = put_u64(at, rig->identity.unit);
    at = put_u32(at, rig->identity.boot);
    at = put_u8(at, rig->identity.cause);
    at = put_u8(at, rig->state);
    at = put_u8(at, rig->reason);
    at = put_u8(at, CAPABILITIES);
    at = put_u16(at, rig->session);
    at = put_u16(at, rig->last_id);
    at = put_u32(at, telemetry_finished(rig));
    at = put_u8(at, RIG_RESULTS);
    at = put_u8(at, FRAME_BODY_MAX);
    at = put_u32(at, rig->kind->dictionary);
    at = put_u64(at, rig->tick);
    at = put_u32(at, rig->identity.speed_milli);
    at = put_u16(at, rig->bad_frames);
    at = put_u16(at, rig->naks);
    assert(at == body + sizeof body);
    wire_send(rig, FRAME_HELLO_REPLY, frame->id, body, sizeof body);
}

static void reply_opened(struct rig *rig, const struct frame *frame)
{
    uint8_t body[4 + STATUS_LENGTH];

    (void)put_status(put_u32(body, rig->identity.boot), rig);
    wire_send(rig, FRAME_OPENED, frame->id, body, sizeof body);
}

static void open(struct rig *rig, const struct frame *frame)
{
    if (frame->body[0] != RIG_PROTOCOL_VERSION) {
        nak(rig, frame, NAK_VERSION);
        return;
    }
    if (frame->session != rig->session || frame->session == 0) {
        if (frame->session <= rig->session) {
            nak(rig, frame, NAK_SESSION);
            return;
        }
        go_safe(rig, REASON_SESSION, 0); /* its frames still carry the old session */
        rig->session = frame->session;
        rig->last_id = 0;
        memset(rig->results, 0, sizeof rig->results);
        limits_reset(rig);
        telemetry_reset(rig);
        lease_renew(rig);
    }
    reply_opened(rig, frame);
}

static void command(struct rig *rig, const struct frame *frame)
{
    const uint16_t ahead = (uint16_t)(frame->id - rig->last_id); /* RFC 1982: 32768 is not after */

    if (ahead == 1) {
        if (result_room(rig, frame->id)) {
            command_take(rig, frame->id, frame->body, frame->length);
        } else {
            nak(rig, frame, NAK_WINDOW);
        }
    } else if (ahead >= 2 && ahead <= 32768u) {
        nak(rig, frame, NAK_GAP);
    } else {
        const struct result *result = result_of(rig, frame->id);

        if (result != NULL) {
            wire_send(rig, FRAME_STAGE, frame->id, result->body, STAGE_BODY);
        } else {
            nak(rig, frame, NAK_FORGOTTEN);
        }
    }
}

static void beat(struct rig *rig, const struct frame *frame)
{
    lease_renew(rig);
    rig->credit = frame->body[0];
    reply_status(rig, frame, FRAME_BEAT_REPLY);
}

static void abort_now(struct rig *rig, const struct frame *frame)
{
    go_safe(rig, REASON_ABORT, 0);
    reply_status(rig, frame, FRAME_ABORTED);
}

static const struct {
    uint8_t type;
    uint8_t least; /* bytes of the body */
    uint8_t most;
    bool in_session; /* the frame's session must be the current one */
    void (*handle)(struct rig *rig, const struct frame *frame);
} FROM_HOST[] = {
    /* type          least  most              session  */
    {FRAME_HELLO,    0,     FRAME_BODY_MAX,   false,   hello},
    {FRAME_OPEN,     1,     1,                false,   open},
    {FRAME_COMMAND,  1,     COMMAND_BODY_MAX, true,    command},
    {FRAME_BEAT,     1,     1,                true,    beat},
    {FRAME_ABORT,    0,     FRAME_BODY_MAX,   false,   abort_now},
};

void link_handle(struct rig *rig, const struct frame *frame)
{
    if (frame->type >= FRAME_FROM_RIG) {
        return; /* our own echo, or another rig's word */
    }
    for (size_t i = 0; i < sizeof FROM_HOST / sizeof FROM_HOST[0]; i++) {
        if (FROM_HOST[i].type != frame->type) {
            continue;
        }
        if (frame->length < FROM_HOST[i].least || frame->length > FROM_HOST[i].most) {
            nak(rig, frame, NAK_MALFORMED);
        } else if (FROM_HOST[i].in_session && (rig->session == 0 || frame->session != rig->session)) {
            nak(rig, frame, NAK_SESSION);
        } else {
            FROM_HOST[i].handle(rig, frame);
        }
        return;
    }
    nak(rig, frame, NAK_TYPE);
}
