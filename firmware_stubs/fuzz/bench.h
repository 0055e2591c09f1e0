/* Two rigs of the same kind that live through the same history, what surrounds them, and the oracle that looks on.
 *
 * One is let run in leaps, the other from one due event to the next. What they send and drive must be the same to the
 * byte. */
#ifndef FUZZ_BENCH_H
#define FUZZ_BENCH_H

#include "core/rig.h"    /* struct rig */
#include "kinds/kinds.h" /* union any_plant */
#include "oracle.h"      /* struct oracle */

enum {
    TRACE_ROOM = 1 << 16,
    PIECE_MAX = 600,
    WORK_MAX = 4000, /* plant steps, periods and samples in one history, so that none takes long */
    WORK_TO_ON_TIME = 40000, /* the same where an output's longest on-time can be reached */
    ON_TIME_SPEED = 1000000
};

/* One of the two rigs, with what surrounds it. */
struct under_test {
    struct rig rig;
    union any_plant plant;
    struct rig_port port;
    uint8_t nvm[ORACLE_NVM];
    unsigned writes_left; /* until the power goes, while `cut` */
    bool cut;
    struct oracle *oracle; /* NULL for the one that runs from event to event */
    uint8_t trace[TRACE_ROOM];
    size_t traced;
};

struct bench {
    struct under_test leaps;
    struct under_test steps;
    struct oracle oracle;
    const struct facts *facts;
    bool has_nvm;
    uint32_t boot;
    uint32_t speed_milli;
    uint64_t now;
    bool stepping; /* the second rig runs to its next due event */
    uint64_t work; /* plant steps and samples so far */
    struct packet last; /* the last command */
};

extern struct bench bench;

/* Power comes: both rigs boot, with another boot id, in memory that holds anything. */
void boot(void);
/* Lets so many ticks pass. */
void run(uint64_t ticks);
/* Has this history been at work for long enough? */
bool worn_out(void);
/* Bytes for the rigs, cut behind each 0x00, in buffers of exactly their length. */
void feed(const uint8_t *bytes, size_t length, uint16_t thousandths);
void say(const struct packet *packet, uint16_t thousandths);

#endif
