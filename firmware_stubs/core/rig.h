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

#include "frame.h" /* struct frame_receiver */
#include "kind.h"  /* struct kind, RIG_CHANNELS, enum rig_state */

#define RIG_PROTOCOL_VERSION 1u

/* A part with little memory may set less of both; they are powers of two, so that numbers may wrap. */
#ifndef RIG_RESULTS
#define RIG_RESULTS 32u /* results kept: the window; at most 32, the bits of `finished` */
#endif
#ifndef RIG_SAMPLES
#define RIG_SAMPLES 32u /* samples kept of each channel */
#endif

#define RIG_LEASE_MS 3000u        /* wall ms without BEAT until SAFE */
#define RIG_HOUSEKEEPING_MS 1000u /* wall ms */
#define RIG_PLANT_STEP 1000u      /* ticks */
#define RIG_NEVER UINT64_MAX

enum safe_reason {
    REASON_NONE = 0,
    REASON_BOOT,
    REASON_COMMAND,
    REASON_LEASE,
    REASON_ABORT,
    REASON_LIMIT,
    REASON_SESSION
};

enum reset_cause { CAUSE_POWER_ON = 1, CAUSE_WATCHDOG, CAUSE_BROWN_OUT, CAUSE_SOFTWARE };

/* What a board gives the core. */
struct rig_port {
    void *context; /* handed back in each call */
    /* Whole milliseconds since boot; never backwards, at most WALL_MS_MAX. */
    uint64_t (*wall_ms)(void *context);
    /* One whole frame for the host, with its closing 0x00, emitted at this wall millisecond. Takes all of it or drops
     * all of it; must not wait, and must not call the rig. */
    void (*send)(void *context, uint64_t wall_ms, const uint8_t *wire, size_t length);
};

/* What is fixed at boot. */
struct rig_identity {
    uint64_t unit;        /* the device's own number */
    uint32_t boot;        /* random at each boot, never 0 */
    uint8_t cause;        /* enum reset_cause */
    uint32_t speed_milli; /* device ms per wall ms, times 1000: SPEED_MILLI_MIN..SPEED_MILLI_MAX; 1000 is real time */
};

enum { STAGE_BODY = 16 };

struct result {
    bool used;
    uint16_t id;
    uint8_t body[STAGE_BODY]; /* of the latest STAGE frame */
};

/* The long command that runs. */
struct running {
    uint16_t id;
    uint64_t start;    /* tick */
    uint32_t duration; /* ticks */
    uint8_t next_mark; /* the next PROGRESS in tenths, 1..9; 10: none left */
};

struct ring {
    int32_t sample[RIG_SAMPLES];
    uint8_t first;     /* where the oldest is */
    uint8_t length;    /* how many there are */
    uint32_t lost;     /* since OPEN */
    uint16_t sequence; /* of the next TELEMETRY frame */
};

struct limit {
    int32_t low;  /* closed */
    int32_t high; /* closed */
};

struct rig {
    const struct kind *kind;
    const struct rig_port *port;
    void *plant; /* the kind's own state */
    struct rig_identity identity;

    uint64_t wall; /* the wall millisecond that is being, or was last, visited */
    uint64_t tick; /* the device tick that is being, or was last, visited */

    uint8_t state;          /* enum rig_state */
    uint8_t reason;         /* enum safe_reason */
    struct running running; /* has a meaning in RIG_RUNNING only */
    struct limit limit[RIG_CHANNELS];

    struct frame_receiver receiver;
    uint16_t bad_frames; /* wraps */
    uint16_t naks;       /* wraps */

    uint16_t session; /* 0: none was opened since boot */
    uint16_t last_id; /* last command number taken */
    struct result results[RIG_RESULTS];

    bool lease;           /* it runs */
    uint64_t lease_until; /* wall ms */
    uint8_t credit;       /* TELEMETRY frames that the host will take */

    uint64_t housekeeping_due; /* wall ms; has a meaning in a session only */
    uint16_t housekeeping_sequence;
    uint32_t sample_interval; /* ticks */
    uint64_t sample_tick;     /* of the newest sample in every ring */
    struct ring ring[RIG_CHANNELS];
};

/* Makes a rig of this kind, SAFE, with no session, at wall millisecond 0. `plant` is room for the kind's plant, aligned
 * for it (union any_plant in kinds/kinds.h fits all). All that is pointed to must outlive the rig. */
void rig_boot(struct rig *rig, const struct kind *kind, void *plant, const struct rig_port *port,
              const struct rig_identity *identity);

/* Visits every wall millisecond up to the port's now, in the order of PROTOCOL.md, section 2. */
void rig_run(struct rig *rig);

/* rig_run(), then takes `length` bytes from the host. */
void rig_receive(struct rig *rig, const uint8_t *bytes, size_t length);

/* The wall millisecond of the next thing that the host could see or that protects an output, after the last one
 * visited; RIG_NEVER when only the host can bring it about. */
uint64_t rig_due(const struct rig *rig);

/* Outputs to their safe values, without a word to the host. */
void rig_halt(struct rig *rig);

#endif
