/* The command line: PROTOCOL.md, section 11. */
#ifndef RIG_HOST_OPTIONS_H
#define RIG_HOST_OPTIONS_H

#include <stdbool.h> /* bool */

#include "../../core/rig.h" /* struct kind, struct rig_identity */

struct options {
    const struct kind *kind;
    const char *link; /* NULL for none, as for the next two */
    const char *nvm;
    const char *pins;
    bool script;
    bool tether;
    struct rig_identity identity; /* boot is 0 when none was given: the caller draws one */
};

/* Reads the command line; false after a message on stderr. */
bool options_read(int count, char **words, struct options *options);

#endif
