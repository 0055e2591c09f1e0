/* What must hold of a rig, whatever the host does: PROTOCOL.md as properties of what a rig is sent, sends and drives.
 *
 * The oracle is told everything that crosses the rig's edge, in order. It predicts the answer to every frame that is
 * not a fresh command, and keeps the books of the rest: numbers, results, arming, lease, samples, the non-volatile
 * record. What it does not know are the plants: a value or a judgement that needs them is not foretold. A property that
 * does not hold ends the program with a line on stderr.
 */
#ifndef FUZZ_ORACLE_H
#define FUZZ_ORACLE_H

#include "wire.h"

#ifdef RIG_SMALL
#define ORACLE_RESULTS 4u
#define ORACLE_RING 16u
#define ORACLE_QUEUE 2u
#else
#define ORACLE_RESULTS 32u
#define ORACLE_RING 256u
#define ORACLE_QUEUE 8u
#endif
#define ORACLE_SAMPLES ((WIRE_BODY_MAX - 14u) / 4u)

enum { ORACLE_OUTPUTS = 4, ORACLE_STREAMS = 10, ORACLE_KNOWN = 256, ORACLE_LOG = 512, ORACLE_NVM = 64, ORACLE_KINDS = 5 };

enum frame_type {
    HELLO = 0x01, OPEN, COMMAND, BEAT, ABORT, DICTIONARY, PING, RESEND, COMMAND_AT,
    HELLO_REPLY = 0x81, OPENED, STAGE, BEAT_REPLY, ABORTED, HOUSEKEEPING, TELEMETRY, DICTIONARY_PART, PONG, GONE,
    NAK = 0x8F
};

enum stage { ACCEPTED = 1, REJECTED, STARTED, PROGRESS, DONE, FAILED, LATE, CANCELLED };

/* What the oracle knows of a kind: PROTOCOL.md, section 9, without its ranges. */
struct facts {
    uint8_t number;
    uint8_t outputs;
    uint8_t streams;
    uint32_t interval;  /* ticks, at real time */
    uint32_t longest;   /* on-time of each output, ticks */
    bool lasting;       /* outputs stay on without a command that runs */
    uint8_t drives;     /* the opcode that switches outputs on; 0: none */
    uint8_t journaled;  /* bit i: opcode 16 + i */
};
extern const struct facts oracle_kinds[ORACLE_KINDS];

struct record {
    bool valid;
    uint8_t n;
    uint32_t boot;
    uint16_t session;
    uint16_t id;
    uint8_t stage;
};

/* One command number of this session. */
struct known {
    bool used;
    uint16_t id;
    uint8_t opcode;
    uint8_t argument_bytes[12];
    uint8_t arguments;  /* bytes of them */
    bool staged;        /* it has a stage; `body` is the latest */
    uint8_t body[11];
};

struct flow {
    uint32_t base; /* the first number after OPEN */
    uint32_t sent; /* samples sent since */
    uint32_t lost; /* as last told */
    struct {
        uint32_t number;
        int32_t value;
    } log[ORACLE_LOG]; /* what was sent, by its number; number 0: nothing yet */
};

struct oracle {
    const struct facts *facts;
    uint64_t unit;
    uint32_t boot;
    uint32_t speed_milli;
    const uint8_t *nvm; /* the rig's memory; NULL: none */
    uint64_t now;       /* ticks, not wrapped */

    uint64_t from;         /* while it runs: where it began */
    bool running_on;       /* rig_run() is at work */
    bool hearing;          /* a frame is being handled */
    struct packet asked;   /* which */
    uint16_t thousandths;  /* when its last byte came */
    uint8_t answer;        /* the type it must get; 0: silence */
    uint8_t code;          /* of a NAK */
    bool repeated;         /* an old command number */
    unsigned answers;      /* so far */
    bool changed;          /* an output was driven */

    struct listener listener; /* the host's bytes */
    uint16_t bad_frames;
    uint16_t naks;
    uint16_t session;
    uint16_t last_id;
    bool lease;
    uint64_t lease_until;
    uint32_t credit;
    uint16_t housekeeping; /* the next sequence */

    uint8_t state;
    uint8_t reason;
    uint8_t armed;
    bool nonce;
    uint8_t nonce_mask;
    uint16_t nonce_value;
    uint64_t nonce_until;

    struct known known[ORACLE_KNOWN]; /* by the number's low byte */
    uint16_t instant[ORACLE_RESULTS]; /* the last numbers that must be remembered, the oldest is overwritten */
    unsigned instants;
    bool any_long;
    uint16_t long_id;
    bool long_timed; /* it keeps its result in its own place */
    unsigned waiting;

    int32_t pin[ORACLE_OUTPUTS];
    uint64_t on_since[ORACLE_OUTPUTS];
    struct flow stream[ORACLE_STREAMS];
    struct record record; /* the last whole one in `nvm` */
};

#define MUST(condition, property) ((condition) ? (void)0 : oracle_broken(property, __FILE__, __LINE__))
_Noreturn void oracle_broken(const char *property, const char *file, int line);

void oracle_boot(struct oracle *oracle, const struct facts *facts, uint64_t unit, uint32_t boot, uint32_t speed_milli,
                 const uint8_t *nvm);

/* Around rig_run(): to `tick`. */
void oracle_runs(struct oracle *oracle, uint64_t tick);
void oracle_ran(struct oracle *oracle);
/* The same around rig_halt(): for as long as nothing. */
void oracle_halted(const struct oracle *oracle);

/* Around rig_receive(): bytes with at most one 0x00, as the last of them. */
void oracle_hears(struct oracle *oracle, const uint8_t *bytes, size_t length, uint16_t thousandths);
void oracle_heard(struct oracle *oracle);

/* What the rig does: a frame, an output, a byte of non-volatile memory that has been written. */
void oracle_sent(struct oracle *oracle, const uint8_t *wire, size_t length);
void oracle_drove(struct oracle *oracle, uint8_t output, int32_t value);
void oracle_wrote(struct oracle *oracle);

/* Is this the number of a command whose result must still be stored? */
bool oracle_must_remember(const struct oracle *oracle, uint16_t id);
struct known *oracle_known(struct oracle *oracle, uint16_t id);
bool oracle_journaled(const struct oracle *oracle, uint8_t opcode);
uint32_t oracle_wall(const struct oracle *oracle, uint32_t wall_ms); /* L() of section 2 */
uint32_t oracle_interval(const struct oracle *oracle);               /* ticks between samples */
uint32_t oracle_newest(const struct oracle *oracle, uint64_t tick);  /* the number of the newest sample at a tick */

/* The parts of oracle_sent() that have a file of their own. */
void oracle_stage(struct oracle *oracle, const struct packet *packet);
void oracle_status(struct oracle *oracle, const uint8_t *status);
void oracle_samples(struct oracle *oracle, const struct packet *packet);

#endif
