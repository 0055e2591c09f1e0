/* Numbered commands: taken once, judged and carried out. PROTOCOL.md, section 5. */
#ifndef RIG_COMMAND_H
#define RIG_COMMAND_H

#include <stddef.h> /* size_t, NULL */
#include <stdint.h> /* uint8_t .. uint64_t */

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
    REJECTED_NO_ROOM
};

/* Most bytes of a COMMAND's body: the opcode and four arguments. */
enum { COMMAND_BODY_MAX = 17 };

/* Takes the next number and does what the body (1..COMMAND_BODY_MAX bytes) says. */
void command_take(struct rig *rig, uint16_t id, const uint8_t *body, size_t length);

/* The next tick at which the running command has something to tell; RIG_NEVER without one. */
uint64_t command_next_tick(const struct rig *rig);

/* The running command's mark, and its end, if they fall on this tick. */
void command_advance(struct rig *rig);

/* What the commands do that every kind has; `arguments` as in their rows. */
struct refusal arm_refuse(const struct rig *rig, const int32_t *arguments);
int32_t arm_carry_out(struct rig *rig, const int32_t *arguments);
int32_t safe_carry_out(struct rig *rig, const int32_t *arguments);
int32_t read_carry_out(struct rig *rig, const int32_t *arguments);
struct refusal limit_refuse(const struct rig *rig, const int32_t *arguments);
int32_t limit_carry_out(struct rig *rig, const int32_t *arguments);
int32_t stop_carry_out(struct rig *rig, const int32_t *arguments);

/* Their rows, to stand first in each kind's table; `off` and `stop` have the kind's own opcode. */
#define CHANNEL_ARGUMENT {"channel", "index", 0, RIG_CHANNELS - 1}
#define COMMON_COMMANDS \
    {OP_ARM,    "arm",    NEEDS_LEASE | IDEMPOTENT, IN_CALM, arm_refuse,   arm_carry_out,   NULL, 0, {{0}}}, \
    {OP_DISARM, "disarm", IDEMPOTENT,               IN_CALM, NULL,         safe_carry_out,  NULL, 0, {{0}}}, \
    {OP_SAFE,   "safe",   IDEMPOTENT,               IN_ANY,  NULL,         safe_carry_out,  NULL, 0, {{0}}}, \
    {OP_READ,   "read",   IDEMPOTENT,               IN_ANY,  NULL,         read_carry_out,  NULL, 1, \
     {CHANNEL_ARGUMENT}}, \
    {OP_LIMIT,  "limit",  IDEMPOTENT,               IN_CALM, limit_refuse, limit_carry_out, NULL, 3, \
     {CHANNEL_ARGUMENT, {"low", "value", INT32_MIN, INT32_MAX}, {"high", "value", INT32_MIN, INT32_MAX}}}

/* The last argument of every long command: its longest is the longest on-time of the output. */
#define DURATION_ARGUMENT {"duration", "ms", 1000, 604800000}

#endif
