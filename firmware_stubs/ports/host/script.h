/* The rig in virtual time: lines in, lines out. PROTOCOL.md, section 11. */
#ifndef RIG_HOST_SCRIPT_H
#define RIG_HOST_SCRIPT_H

#include <stdio.h> /* FILE */

#include "options.h" /* struct options */

/* Plays the script to its end. Returns the exit code: 0, or 2 after a message on stderr. */
int script_play(const struct options *options, FILE *in, FILE *out);

#endif
