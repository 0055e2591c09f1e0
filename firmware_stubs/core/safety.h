/* What keeps a rig from doing harm: its outputs, its limits, the way to SAFE. PROTOCOL.md, section 6. */
#ifndef RIG_SAFETY_H
#define RIG_SAFETY_H

#include <stdbool.h> /* bool */

#include "rig.h" /* struct rig */

/* Drives an output, and tells the port of a new value. */
void output_drive(RIG, uint8_t output, int32_t value);

/* Puts one output, or all of them, to the safe value; they are no longer on. */
void output_reset(RIG, uint8_t output);
void outputs_reset(RIG);

/* The outputs of this mask are on, from now unless they were already. */
void outputs_on(RIG, uint8_t mask);

/* Goes SAFE. `index` is that of the channel or output which is the reason, otherwise without meaning. */
void go_safe(RIG, enum safe_reason reason, uint8_t index);

bool less(const int32_t *one, const int32_t *other);
bool outside(const struct range *range, const int32_t *value);

/* The dictionary's limits. */
void limits_reset(RIG);

enum { ALL_WITHIN = 0xFF };

/* The first channel outside its limits, or ALL_WITHIN. */
uint8_t limits_breached(const RIG);

/* Goes SAFE if one is, unless SAFE already. */
void limits_check(RIG);

#endif
