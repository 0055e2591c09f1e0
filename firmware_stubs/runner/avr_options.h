/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The command line of avr_pty; see avr_rig.h for the license.
 *
 *     avr_pty --firmware ELF [--link PATH] [--unit HEX] [--boot HEX] [--speed N] [--nvm FILE] [--pins FILE] [--tether]
 *
 * As the host build's (PROTOCOL.md, section 11), but: --nvm is the whole EEPROM, 1024 bytes, and without it the EEPROM
 * lasts as long as the program. --pins names pins (B0) and levels. Faster than real time means that the part is clocked
 * so much faster, its serial line with it; the firmware is told its speed. */
#ifndef AVR_OPTIONS_H
#define AVR_OPTIONS_H

#include <stdbool.h> /* bool */
#include <stdint.h>  /* uint32_t, uint64_t */

struct avr_options {
    const char *firmware;
    const char *link; /* this and the next two are NULL for none */
    const char *nvm;
    const char *pins;
    uint64_t unit;
    uint32_t boot;        /* of the first boot; not 0 */
    uint32_t speed_milli; /* 1000 is real time */
    bool unit_given, boot_given;
    bool tether;
};

/* Reads the command line; false after a message on stderr. */
bool avr_options_read(int count, char **words, struct avr_options *options);

#endif
