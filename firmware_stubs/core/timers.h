/* When things become due: one timer for each thing that may, in ticks. The handlers are in core/rig.c. */
#ifndef RIG_TIMERS_H
#define RIG_TIMERS_H

#include "rig.h" /* struct rig, struct timer */

/* Lets the timer run for so many ticks from now, 1 to 2^31 - 1. */
void timer_start(RIG, uint8_t timer, uint32_t ticks);

/* The same for whole seconds of wall time: L() of PROTOCOL.md, section 2. */
void timer_start_wall(RIG, uint8_t timer, uint8_t seconds);

void timer_stop(RIG, uint8_t timer);

/* How many ticks it still runs: 0 in the tick at which it is due, UINT32_MAX when it does not run. */
uint32_t timer_left(const RIG, uint8_t timer);

#endif
