#include "stage.h" /* what is defined here */

#include <assert.h> /* our own promises */

#include "bytes.h" /* put_* */
#include "wire.h"  /* wire_send, FRAME_STAGE */

_Static_assert(RIG_RESULTS <= 32 && (RIG_RESULTS & (RIG_RESULTS - 1)) == 0, "`finished` has 32 bits; ids wrap");

static uint8_t slot_of(uint16_t id)
{
    return (uint8_t)(id % RIG_RESULTS);
}

const struct result *result_of(const struct rig *rig, uint16_t id)
{
    const struct result *result = &rig->results[slot_of(id)];

    return result->used && result->id == id ? result : NULL;
}

bool result_ended(const struct result *result)
{
    switch (result->body[0]) {
    case STAGE_REJECTED:
    case STAGE_DONE:
    case STAGE_FAILED:
    case STAGE_LATE:
    case STAGE_CANCELLED:
        return true;
    default:
        return false;
    }
}

bool result_room(const struct rig *rig, uint16_t id)
{
    const struct result *result = &rig->results[slot_of(id)];

    return !result->used || result_ended(result);
}

void result_take(struct rig *rig, uint16_t id)
{
    rig->results[slot_of(id)] = (struct result){.used = true, .id = id};
}

void stage_tell(struct rig *rig, uint16_t id, enum stage stage, uint8_t code, uint8_t progress, int32_t value)
{
    struct result *result = &rig->results[slot_of(id)];
    uint8_t *at = result->body;

    assert(result->used && result->id == id);
    at = put_u8(at, (uint8_t)stage);
    at = put_u8(at, code);
    at = put_u8(at, progress);
    at = put_u8(at, 0);
    at = put_u64(at, rig->tick);
    at = put_i32(at, value);
    assert(at == result->body + STAGE_BODY);
    wire_send(rig, FRAME_STAGE, id, result->body, STAGE_BODY);
}

uint8_t stage_percent(const struct rig *rig)
{
    return (uint8_t)((rig->tick - rig->running.start) * 100u / rig->running.duration);
}
