/* A rig: everything that the firmware remembers, in one struct that the caller owns. Nothing else holds state.
 *
 *     rig_boot()      once
 *     rig_run()       lets the time pass that has passed, and sends what became due
 *     rig_receive()   the same, then bytes from the host, and sends the answers
 *     rig_due()       when rig_run() must be called at the latest
 *     rig_halt()      before the power goes: outputs to their safe values
 */
#ifndef RIG_RIG_H
#define RIG_RIG_H

#include <stdbool.h> /* bool */
#include <stddef.h>  /* size_t */
#include <stdint.h>  /* uint8_t .. uint64_t */

#include "frame.h" /* FRAME_BODY_MAX, FRAME_WIRE_MAX, struct frame_receiver */
#include "kind.h"  /* struct kind, RIG_CHANNELS, RIG_OUTPUTS */

#define RIG_PROTOCOL_VERSION 2

/* The size of PROTOCOL.md's first table; FRAME_BODY_MAX in core/frame.h belongs to it. */
#ifdef RIG_SMALL
enum { RIG_RESULTS = 4, RIG_SAMPLES = 16, RIG_QUEUE = 2 };
typedef uint8_t sample_count; /* 0..RIG_SAMPLES */
#else
enum { RIG_RESULTS = 32, RIG_SAMPLES = 256, RIG_QUEUE = 8 };
typedef uint16_t sample_count;
#endif

enum { RIG_PLANT_STEP = 1000 }; /* ticks */

/* Ticks per wall second, times 1000. */
#define RIG_SPEED_MIN 1u
#define RIG_SPEED_REAL 1000u
#define RIG_SPEED_MAX 100000000u

enum safe_reason {
    REASON_NONE = 0,
    REASON_BOOT,
    REASON_COMMAND,
    REASON_LEASE,
    REASON_ABORT,
    REASON_LIMIT,
    REASON_SESSION,
    REASON_ON_TIME
};

enum reset_cause { CAUSE_POWER_ON = 1, CAUSE_WATCHDOG, CAUSE_BROWN_OUT, CAUSE_SOFTWARE, CAUSE_RESET_PIN };

/* What a board gives the core. None of these may call the rig. */
struct rig_port {
    void *context; /* handed back in each call */
    /* One whole frame for the host, with its closing 0x00. Takes all of it or drops all of it. */
    void (*send)(void *context, const uint8_t *wire, size_t length);
    /* An output has a new value, at rig->tick and rig->thousandths. NULL: nobody to tell. */
    void (*drive)(void *context, uint8_t output, int32_t value);
    /* Non-volatile memory, RIG_NVM bytes from address 0; erased ones are 0xFF. Both NULL: there is none. */
    uint8_t (*nvm_read)(void *context, uint16_t at);
    void (*nvm_write)(void *context, uint16_t at, uint8_t byte);
};

enum { RIG_NVM = 64 }; /* bytes that the link may use; the journal takes the first 24 */

/* What is fixed at boot. */
struct rig_identity {
    uint64_t unit;        /* the device's own number */
    uint32_t boot;        /* another one at each boot, never 0 */
    uint32_t speed_milli; /* RIG_SPEED_MIN..RIG_SPEED_MAX */
    uint8_t cause;        /* enum reset_cause */
};

/* What may become due. At one tick they come in this order. */
enum {
    TIMER_PLANT = 0,
    TIMER_OUTPUT = 1, /* the longest on-time of output i: TIMER_OUTPUT + i */
    TIMER_SAMPLE = TIMER_OUTPUT + RIG_OUTPUTS,
    TIMER_RUNNING = TIMER_SAMPLE + RIG_CHANNELS, /* the running command's next mark, or its end */
    TIMER_QUEUE,                                 /* the timed command in place i of the queue */
    TIMER_LEASE = TIMER_QUEUE + RIG_QUEUE,
    TIMER_NONCE,
    TIMER_HOUSEKEEPING,
    RIG_TIMERS
};

struct timer {
    bool on;
    uint32_t due; /* tick; after the one at hand while it is on */
};

enum { STAGE_BODY = 11 };

/* A command with its arguments. */
struct order {
    const struct command *row;
    int32_t argument[COMMAND_ARGUMENTS_MAX];
};

/* The latest STAGE of a command, as its body on the wire. */
struct result {
    uint16_t id;
    uint8_t stage[STAGE_BODY]; /* the first byte is 0 where nothing is stored */
};

/* The places of results: a ring for what is over at once, one for the long command, the queue's. */
enum { RESULT_LONG = RIG_RESULTS, RESULT_QUEUE, RIG_PLACES = RESULT_QUEUE + RIG_QUEUE };

/* From index to lost it is the head of a TELEMETRY body. */
struct stream {
    sample_count unsent; /* so many of the newest */
    _Alignas(2) uint8_t index; /* any gap is ahead of it, none behind */
    uint8_t count;     /* samples of the frame that is being sent; */
    uint32_t first;    /* the number of its first one */
    uint32_t interval; /* ticks */
    uint32_t lost;     /* passed over since OPEN */
    uint32_t newest;   /* number of the last sample; the first is 1, wraps */
    sample_count kept; /* how many there are */
    int32_t sample[RIG_SAMPLES]; /* number j at j % RIG_SAMPLES */
};

/* The order of the members is that of how often they are used: an AVR reaches the first 64 bytes with short
 * instructions. */
struct rig {
    /* Fields that go over the wire as they lie here: from state to tick, a status; tick and thousandths, a stamp;
     * bad_frames and naks. */
    uint16_t session;     /* 0: none was opened since boot */
    uint8_t state;        /* enum rig_state */
    uint8_t reason;       /* enum safe_reason */
    uint8_t armed;        /* mask of outputs */
    uint8_t queued;       /* timed commands that wait */
    uint16_t last_id;     /* last command number taken */
    uint32_t finished;    /* of the last 32 numbers, those whose result is an end; as results_count() left it */
    uint32_t tick;        /* being visited, or visited last */
    uint16_t thousandths; /* of a tick, since then: 0 but while bytes are looked at */
    uint16_t bad_frames;  /* wraps */
    uint16_t naks;        /* wraps */

    int32_t value;      /* of the STAGE that will be told next; 0 again after it */
    uint8_t progress;   /* the same */
    struct order order; /* the command that is being judged or carried out */
    uint16_t order_id;

#ifndef RIG_ONE /* use kind_of(), plant_of(), port_of() */
    const struct kind *kind;
    void *plant; /* the kind's own state */
    const struct rig_port *port;
#endif

    struct result *running; /* of the long command in RIG_RUNNING; so are all that begin with this word */
    const struct command *running_row;
    uint8_t running_mark;   /* its next PROGRESS in tenths, 1..9; 10: its end */

    uint16_t nonce;  /* has a meaning while TIMER_NONCE is on, as the next */
    uint8_t nonce_outputs;
    uint8_t flush;       /* samples go with every so many-th housekeeping */
    uint8_t flush_left;  /* until the next */
    uint8_t next_result; /* of the ring: where the next one goes */

    uint32_t running_start;    /* tick */
    uint32_t running_duration; /* ticks */
    uint32_t running_tenth;    /* of it, rounded down; */
    uint8_t running_rest;      /* what that leaves of it, in ticks */
    uint8_t running_late;      /* by how much the last mark came too late, in tenths of ticks */

    struct rig_identity identity;
    uint32_t dictionary_hash;
    uint8_t kind_number;
    uint8_t capabilities;
    uint8_t journal_at;  /* address at which the next record goes */
    uint8_t journal[12]; /* the record of PROTOCOL.md, 5.4; all 0: none */

    struct timer timer[RIG_TIMERS];
    int32_t output[RIG_OUTPUTS]; /* what drives it now */
    struct range limit[RIG_CHANNELS];

    /* From here to result: all 0 at the start of a session. */
    uint16_t credit; /* TELEMETRY frames that the host will take */
    uint16_t housekeeping_sequence;
    struct result result[RIG_PLACES];

    struct order queue[RIG_QUEUE]; /* of what waits, in the order of the places */
    struct frame_receiver receiver;
    struct frame_sender sender;
    struct stream stream[RIG_CHANNELS];
};

/* What a rig is made of. In a program with one rig only (RIG_ONE) all of it is known beforehand: the kind is RIG_KIND,
 * and the program defines the_rig, the_plant and the_port, which are what it hands to rig_boot(). */
#ifdef RIG_ONE
extern struct rig the_rig;
extern union any_plant the_plant;
extern const struct rig_port the_port;
extern const struct kind RIG_KIND;
static struct rig *const rig = &the_rig;
#define kind_of(rig) (&RIG_KIND)
#define plant_of(rig) ((void *)&the_plant)
#define port_of(rig) (&the_port)
#else
#define kind_of(rig) ((rig)->kind)
#define plant_of(rig) ((rig)->plant)
#define port_of(rig) ((rig)->port)
#endif

/* Makes a rig of this kind, SAFE, with no session, at tick 0. `plant` is room for the kind's plant, aligned for it
 * (union any_plant in kinds/kinds.h fits all). All that is pointed to must outlive the rig. */
void rig_boot(RIG, const struct kind *kind, void *plant, const struct rig_port *port,
              const struct rig_identity *identity);

/* Goes through every tick up to this one, which is less than 2^31 after the last. */
void rig_run(RIG, uint32_t tick);

/* Runs on to this tick, then takes bytes of which the last came at it and so many thousandths (0..999). */
void rig_receive(RIG, uint32_t tick, uint16_t thousandths, const uint8_t *bytes, size_t length);

/* The tick, after the one at hand, at which something happens that can be seen from outside, or an earlier one. Until
 * then nobody needs to call rig_run(). */
uint32_t rig_due(const RIG);

/* Puts the outputs to their safe values, whatever else goes on. The rig is not used after that. */
void rig_halt(RIG);

#endif
