/* A rig on the test bench: virtual time, and what it sends is kept. */
#ifndef RIG_TESTS_BENCH_H
#define RIG_TESTS_BENCH_H

#include "../core/rig.h"    /* struct rig, struct rig_port */
#include "../kinds/kinds.h" /* union any_plant */

enum { BENCH_ROOM = 1 << 20 };

struct bench {
    uint64_t now; /* wall ms */
    struct rig_port port;
    struct rig rig;
    union any_plant plant;
    uint8_t sent[BENCH_ROOM]; /* since it was last emptied */
    size_t sent_length;
};

/* Puts a freshly booted rig on the bench. */
void bench_boot(struct bench *bench, const struct kind *kind, const struct rig_identity *identity);

/* Codes the frame and hands it to the rig at wall ms `now`, with the leading 0x00. */
void bench_say(struct bench *bench, uint64_t now, const struct frame *frame);

#endif
