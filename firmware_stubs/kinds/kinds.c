#include "kinds.h" /* what is defined here */

#include <string.h> /* strcmp */

static const struct kind *const KINDS[] = {&INCUBATOR, &FLUID_LOOP, &CAMERA};

const struct kind *kind_named(const char *name)
{
    for (size_t i = 0; i < sizeof KINDS / sizeof KINDS[0]; i++) {
        if (strcmp(KINDS[i]->name, name) == 0) {
            return KINDS[i];
        }
    }
    return NULL;
}
