/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See avr_options.h, and avr_rig.h for the license. */
#include "avr_options.h" /* what is defined here */

#include <stdio.h>  /* messages */
#include <stdlib.h> /* strtoull */
#include <string.h> /* strcmp, strlen, strspn */

enum { SPEED_MILLI_MAX = 100000000, DECIMALS = 3 };

static bool read_hex(const char *text, size_t digits, uint64_t *value)
{
    const size_t length = strlen(text);

    if (length == 0 || length > digits || strspn(text, "0123456789abcdefABCDEF") != length) {
        return false;
    }
    *value = strtoull(text, NULL, 16);
    return true;
}

/* Whole digits, and perhaps a point with one to three more. */
static bool read_speed(const char *text, uint32_t *milli)
{
    const size_t whole = strspn(text, "0123456789");
    const char *rest = text + whole;
    char thousandths[DECIMALS + 1] = "000";
    uint64_t value;

    if (whole == 0 || whole > 6) {
        return false;
    }
    if (*rest == '.') {
        const size_t decimals = strspn(++rest, "0123456789");

        if (decimals == 0 || decimals > DECIMALS) {
            return false;
        }
        memcpy(thousandths, rest, decimals);
        rest += decimals;
    }
    value = strtoull(text, NULL, 10) * 1000u + strtoull(thousandths, NULL, 10);
    *milli = (uint32_t)value;
    return *rest == '\0' && value >= 1 && value <= SPEED_MILLI_MAX;
}

static bool complain(const char *what, const char *word)
{
    fprintf(stderr,
            "avr_pty: %s%s%s\nusage: avr_pty --firmware ELF [--link PATH] [--unit HEX] [--boot HEX] [--speed N] "
            "[--nvm FILE] [--pins FILE] [--tether]\n",
            what, word[0] == '\0' ? "" : ": ", word);
    return false;
}

/* Takes one option with its value; false when the value is none for it. */
static bool take(struct avr_options *options, const char *name, const char *value)
{
    uint64_t number = 0;

    if (strcmp(name, "--unit") == 0) {
        options->unit_given = read_hex(value, 16, &options->unit);
        return options->unit_given;
    }
    if (strcmp(name, "--boot") == 0) {
        options->boot_given = read_hex(value, 8, &number) && number != 0;
        options->boot = (uint32_t)number;
        return options->boot_given;
    }
    if (strcmp(name, "--speed") == 0) {
        return read_speed(value, &options->speed_milli);
    }
    *(strcmp(name, "--firmware") == 0 ? &options->firmware
      : strcmp(name, "--link") == 0   ? &options->link
      : strcmp(name, "--nvm") == 0    ? &options->nvm
                                      : &options->pins) = value;
    return value[0] != '\0';
}

bool avr_options_read(int count, char **words, struct avr_options *options)
{
    static const char *const NAMES[] = {"--firmware", "--link", "--unit", "--boot",
                                        "--speed",    "--nvm",  "--pins", "--tether"};
    enum { LENGTH = sizeof NAMES / sizeof NAMES[0], TETHER = LENGTH - 1 };
    bool seen[LENGTH] = {false};

    *options = (struct avr_options){.speed_milli = 1000};
    for (int i = 1; i < count; i++) {
        size_t at = 0;

        while (at < LENGTH && strcmp(NAMES[at], words[i]) != 0) {
            at++;
        }
        if (at == LENGTH) {
            return complain("unknown option", words[i]);
        }
        if (seen[at]) {
            return complain("option given twice", words[i]);
        }
        seen[at] = true;
        if (at == TETHER) {
            options->tether = true;
        } else if (++i == count) {
            return complain("option without its value", words[i - 1]);
        } else if (!take(options, NAMES[at], words[i])) {
            return complain(NAMES[at], words[i]);
        }
    }
    return options->firmware != NULL || complain("--firmware is missing", "");
}
