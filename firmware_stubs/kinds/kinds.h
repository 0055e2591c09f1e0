/* The rig kinds of this firmware and their plants, which are models: a stub has nothing to heat, to pump or to see.
 * What drives an output is in rig->output. PROTOCOL.md, section 8. */
#ifndef RIG_KINDS_H
#define RIG_KINDS_H

#include <stdint.h> /* int32_t, int64_t */

#include "../core/kind.h" /* struct kind */

struct incubator {
    int32_t temperature; /* micro-degC */
    int32_t target;      /* mdegC; has a meaning while a heat runs */
    uint32_t turns;      /* of the stirrer, below 2^31 */
};

struct fluid_loop {
    int32_t flow;   /* nl/min */
    int64_t pumped; /* nl since the profile began */
};

struct camera {
    int32_t frames; /* to take by the capture that runs */
    int32_t last;   /* taken by the capture before */
    int32_t kept;   /* in the store, without those of the capture that runs */
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
extern const struct kind POWER_SWITCH;
extern const struct kind RECORDER;

/* The kind of this name; NULL when there is none. For programs that can be any of them. */
const struct kind *kind_named(const char *name);

#endif
