/* The rig in real time, behind a pseudo-terminal. PROTOCOL.md, section 11. */
#ifndef RIG_HOST_SERVE_H
#define RIG_HOST_SERVE_H

#include "options.h" /* struct options */

/* Serves until SIGTERM, SIGINT or, when tethered, the end of standard input; then outputs are at their safe values.
 * Returns the exit code: 0, or 1 after a message on stderr. */
int serve(const struct options *options);

#endif
