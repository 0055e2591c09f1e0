/* The rig kinds of this firmware and their plants, which are models: a stub has nothing to heat, to pump or to see.
 * PROTOCOL.md, sections 8 and 9. */
#ifndef RIG_KINDS_H
#define RIG_KINDS_H

#include <stddef.h> /* size_t */
#include <stdint.h> /* int32_t, int64_t, uint64_t */

#include "../core/kind.h" /* struct kind */

struct incubator {
    int64_t temp_u;  /* micro-degC */
    int32_t target;  /* mdegC; has a meaning while heating */
    int32_t drive;   /* output, permille; negative cools; safe value 0 */
    uint8_t heating; /* 1 or 0; safe value 0 */
};

struct fluid_loop {
    int64_t flow_n;   /* nl/min */
    int64_t pumped_n; /* nl since the profile began */
    int32_t rate;     /* output, ml/min; safe value 0 */
};

struct camera {
    uint64_t start;    /* tick of the capture's begin; this and the next two have a meaning while capturing */
    int32_t frames;    /* to take */
    int32_t duration;  /* ticks */
    int32_t last;      /* taken by the capture before */
    int32_t kept;      /* in the store, without those of the capture that runs */
    uint8_t capturing; /* output, the shutter: 1 or 0; safe value 0 */
};

/* Room for the plant of any kind. */
union any_plant {
    struct incubator incubator;
    struct fluid_loop fluid_loop;
    struct camera camera;
};

extern const struct kind INCUBATOR;
extern const struct kind FLUID_LOOP;
extern const struct kind CAMERA;

/* The kind of this name; NULL when there is none. */
const struct kind *kind_named(const char *name);

#endif
