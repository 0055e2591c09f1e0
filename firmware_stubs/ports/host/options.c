#include "options.h" /* what is defined here */

#include <stdio.h>  /* fprintf: the messages */
#include <string.h> /* strcmp, strlen, strspn */

#include "../../kinds/kinds.h" /* kind_named */

#define DIGITS "0123456789"
#define HEX_DIGITS "0123456789abcdefABCDEF"

/* The unit number of a device that was given none: "RIG" and its kind. */
#define UNIT_DEFAULT UINT64_C(0x5249470000000000)

static const char USAGE[] = "usage: rig --kind KIND [--link PATH] [--tether] [options]\n"
                            "       rig --kind KIND --script [options]\n"
                            "kinds: incubator, fluid-loop, camera, power-switch, recorder\n"
                            "options: [--unit HEX] [--boot HEX] [--speed N] [--seed N] [--nvm FILE] [--pins FILE]\n";

static unsigned digit_value(char digit)
{
    if (digit >= '0' && digit <= '9') {
        return (unsigned)(digit - '0');
    }
    return (unsigned)((digit | 0x20) - 'a') + 10u;
}

/* All of `text` in this base; false when it is empty, holds anything else, or does not fit. */
static bool number(const char *text, unsigned base, uint64_t *result)
{
    const size_t length = strlen(text);

    *result = 0;
    if (length == 0 || strspn(text, base == 16 ? HEX_DIGITS : DIGITS) != length) {
        return false;
    }
    for (const char *at = text; *at != '\0'; at++) {
        if (*result > (UINT64_MAX - digit_value(*at)) / base) {
            return false;
        }
        *result = *result * base + digit_value(*at);
    }
    return true;
}

static bool read_kind(const char *text, struct options *options)
{
    options->kind = kind_named(text);
    return options->kind != NULL;
}

static bool read_link(const char *text, struct options *options)
{
    options->link = text;
    return text[0] != '\0';
}

static bool read_nvm(const char *text, struct options *options)
{
    options->nvm = text;
    return text[0] != '\0';
}

static bool read_pins(const char *text, struct options *options)
{
    options->pins = text;
    return text[0] != '\0';
}

static bool read_unit(const char *text, struct options *options)
{
    return strlen(text) <= 16 && number(text, 16, &options->identity.unit);
}

static bool read_boot(const char *text, struct options *options)
{
    uint64_t boot;

    if (strlen(text) > 8 || !number(text, 16, &boot)) {
        return false;
    }
    options->identity.boot = (uint32_t)boot;
    return boot != 0;
}

/* Whole digits, and perhaps a point with one to three more. */
static bool read_speed(const char *text, struct options *options)
{
    const size_t whole = strspn(text, DIGITS);
    uint64_t milli = 0;
    uint64_t scale = 1000;

    if (whole == 0) {
        return false;
    }
    for (size_t i = 0; text[i] != '\0'; i++) {
        if (i == whole && text[i] == '.' && text[i + 1] != '\0') {
            continue;
        }
        if (text[i] < '0' || text[i] > '9' || milli > RIG_SPEED_MAX || (i > whole && scale == 1)) {
            return false;
        }
        scale = i > whole ? scale / 10 : scale;
        milli = i < whole ? milli * 10 + digit_value(text[i]) * 1000u : milli + digit_value(text[i]) * scale;
    }
    options->identity.speed_milli = (uint32_t)milli;
    return milli >= RIG_SPEED_MIN && milli <= RIG_SPEED_MAX;
}

static bool read_seed(const char *text, struct options *options)
{
    uint64_t seed;

    (void)options; /* without effect: nothing in a rig is left to chance */
    return number(text, 10, &seed);
}

static bool read_script(const char *text, struct options *options)
{
    (void)text;
    options->script = true;
    return true;
}

static bool read_tether(const char *text, struct options *options)
{
    (void)text;
    options->tether = true;
    return true;
}

static const struct option {
    const char *name;
    bool valued;
    bool (*read)(const char *text, struct options *options);
} OPTIONS[] = {
    {"--kind",   true,  read_kind},
    {"--link",   true,  read_link},
    {"--unit",   true,  read_unit},
    {"--boot",   true,  read_boot},
    {"--speed",  true,  read_speed},
    {"--seed",   true,  read_seed},
    {"--nvm",    true,  read_nvm},
    {"--pins",   true,  read_pins},
    {"--script", false, read_script},
    {"--tether", false, read_tether},
};

enum { OPTIONS_LENGTH = sizeof OPTIONS / sizeof OPTIONS[0] };

static bool complain(const char *what, const char *word)
{
    fprintf(stderr, "rig: %s%s%s\n%s", what, word == NULL ? "" : ": ", word == NULL ? "" : word, USAGE);
    return false;
}

static int option_named(const char *name)
{
    for (int i = 0; i < OPTIONS_LENGTH; i++) {
        if (strcmp(OPTIONS[i].name, name) == 0) {
            return i;
        }
    }
    return -1;
}

bool options_read(int count, char **words, struct options *options)
{
    bool seen[OPTIONS_LENGTH] = {false};

    *options = (struct options){.identity = {.cause = CAUSE_POWER_ON, .speed_milli = RIG_SPEED_REAL}};
    for (int i = 1; i < count; i++) {
        const int found = option_named(words[i]);
        const char *value = NULL;

        if (found < 0) {
            return complain("unknown option", words[i]);
        }
        if (seen[found]) {
            return complain("option given twice", words[i]);
        }
        seen[found] = true;
        if (OPTIONS[found].valued) {
            if (i + 1 == count) {
                return complain("option without its value", words[i]);
            }
            value = words[++i];
        }
        if (!OPTIONS[found].read(value, options)) {
            return complain(words[i - 1], value);
        }
    }
    if (options->kind == NULL) {
        return complain("--kind is missing", NULL);
    }
    if (options->script && (options->link != NULL || options->tether)) {
        return complain("--script takes neither --link nor --tether", NULL);
    }
    if (!seen[option_named("--unit")]) {
        options->identity.unit = UNIT_DEFAULT + options->kind->number;
    }
    return true;
}
