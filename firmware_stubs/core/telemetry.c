#include "telemetry.h" /* what is defined here */

#include <string.h> /* memset */

#include "bytes.h" /* put_* */
#include "stage.h" /* result_of, result_ended */
#include "wire.h"  /* wire_send, FRAME_HOUSEKEEPING, FRAME_TELEMETRY */

enum { TELEMETRY_HEADER = 18, SAMPLES_PER_SECOND = 8 };

_Static_assert(TELEMETRY_HEADER + 4 * RIG_SAMPLES <= FRAME_BODY_MAX, "a full ring goes in one frame");

uint32_t telemetry_interval(uint32_t speed_milli)
{
    const uint32_t per_interval = SAMPLES_PER_SECOND * 1000u;

    return RIG_PLANT_STEP * ((speed_milli + per_interval - 1u) / per_interval);
}

void telemetry_sample(struct rig *rig)
{
    rig->sample_tick = rig->tick;
    for (uint8_t i = 0; i < RIG_CHANNELS; i++) {
        struct ring *ring = &rig->ring[i];

        if (ring->length == RIG_SAMPLES) {
            ring->first = (uint8_t)((ring->first + 1u) % RIG_SAMPLES);
            ring->length--;
            ring->lost++;
        }
        ring->sample[(ring->first + ring->length) % RIG_SAMPLES] = rig->kind->read(rig->plant, rig->tick, i);
        ring->length++;
    }
}

void telemetry_reset(struct rig *rig)
{
    memset(rig->ring, 0, sizeof rig->ring);
    rig->credit = 0;
    rig->housekeeping_sequence = 0;
    rig->housekeeping_due = rig->wall + RIG_HOUSEKEEPING_MS;
}

static void send_stream(struct rig *rig, uint8_t stream)
{
    struct ring *ring = &rig->ring[stream];
    uint8_t body[TELEMETRY_HEADER + 4 * RIG_SAMPLES];
    uint8_t *at = body;

    at = put_u8(at, stream);
    at = put_u8(at, ring->length);
    at = put_u32(at, rig->sample_interval);
    at = put_u64(at, rig->sample_tick - (uint64_t)(ring->length - 1u) * rig->sample_interval);
    at = put_u32(at, ring->lost);
    for (uint8_t i = 0; i < ring->length; i++) {
        at = put_i32(at, ring->sample[(ring->first + i) % RIG_SAMPLES]);
    }
    ring->first = 0;
    ring->length = 0;
    wire_send(rig, FRAME_TELEMETRY, ring->sequence++, body, (size_t)(at - body));
}

void telemetry_periodic(struct rig *rig)
{
    if (rig->session == 0 || rig->wall < rig->housekeeping_due) {
        return;
    }
    rig->housekeeping_due += RIG_HOUSEKEEPING_MS;
    if (!rig->lease) {
        return; /* nobody listens */
    }
    for (uint8_t i = 0; i < RIG_CHANNELS; i++) {
        if (rig->ring[i].length > 0 && rig->credit > 0) {
            rig->credit--;
            send_stream(rig, i);
        }
    }
    telemetry_housekeeping(rig);
}

void telemetry_housekeeping(struct rig *rig)
{
    uint8_t body[STATUS_LENGTH + 4];
    uint8_t *at = put_status(body, rig);

    at = put_u16(at, rig->bad_frames);
    at = put_u16(at, rig->naks);
    wire_send(rig, FRAME_HOUSEKEEPING, rig->housekeeping_sequence++, body, (size_t)(at - body));
}

uint32_t telemetry_finished(const struct rig *rig)
{
    uint32_t finished = 0;

    for (uint8_t i = 0; i < RIG_RESULTS; i++) {
        const struct result *result = result_of(rig, (uint16_t)(rig->last_id - i));

        if (result != NULL && result_ended(result)) {
            finished |= (uint32_t)1 << i;
        }
    }
    return finished;
}

uint8_t *put_status(uint8_t *at, const struct rig *rig)
{
    at = put_u8(at, rig->state);
    at = put_u8(at, rig->reason);
    at = put_u16(at, rig->last_id);
    at = put_u32(at, telemetry_finished(rig));
    return put_u64(at, rig->tick);
}
