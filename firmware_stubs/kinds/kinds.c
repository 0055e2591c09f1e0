#include "kinds.h" /* what is defined here */

#include <string.h> /* strcmp, NULL */

static const struct {
    const char *name;
    const struct kind *kind;
} KINDS[] = {
    {"incubator", &INCUBATOR},       {"fluid-loop", &FLUID_LOOP}, {"camera", &CAMERA},
    {"power-switch", &POWER_SWITCH}, {"recorder", &RECORDER},
};

const struct kind *kind_named(const char *name)
{
    for (size_t i = 0; i < sizeof KINDS / sizeof KINDS[0]; i++) {
        if (strcmp(KINDS[i].name, name) == 0) {
            return KINDS[i].kind;
        }
    }
    return NULL;
}
