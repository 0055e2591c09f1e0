/* The two clocks of PROTOCOL.md, section 2: wall milliseconds since boot, and device ticks = wall x speed. */
#ifndef RIG_CLOCK_H
#define RIG_CLOCK_H

#include <stdint.h> /* uint32_t, uint64_t */

#define SPEED_MILLI_MIN 1u
#define SPEED_MILLI_MAX 100000000u

/* Latest wall millisecond for which both functions are exact at every speed (3,170 years). */
#define WALL_MS_MAX UINT64_C(100000000000000)

/* The tick that has come at this wall millisecond: floor(wall_ms * speed_milli / 1000). */
uint64_t tick_at(uint64_t wall_ms, uint32_t speed_milli);

/* The first wall millisecond at which this tick has come. */
uint64_t wall_of(uint64_t tick, uint32_t speed_milli);

#endif
