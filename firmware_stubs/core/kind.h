/* What a rig kind is: tables in flash, and the functions of its plant. The tables are generated from the kind's
 * description (kinds/NAME_tables.h); names and units are in the compressed dictionary only. PROTOCOL.md, 8 and 9. */
#ifndef RIG_KIND_H
#define RIG_KIND_H

#include <stdint.h> /* uint8_t, uint16_t, int32_t, uint32_t */

#include "part.h" /* RIG_FLASH */

struct rig; /* core/rig.h */

/* The most that a kind of this build has; a part with one kind only may set less. */
#ifndef RIG_CHANNELS
#define RIG_CHANNELS 10
#endif
#ifndef RIG_OUTPUTS
#define RIG_OUTPUTS 4
#endif

enum { COMMAND_ARGUMENTS_MAX = 3 };

enum rig_state { RIG_SAFE = 0, RIG_READY = 1, RIG_RUNNING = 2 };

/* What stands in a command's `flags`: the states in which it is obeyed, and what it is. */
enum command_flags {
    IN_SAFE = 1 << RIG_SAFE,
    IN_READY = 1 << RIG_READY,
    IN_RUNNING = 1 << RIG_RUNNING,
    NEEDS_LEASE = 8, /* hazardous; prepare and arm */
    JOURNALED = 16,
    LONG = 32,           /* its last argument is its duration in ticks */
    DRIVES_ARGUMENT = 64 /* `drives` is the index of the argument that is the driven output's index */
};

enum opcode { OP_PREPARE = 1, OP_ARM, OP_DISARM, OP_SAFE, OP_READ, OP_LIMIT, OP_CANCEL, OP_KIND = 16 };

/* A closed range: of an argument, of a channel's values. */
struct range {
    int32_t low;
    int32_t high;
};

struct command {
    uint8_t opcode;
    uint8_t flags;     /* enum command_flags */
    uint8_t drives;    /* mask of outputs; but see DRIVES_ARGUMENT */
    uint8_t arguments; /* how many */
    uint8_t ranges;    /* index of the first one's in the kind's `ranges` */
    /* Has the effect. An instant command leaves the value of DONE in rig->value (it finds 0 there). */
    void (*carry_out)(RIG);
};

struct channel {
    struct range limits; /* the widest */
    uint32_t interval;   /* ticks between samples at real time */
};

struct output {
    int32_t safe;     /* its safe value */
    uint32_t longest; /* ticks that it may be on */
};

/* Functions that are NULL have nothing to do. */
struct kind {
    uint8_t number;      /* in HELLO */
    uint8_t channels;    /* how many there are of each */
    uint8_t outputs;
    uint8_t commands;
    const struct channel *channel;
    const struct output *output;
    const struct command *command;
    const struct range *ranges; /* of all commands' arguments */
    const RIG_FLASH uint8_t *dictionary;  /* the text as a zlib stream */
    uint16_t dictionary_length;
    uint32_t dictionary_hash; /* CRC-32 of the text */

    void (*boot)(RIG);                               /* the plant at boot; all zero before */
    void (*step)(RIG);                               /* one plant step */
    int32_t (*read)(const RIG, uint8_t channel);     /* a channel now */
    int32_t (*value)(const RIG);                     /* of the long command that runs, now */
    void (*ending)(RIG);                             /* outputs are about to go to their safe values */
    uint8_t (*refuse)(const RIG, uint8_t opcode);    /* enum rejection, when nothing else is against it */
};

#endif
