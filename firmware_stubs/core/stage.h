/* How far each command has come: told to the host, and kept to be told again. PROTOCOL.md, sections 5 and 5.3. */
#ifndef RIG_STAGE_H
#define RIG_STAGE_H

#include "rig.h" /* struct rig, struct result */

enum stage {
    STAGE_NONE = 0,
    STAGE_ACCEPTED,
    STAGE_REJECTED,
    STAGE_STARTED,
    STAGE_PROGRESS,
    STAGE_DONE,
    STAGE_FAILED,
    STAGE_LATE,
    STAGE_CANCELLED
};

/* Bit s: stage s is an end. */
enum {
    STAGES_ENDED = 1 << STAGE_REJECTED | 1 << STAGE_DONE | 1 << STAGE_FAILED | 1 << STAGE_LATE | 1 << STAGE_CANCELLED
};

enum { CODE_STOPPED = 0x10, CODE_SAFE = 0x20 /* plus the reason */ };

/* Which of the last numbers are at an end: rig->finished as it is now. */
void results_count(RIG);

/* The result of this number; NULL when none is stored. */
struct result *result_of(RIG, uint16_t id);

/* How many numbers ago its command was. */
uint16_t result_age(const RIG, const struct result *result);

/* Stores and sends the next stage of the command in this place, with rig->value and rig->progress; both are 0 again after
 * it. NULL: that of rig->order_id, which is over with this one, in the next place of the ring. */
void stage_tell(RIG, struct result *result, enum stage stage, uint8_t code);

/* Sends the latest one. */
void stage_repeat(RIG, const struct result *result);

#endif
