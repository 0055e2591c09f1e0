/* The rig in virtual time: lines in, lines out. PROTOCOL.md, section 11. */
#ifndef RIG_HOST_SCRIPT_H
#define RIG_HOST_SCRIPT_H

#include <stdio.h> /* FILE */

#include "../../core/rig.h" /* struct kind, struct rig_identity */

/* Plays the script to its end. Returns the exit code: 0, or 2 after a message on stderr. */
int script_play(const struct kind *kind, const struct rig_identity *identity, FILE *in, FILE *out);

#endif
