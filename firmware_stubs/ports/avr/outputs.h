/* The output pins, and the ticks: one timer for both. */
#ifndef RIG_AVR_OUTPUTS_H
#define RIG_AVR_OUTPUTS_H

#include <avr/io.h> /* GPIOR0 */
#include <stdint.h> /* uint8_t, int32_t */

/* The low byte of the tick: whoever counts on looks at it more often than it wraps. */
#define TICK GPIOR0

/* Ticks until the lease ends, 255 for those and more. It counts down by itself, and at 0 every pin is low until the core
 * has given the lease a new end, whatever this part may be busy with: writing its EEPROM, for one. */
extern volatile uint8_t lease_left;

/* Every pin an output, low; the timer runs: 250 counts of 4 us a tick. */
void outputs_begin(void);

/* The port's `drive`. Down at once, up with the next tick. */
void outputs_drive(void *context, uint8_t output, int32_t value);

#endif
