/* Numbered commands: judged once, carried out at once or at their tick. PROTOCOL.md, section 5. */
#ifndef RIG_COMMAND_H
#define RIG_COMMAND_H

#include "rig.h" /* struct rig */

enum rejection {
    REJECTED_NOT = 0,
    REJECTED_OPCODE,
    REJECTED_ARGUMENTS,
    REJECTED_RANGE,
    REJECTED_NO_LEASE,
    REJECTED_SAFE_MODE,
    REJECTED_BUSY,
    REJECTED_LIMIT,
    REJECTED_NO_ROOM,
    REJECTED_QUEUE,
    REJECTED_NONCE,
    REJECTED_NOT_ARMED
};

/* Takes the command that has come; its number is rig->last_id. `header`: the bytes ahead of the opcode, none or the
 * four of its tick. */
void command_take(RIG, uint8_t header);

/* Begins the timed commands of this tick, in order of their numbers. */
void command_fire(RIG);

/* What the commands do that several kinds have. */
void do_prepare(RIG);
void do_arm(RIG);
void do_safe(RIG); /* disarm, too */
void do_read(RIG);
void do_limit(RIG);
void do_cancel(RIG);
void do_stop(RIG);

#endif
