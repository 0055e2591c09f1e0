/* SAFE: how a rig gets there, and what watches over it. PROTOCOL.md, section 6. */
#ifndef RIG_SAFETY_H
#define RIG_SAFETY_H

#include <stdbool.h> /* bool */
#include <stdint.h>  /* int32_t */

#include "rig.h" /* struct rig, enum safe_reason */

/* Outputs to their safe values, FAILED for a command that ran, HOUSEKEEPING in a session. `value` is that of FAILED
 * for REASON_LIMIT; for the others the command's own is told. Nothing at all when the rig is SAFE already. */
void go_safe(struct rig *rig, enum safe_reason reason, int32_t value);

/* The lease runs for RIG_LEASE_MS from now on. */
void lease_renew(struct rig *rig);

/* Ends a lease that is over. */
void lease_check(struct rig *rig);

/* The limits of the dictionary. */
void limits_reset(struct rig *rig);

/* The index of the first channel outside its limits, or -1. */
int32_t limits_breached(const struct rig *rig);

/* Goes SAFE for the first channel outside its limits. */
void limits_check(struct rig *rig);

#endif
