/* When things become due: one timer for each thing that may, in ticks. The handlers are in core/rig.c. */
#ifndef RIG_TIMERS_H
#define RIG_TIMERS_H

#include "rig.h" /* struct rig, struct timer */

/* Lets the timer run for so many ticks from now, 1 to 2^31 - 1. */
void timer_start(struct rig *rig, uint8_t timer, uint32_t ticks);

/* The same for whole seconds of wall time: L() of PROTOCOL.md, section 2. */
void timer_start_wall(struct rig *rig, uint8_t timer, uint8_t seconds);

void timer_stop(struct rig *rig, uint8_t timer);

#endif
