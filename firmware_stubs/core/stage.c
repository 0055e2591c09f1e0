#include "stage.h" /* what is defined here */

#include <string.h> /* memcpy */

#include "wire.h" /* wire_begin, wire_put, wire_end, FRAME_STAGE */

uint16_t result_age(const RIG, const struct result *result)
{
    return (uint16_t)(rig->last_id - result->id);
}

struct result *result_of(RIG, uint16_t id)
{
    for (struct result *result = rig->result; result < rig->result + RIG_PLACES; result++) {
        if (result->id == id && result->stage[0] != STAGE_NONE) {
            return result;
        }
    }
    return NULL;
}

void results_count(RIG)
{
    uint32_t finished = 0;
    uint8_t age = 32;

    do {
        const struct result *result = result_of(rig, (uint16_t)(rig->last_id - --age));

        finished <<= 1;
        if (result != NULL && (STAGES_ENDED >> result->stage[0] & 1) != 0) {
            finished |= 1;
        }
    } while (age != 0);
    rig->finished = finished;
}

void stage_tell(RIG, struct result *result, enum stage stage, uint8_t code)
{
    if (result == NULL) {
        result = &rig->result[rig->next_result];
        rig->next_result = (uint8_t)(rig->next_result + 1) % RIG_RESULTS;
        result->id = rig->order_id;
    }
    result->stage[0] = (uint8_t)stage;
    result->stage[1] = code;
    result->stage[2] = rig->progress;
    memcpy(result->stage + 3, &rig->tick, sizeof rig->tick);
    memcpy(result->stage + 7, &rig->value, sizeof rig->value);
    rig->progress = 0;
    rig->value = 0;
    stage_repeat(rig, result);
}

void stage_repeat(RIG, const struct result *result)
{
    wire_begin(rig, FRAME_STAGE, result->id);
    wire_put(rig, result->stage, STAGE_BODY);
    wire_end(rig);
}
