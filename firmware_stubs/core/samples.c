#include "samples.h" /* what is defined here */

#include <stddef.h> /* offsetof */
#include <string.h> /* memcpy */

#include "timers.h" /* timer_start, timer_start_wall */
#include "wire.h"   /* wire_begin, wire_put, wire_end */

enum { TELEMETRY_HEADER = 14, SAMPLES_PER_FRAME = (FRAME_BODY_MAX - TELEMETRY_HEADER) / 4, SAMPLES_PER_SECOND = 8 };

_Static_assert((RIG_SAMPLES & (RIG_SAMPLES - 1)) == 0 && RIG_SAMPLES <= 256, "the numbers of samples wrap, as bytes do");
_Static_assert(offsetof(struct stream, newest) - offsetof(struct stream, index) == TELEMETRY_HEADER, "no gaps");

static void next_sample(RIG, const struct stream *stream)
{
    timer_start(rig, (uint8_t)(TIMER_SAMPLE + stream->index), stream->interval);
}

void samples_boot(RIG)
{
    const uint32_t per_interval = SAMPLES_PER_SECOND * RIG_SPEED_REAL;
    const uint16_t factor = (uint16_t)((rig->identity.speed_milli + per_interval - 1) / per_interval);
    const struct channel *channel = kind_of(rig)->channel;
    struct stream *stream = rig->stream;

    for (uint8_t i = 0; i < kind_of(rig)->channels; i++, channel++, stream++) {
        stream->index = i;
        stream->interval = channel->interval * factor;
        next_sample(rig, stream);
    }
}

/* Sends stream->count samples from stream->first on. */
static void send(RIG, struct stream *stream, uint16_t id)
{
    uint8_t at = (uint8_t)stream->first;

    wire_begin(rig, FRAME_TELEMETRY, id);
    wire_put(rig, (const uint8_t *)stream + offsetof(struct stream, index), TELEMETRY_HEADER);
    for (uint8_t i = 0; i < stream->count; i++) {
        wire_put(rig, &stream->sample[at++ % RIG_SAMPLES], sizeof stream->sample[0]);
    }
    wire_end(rig);
}

static uint8_t at_most(sample_count count)
{
    return (uint8_t)(count < SAMPLES_PER_FRAME ? count : SAMPLES_PER_FRAME);
}

/* The oldest unsent samples of a stream, if they are at least so many and the host takes frames. */
static bool send_unsent(RIG, struct stream *stream, uint8_t least)
{
    if (stream->unsent < least || rig->credit == 0) {
        return false;
    }
    rig->credit--;
    stream->first = stream->newest - stream->unsent + 1;
    stream->count = at_most(stream->unsent);
    stream->unsent = (sample_count)(stream->unsent - stream->count);
    send(rig, stream, 0);
    return true;
}

void samples_take(RIG, struct stream *stream)
{
    next_sample(rig, stream);
    stream->newest++;
    stream->sample[(uint8_t)stream->newest % RIG_SAMPLES] = kind_of(rig)->read(rig, stream->index);
    if (stream->kept < RIG_SAMPLES) {
        stream->kept++;
    }
    if (stream->unsent < RIG_SAMPLES) {
        stream->unsent++;
    } else {
        stream->lost++;
    }
    if (rig->timer[TIMER_LEASE].on) {
        while (send_unsent(rig, stream, SAMPLES_PER_FRAME)) {
        }
    }
}

/* Answers RESEND's body with what there is: first u32, n u16 of this stream. */
static void answer(RIG, struct stream *stream, uint8_t *body)
{
    const uint16_t id = rig->receiver.frame.id;
    uint32_t later; /* samples there are after the first one asked for */
    uint16_t count;

    memcpy(&stream->first, body + 1, sizeof stream->first);
    memcpy(&count, body + 5, sizeof count);
    later = stream->newest - stream->first;
    if ((int32_t)later < 0) {
        count = 0;
    } else if (later < stream->kept) {
        later++;
        stream->count = at_most((sample_count)(count < (uint16_t)later ? count : later));
        send(rig, stream, id);
        return;
    } else {
        later -= stream->kept;
        if (later < count) {
            count = (uint16_t)(later + 1);
        }
    }
    memcpy(body + 5, &count, sizeof count);
    wire_begin(rig, FRAME_GONE, id);
    wire_put(rig, body, 7);
    wire_end(rig);
}

bool samples_resend(RIG)
{
    uint8_t *body = rig->receiver.frame.body; /* stream u8, first u32, n u16: GONE has the same */

    if (body[0] >= kind_of(rig)->channels || (body[5] | body[6]) == 0) {
        return false;
    }
    answer(rig, &rig->stream[body[0]], body);
    return true;
}

void housekeeping(RIG)
{
    wire_begin(rig, FRAME_HOUSEKEEPING, rig->housekeeping_sequence++);
    wire_put_status(rig);
    wire_put(rig, (const uint8_t *)rig + offsetof(struct rig, bad_frames), 4); /* and naks */
    wire_end(rig);
}

void housekeeping_periodic(RIG)
{
    timer_start_wall(rig, TIMER_HOUSEKEEPING, 1);
    if (!rig->timer[TIMER_LEASE].on) {
        return; /* nobody listens */
    }
    if (--rig->flush_left == 0) {
        rig->flush_left = rig->flush;
        for (uint8_t i = 0; i < kind_of(rig)->channels; i++) {
            (void)send_unsent(rig, &rig->stream[i], 1);
        }
    }
    housekeeping(rig);
}
