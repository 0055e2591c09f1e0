/* Timed commands that wait for their tick, each in the place of its result. PROTOCOL.md, sections 5.2 and 5.3. */
#ifndef RIG_QUEUE_H
#define RIG_QUEUE_H

#include "rig.h" /* struct rig */

/* Lets the order wait for so many ticks, and tells so. False when in each place is one that waits or runs. */
bool queue_put(RIG, uint32_t wait);

/* Takes the oldest command that waits, or of those that are due now, out of the queue; these into rig->order, too. NULL
 * when there is none. */
struct result *queue_take(RIG, bool now);

/* Tells all that wait that they are cancelled. */
void queue_cancel(RIG, uint8_t code);

#endif
