/* What the rig tells without being asked: samples and housekeeping. PROTOCOL.md, section 7. */
#ifndef RIG_TELEMETRY_H
#define RIG_TELEMETRY_H

#include <stdint.h> /* uint8_t, uint32_t */

#include "rig.h" /* struct rig */

enum { STATUS_LENGTH = 16 };

/* Ticks between samples: at most 8 samples per wall second at any speed. */
uint32_t telemetry_interval(uint32_t speed_milli);

/* Puts each channel's value at this tick into its ring. */
void telemetry_sample(struct rig *rig);

/* Forgets samples, counts and sequences, and begins the periods anew: a session opens. */
void telemetry_reset(struct rig *rig);

/* Sends what the period brings, when it is due. */
void telemetry_periodic(struct rig *rig);

/* Sends one HOUSEKEEPING frame. */
void telemetry_housekeeping(struct rig *rig);

/* Bit i: the result of command last_id - i is stored and at an end. */
uint32_t telemetry_finished(const struct rig *rig);

/* Writes the STATUS_LENGTH bytes of `status` and returns where the next byte goes. */
uint8_t *put_status(uint8_t *at, const struct rig *rig);

#endif
