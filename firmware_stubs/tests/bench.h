/* A rig on the test bench: virtual time, and what it sends, drives and writes down is kept. */
#ifndef RIG_TESTS_BENCH_H
#define RIG_TESTS_BENCH_H

#include "../core/rig.h"    /* struct rig, struct rig_port */
#include "../kinds/kinds.h" /* union any_plant */

enum { BENCH_ROOM = 1 << 20, BENCH_FRAMES = 1 << 14 };

struct bench {
    struct rig_port port;
    struct rig rig;
    union any_plant plant;
    int32_t driven[RIG_OUTPUTS]; /* what the port was told last */
    uint8_t nvm[RIG_NVM];
    uint8_t sent[BENCH_ROOM]; /* since it was last emptied */
    size_t sent_length;
    struct {
        uint32_t tick;
        size_t end; /* in `sent` */
    } frame[BENCH_FRAMES];
    size_t frames;
};

/* Puts a freshly booted rig on the bench, with non-volatile memory as it stands in `nvm`, or without any. */
void bench_boot(struct bench *bench, const struct kind *kind, const struct rig_identity *identity, bool nvm);

/* Empties what was sent. */
void bench_clear(struct bench *bench);

/* A frame on its way to the rig: the body's bytes are written with bench_put(). */
struct frame_sender *bench_frame(uint8_t type, uint16_t session, uint16_t id);
void bench_put(struct frame_sender *frame, uint32_t value, uint8_t bytes);

/* Hands it to the rig at this tick, with the leading 0x00. */
void bench_say(struct bench *bench, uint32_t tick, struct frame_sender *frame);

#endif
