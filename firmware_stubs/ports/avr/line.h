/* The serial line: bytes in and out by interrupt. */
#ifndef RIG_AVR_LINE_H
#define RIG_AVR_LINE_H

#include <stddef.h> /* size_t */
#include <stdint.h> /* uint8_t */

void line_begin(void);

/* The port's `send`: the whole frame, or nothing of it. */
void line_send(void *context, const uint8_t *wire, size_t length);

/* The oldest byte that was not taken yet; NULL for none. Behind a 0x00 stands its stamp: the low byte of the tick at which
 * it came, less than 128 ticks ago, and the timer's count then. */
const uint8_t *line_next(void);

enum { LINE_STAMPED = 3 }; /* bytes that a 0x00 takes */

/* Takes it: one byte, or LINE_STAMPED. */
void line_done(uint8_t length);

#endif
