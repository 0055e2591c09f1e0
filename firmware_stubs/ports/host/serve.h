/* The rig in real time, behind a pseudo-terminal. PROTOCOL.md, section 11. */
#ifndef RIG_HOST_SERVE_H
#define RIG_HOST_SERVE_H

#include <stdbool.h> /* bool */

#include "../../core/rig.h" /* struct kind, struct rig_identity */

/* Serves until SIGTERM, SIGINT or, when tethered, the end of standard input; then outputs are at their safe values.
 * `link` is NULL for none. Returns the exit code: 0, or 1 after a message on stderr. */
int serve(const struct kind *kind, const struct rig_identity *identity, const char *link, bool tether);

#endif
