/* How far each command has come: told to the host, and kept so that it can be told again. PROTOCOL.md, section 5. */
#ifndef RIG_STAGE_H
#define RIG_STAGE_H

#include <stdbool.h> /* bool */
#include <stdint.h>  /* uint8_t, uint16_t, int32_t */

#include "rig.h" /* struct rig, struct result */

enum stage {
    STAGE_ACCEPTED = 1,
    STAGE_REJECTED,
    STAGE_STARTED,
    STAGE_PROGRESS,
    STAGE_DONE,
    STAGE_FAILED,
    STAGE_LATE, /* reserved */
    STAGE_CANCELLED
};

enum { CODE_STOPPED = 0x10, CODE_FAILED = 0x20 /* plus enum safe_reason */ };

/* What is stored of command `id`; NULL when it is not, or no longer. */
const struct result *result_of(const struct rig *rig, uint16_t id);

/* The command is at an end. */
bool result_ended(const struct result *result);

/* May the next number be taken? Not while its slot holds a command that has not ended. */
bool result_room(const struct rig *rig, uint16_t id);

/* Gives command `id` its slot. */
void result_take(struct rig *rig, uint16_t id);

/* Stores and sends the stage that command `id` has reached. */
void stage_tell(struct rig *rig, uint16_t id, enum stage stage, uint8_t code, uint8_t progress, int32_t value);

/* The progress of the long command that runs, or ran until this very tick: 0..100. */
uint8_t stage_percent(const struct rig *rig);

#endif
