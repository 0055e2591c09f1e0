/* The two clocks agree with each other at every speed. */
#include "../core/clock.h" /* tick_at, wall_of */
#include "check.h"         /* CHECK, chance */

void test_clock(void)
{
    uint64_t seed = 11;

    CHECK(tick_at(0, 1000) == 0);
    CHECK(tick_at(1999, 1000) == 1999);
    CHECK(tick_at(1999, 500) == 999);
    CHECK(tick_at(7, 1200000) == 8400);
    CHECK(wall_of(1000, 1200000) == 1);
    CHECK(wall_of(1, 1) == 1000);
    CHECK(tick_at(WALL_MS_MAX, SPEED_MILLI_MAX) == WALL_MS_MAX * 100000);
    for (int round = 0; round < 100000; round++) {
        const uint32_t speed = 1 + chance(&seed) % (round % 2 == 0 ? 3000 : SPEED_MILLI_MAX);
        const uint64_t tick = 1 + ((uint64_t)chance(&seed) << 16);
        const uint64_t wall = wall_of(tick, speed);

        CHECK(tick_at(wall, speed) >= tick);
        CHECK(tick_at(wall - 1, speed) < tick);
    }
}
