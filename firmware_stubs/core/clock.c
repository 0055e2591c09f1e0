#include "clock.h" /* what is defined here */

/* Both split their product so that it does not leave 64 bits. */

uint64_t tick_at(uint64_t wall_ms, uint32_t speed_milli)
{
    return wall_ms / 1000u * speed_milli + wall_ms % 1000u * speed_milli / 1000u;
}

uint64_t wall_of(uint64_t tick, uint32_t speed_milli)
{
    return tick / speed_milli * 1000u + (tick % speed_milli * 1000u + speed_milli - 1u) / speed_milli;
}
