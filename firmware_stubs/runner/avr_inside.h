/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the files of the emulated part share. See avr_rig.h, also for the license. */
#ifndef AVR_INSIDE_H
#define AVR_INSIDE_H

#include <stdbool.h> /* bool */
#include <stddef.h>  /* size_t */
#include <stdint.h>  /* uint8_t .. uint64_t */

#include <avr_ioport.h> /* pins */
#include <avr_uart.h>   /* the serial port: its struct is driven directly */
#include <sim_avr.h>    /* the part */

#include "avr_rig.h" /* struct avr_edge */

enum { FREQUENCY = 16000000, PORTS = 3 };

/* Bytes with the cycle at which they are, or were, through the line. */
struct timed {
    uint8_t *bytes;
    uint64_t *at;
    size_t first, length, room;
};

/* A port whose pins are in the log. */
struct watched {
    struct avr_rig *rig;
    const avr_ioport_t *pins;
    int port;
};

struct avr_rig {
    avr_t *avr;
    avr_uart_t *uart;
    void (*core_reset)(avr_t *avr);
    struct timed in, out;
    uint64_t in_free;  /* when the line to the part is free again */
    uint64_t now;      /* where the last run ended, as it was told */
    uint64_t target;   /* of the run that is under way */
    bool to_frame;
    uint64_t frame_at; /* the end of the first whole frame of this run; 0 for none yet */
    struct avr_edge *edges;
    size_t edge_first, edge_length, edge_room;
    struct watched watched[PORTS];
    uint8_t level[PORTS];
    uint32_t resets, overruns;
    uint32_t byte_cycles; /* of the line, as last set up */
};

/* avr_line.c: bytes in and out. */
bool line_connect(struct avr_rig *rig);
void line_free(struct avr_rig *rig);
/* After a reset, which drops all timers: awaits the next byte again. */
void line_watch(struct avr_rig *rig);
/* Sets `frame_at` to the end of the first 0x00 that has been sent and is not through yet, if that is to be found. */
void line_find_frame(struct avr_rig *rig);

/* avr_pins.c: what is driven. */
bool pins_connect(struct avr_rig *rig);
void pins_look(struct avr_rig *rig);

#endif
