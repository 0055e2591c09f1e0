/* The long command that runs: its marks, its end. PROTOCOL.md, section 5.2. */
#ifndef RIG_RUNNING_H
#define RIG_RUNNING_H

#include "rig.h"   /* struct rig */
#include "stage.h" /* enum stage */

/* Begins the order. `result` is its place in the queue; NULL if it did not wait. */
void running_begin(RIG, const struct command *row, struct result *result);

/* It has come to its next mark, or its end. */
void running_go_on(RIG);

/* Ends it, if there is one, with rig->value in this stage; outputs are safe and the state is the new one either way. */
void running_end(RIG, enum rig_state state, enum stage stage, uint8_t code);

/* Puts its value into rig->value. */
void running_value(RIG);

#endif
