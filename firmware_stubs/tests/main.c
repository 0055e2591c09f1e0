/* Runs the unit tests, then the vector files named on the command line. */
#include <stdio.h>  /* the verdict */
#include <string.h> /* strrchr */

#include "check.h" /* check, the tests */

static struct {
    unsigned long checks;
    unsigned long failures;
    const char *context;
} tally;

bool check(bool held, const char *what, const char *file, int line)
{
    tally.checks++;
    if (!held) {
        tally.failures++;
        fprintf(stderr, "%s:%d: %s%s%s\n", file, line, tally.context == NULL ? "" : tally.context,
                tally.context == NULL ? "" : ": ", what);
    }
    return held;
}

void check_context(const char *context)
{
    tally.context = context;
}

uint32_t chance(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return (uint32_t)((*state * UINT64_C(2685821657736338717)) >> 32);
}

int main(int count, char **paths)
{
    static void (*const tests[])(void) = {test_codec, test_rig};

    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++) {
        tests[i]();
    }
    for (int i = 1; i < count; i++) {
        check_context(paths[i]);
        test_vectors(paths[i]);
        check_context(NULL);
    }
    printf("%lu checks, %d vector files, %lu failures\n", tally.checks, count - 1, tally.failures);
    return tally.failures == 0 ? 0 : 1;
}
