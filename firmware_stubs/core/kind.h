/* What a rig kind is: tables in flash. One row per command, one per channel; the text of PROTOCOL.md, section 9, can be
 * read off them word by word, and the tests do. */
#ifndef RIG_KIND_H
#define RIG_KIND_H

#include <stdint.h> /* uint8_t, int32_t, uint64_t */

struct rig; /* core/rig.h */

enum { RIG_CHANNELS = 2, COMMAND_ARGUMENTS_MAX = 3 };

enum rig_state { RIG_SAFE = 0, RIG_READY = 1, RIG_RUNNING = 2 };

/* In which states a command is obeyed. */
enum { IN_SAFE = 1 << RIG_SAFE, IN_READY = 1 << RIG_READY, IN_RUNNING = 1 << RIG_RUNNING };
enum { IN_CALM = IN_SAFE | IN_READY, IN_ANY = IN_SAFE | IN_READY | IN_RUNNING };

enum command_flags {
    HAZARDOUS = 1,  /* needs a running lease */
    IDEMPOTENT = 2, /* a host may send it again after a reboot; nothing to the rig itself */
    NEEDS_LEASE = 4 /* needs a running lease without being hazardous: arm */
};

enum opcode { OP_ARM = 1, OP_DISARM, OP_SAFE, OP_READ, OP_LIMIT, OP_KIND = 16 /* and above: the kind's own */ };

struct argument {
    const char *name;
    const char *unit;
    int32_t min; /* closed */
    int32_t max; /* closed */
};

/* Why a command is rejected; code 0: it is not. */
struct refusal {
    uint8_t code;  /* enum rejection in core/command.h */
    int32_t value; /* what the STAGE frame tells beside it */
};

struct command {
    uint8_t opcode;
    const char *name;
    uint8_t flags;     /* of enum command_flags */
    uint8_t obeyed_in; /* of IN_SAFE, IN_READY, IN_RUNNING */
    /* What the tables cannot say about the arguments; NULL for nothing. */
    struct refusal (*refuse)(const struct rig *rig, const int32_t *arguments);
    /* Instant: has its effect and returns the value of DONE. NULL makes the command a long one. */
    int32_t (*carry_out)(struct rig *rig, const int32_t *arguments);
    /* Long: sets the outputs. Its last argument is its duration in device ms. */
    void (*begin)(struct rig *rig, const int32_t *arguments);
    uint8_t arguments; /* how many of the next are used */
    struct argument argument[COMMAND_ARGUMENTS_MAX];
};

struct channel {
    const char *name;
    const char *unit;
    int32_t low;  /* widest limits, closed */
    int32_t high;
};

struct kind {
    const char *name;
    uint8_t number;      /* in HELLO */
    uint32_t dictionary; /* CRC-32 of the dictionary's text */
    struct channel channel[RIG_CHANNELS];
    const struct command *commands;
    uint8_t commands_length;
    /* Puts the plant into its state at boot. */
    void (*boot)(void *plant);
    /* One plant step: 1000 ticks of the device clock. */
    void (*step)(void *plant);
    /* Channel `index` at `tick`. */
    int32_t (*read)(const void *plant, uint64_t tick, uint8_t index);
    /* The value of the command that runs, at `tick`. */
    int32_t (*value)(const void *plant, uint64_t tick);
    /* Outputs to their safe values at `tick`; harmless when they are there already. */
    void (*make_safe)(void *plant, uint64_t tick);
};

#endif
