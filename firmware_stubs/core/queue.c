#include "queue.h" /* what is defined here */

#include "stage.h"  /* result_age, stage_tell */
#include "timers.h" /* timer_start, timer_stop */

enum { NO_PLACE = 0xFF };

/* Of the queue's places those of this mask of stages, perhaps those only that are due now: the one with the oldest
 * number, or NO_PLACE. */
static uint8_t oldest_of(const RIG, uint16_t stages, bool now)
{
    const struct result *result = &rig->result[RESULT_QUEUE];
    uint8_t oldest = NO_PLACE;
    uint16_t oldest_age = 0;

    for (uint8_t i = 0; i < RIG_QUEUE; i++, result++) {
        const uint16_t age = result->stage[0] == STAGE_NONE ? UINT16_MAX : result_age(rig, result);

        if ((stages >> result->stage[0] & 1) != 0 && (!now || timer_left(rig, (uint8_t)(TIMER_QUEUE + i)) == 0) &&
            age >= oldest_age) {
            oldest = i;
            oldest_age = age;
        }
    }
    return oldest;
}

ONE_COPY static struct result *result_in(RIG, uint8_t place)
{
    return &rig->result[RESULT_QUEUE + place];
}

bool queue_put(RIG, uint32_t wait)
{
    const uint8_t place = oldest_of(rig, 1 << STAGE_NONE | STAGES_ENDED, false);
    struct result *result;

    if (place == NO_PLACE) {
        return false;
    }
    result = result_in(rig, place);
    rig->queued++;
    result->id = rig->order_id;
    rig->queue[place] = rig->order;
    timer_start(rig, (uint8_t)(TIMER_QUEUE + place), wait);
    stage_tell(rig, result, STAGE_ACCEPTED, 0);
    return true;
}

struct result *queue_take(RIG, bool now)
{
    const uint8_t place = oldest_of(rig, 1 << STAGE_ACCEPTED, now);
    struct result *result;

    if (place == NO_PLACE) {
        return NULL;
    }
    result = result_in(rig, place);
    timer_stop(rig, (uint8_t)(TIMER_QUEUE + place));
    rig->queued--;
    result->stage[0] = STAGE_STARTED;
    if (now) {
        rig->order = rig->queue[place];
        rig->order_id = result->id;
    }
    return result;
}

void queue_cancel(RIG, uint8_t code)
{
    struct result *result;

    while ((result = queue_take(rig, false)) != NULL) {
        stage_tell(rig, result, STAGE_CANCELLED, code);
    }
}
