/* The firmware as a program on a POSIX host: behind a pseudo-terminal, or in virtual time. */
#include <stdbool.h> /* bool */
#include <stdio.h>   /* /dev/urandom, messages */

#include "options.h" /* options_read */
#include "script.h"  /* script_play */
#include "serve.h"   /* serve */

/* A boot id that differs at each boot; 0 when none can be drawn. */
static uint32_t draw_boot(void)
{
    FILE *source = fopen("/dev/urandom", "rb");
    uint32_t boot = 0;

    if (source == NULL) {
        return 0;
    }
    while (boot == 0 && fread(&boot, sizeof boot, 1, source) == 1) {
    }
    (void)fclose(source);
    return boot;
}

int main(int count, char **words)
{
    struct options options;

    if (!options_read(count, words, &options)) {
        return 2;
    }
    if (options.identity.boot == 0) {
        options.identity.boot = draw_boot();
    }
    if (options.identity.boot == 0) {
        fprintf(stderr, "rig: no random boot id: give one with --boot\n");
        return 1;
    }
    if (options.script) {
        return script_play(&options, stdin, stdout);
    }
    return serve(&options);
}
