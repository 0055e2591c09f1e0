#include "samples.h" /* what is defined here */

#include <stddef.h> /* offsetof */
#include <string.h> /* memcpy */

#include "timers.h" /* timer_start, timer_start_wall */
#include "wire.h"   /* wire_begin, wire_put, wire_end */

enum { TELEMETRY_HEADER = 14, SAMPLES_PER_FRAME = (FRAME_BODY_MAX - TELEMETRY_HEADER) / 4, SAMPLES_PER_SECOND = 8 };

_Static_assert((RIG_SAMPLES & (RIG_SAMPLES - 1)) == 0 && RIG_SAMPLES <= 256, "the numbers of samples wrap, as bytes do");
_Static_assert(offsetof(struct stream, newest) - offsetof(struct stream, index) == TELEMETRY_HEADER, "no gaps");

static void next_sample(struct rig *rig, const struct stream *stream)
{
    timer_start(rig, (uint8_t)(TIMER_SAMPLE + stream->index), stream->interval);
}

void samples_boot(struct rig *rig)
{
    const uint32_t per_interval = SAMPLES_PER_SECOND * RIG_SPEED_REAL;
    const uint16_t factor = (uint16_t)((rig->identity.speed_milli + per_interval - 1) / per_interval);
    const struct channel *channel = rig->kind->channel;
    struct stream *stream = rig->stream;

    for (uint8_t i = 0; i < rig->kind->channels; i++, channel++, stream++) {
        stream->index = i;
        stream->interval = channel->interval * factor;
        next_sample(rig, stream);
    }
}

/* Sends stream->count samples from stream->first on. */
static void send(struct rig *rig, struct stream *stream, uint16_t id)
{
    uint8_t at = (uint8_t)stream->first;

    wire_begin(rig, FRAME_TELEMETRY, id);
    wire_put(rig, (const uint8_t *)stream + offsetof(struct stream, index), TELEMETRY_HEADER);
    for (uint8_t i = 0; i < stream->count; i++) {
        wire_put(rig, &stream->sample[at++ % RIG_SAMPLES], sizeof stream->sample[0]);
    }
    wire_end(rig);
}

static uint8_t at_most(uint16_t count)
{
    return (uint8_t)(count < SAMPLES_PER_FRAME ? count : SAMPLES_PER_FRAME);
}

/* The oldest unsent samples of a stream, if they are at least so many and the host takes frames. */
static bool send_unsent(struct rig *rig, struct stream *stream, uint8_t least)
{
    if (stream->unsent < least || rig->credit == 0) {
        return false;
    }
    rig->credit--;
    stream->first = stream->newest - stream->unsent + 1;
    stream->count = at_most(stream->unsent);
    stream->unsent = (uint16_t)(stream->unsent - stream->count);
    send(rig, stream, 0);
    return true;
}

void samples_take(struct rig *rig, struct stream *stream)
{
    next_sample(rig, stream);
    stream->newest++;
    stream->sample[(uint8_t)stream->newest % RIG_SAMPLES] = rig->kind->read(rig, stream->index);
    if (stream->kept < RIG_SAMPLES) {
        stream->kept++;
    }
    if (stream->unsent < RIG_SAMPLES) {
        stream->unsent++;
    } else {
        stream->lost++;
    }
    while (rig->timer[TIMER_LEASE].on && send_unsent(rig, stream, SAMPLES_PER_FRAME)) {
    }
}

/* Of `count` things the first `most` at the most. */
static uint16_t fewer(uint16_t count, uint32_t most)
{
    return count < most ? count : (uint16_t)most;
}

/* Answers RESEND's body with what there is: first u32, n u16 of this stream. */
static void answer(struct rig *rig, struct stream *stream, uint8_t *body)
{
    const uint16_t id = rig->receiver.frame.id;
    uint32_t later; /* samples there are after the first one asked for */
    uint16_t count;

    memcpy(&stream->first, body + 1, sizeof stream->first);
    memcpy(&count, body + 5, sizeof count);
    later = stream->newest - stream->first;
    if (later < stream->kept) {
        stream->count = at_most(fewer(count, later + 1));
        send(rig, stream, id);
        return;
    }
    count = (int32_t)later < 0 ? 0 : fewer(count, later - stream->kept + 1);
    memcpy(body + 5, &count, sizeof count);
    wire_begin(rig, FRAME_GONE, id);
    wire_put(rig, body, 7);
    wire_end(rig);
}

bool samples_resend(struct rig *rig)
{
    uint8_t *body = rig->receiver.frame.body; /* stream u8, first u32, n u16: GONE has the same */

    if (body[0] >= rig->kind->channels || (body[5] | body[6]) == 0) {
        return false;
    }
    answer(rig, &rig->stream[body[0]], body);
    return true;
}

void housekeeping(struct rig *rig)
{
    wire_begin(rig, FRAME_HOUSEKEEPING, rig->housekeeping_sequence++);
    wire_put_status(rig);
    wire_put(rig, (const uint8_t *)rig + offsetof(struct rig, bad_frames), 4); /* and naks */
    wire_end(rig);
}

void housekeeping_periodic(struct rig *rig)
{
    timer_start_wall(rig, TIMER_HOUSEKEEPING, 1);
    if (!rig->timer[TIMER_LEASE].on) {
        return; /* nobody listens */
    }
    if (--rig->flush_left == 0) {
        rig->flush_left = rig->flush;
        for (uint8_t i = 0; i < rig->kind->channels; i++) {
            (void)send_unsent(rig, &rig->stream[i], 1);
        }
    }
    housekeeping(rig);
}
