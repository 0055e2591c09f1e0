#include "line.h" /* what is defined here */

#include <avr/interrupt.h> /* ISR */
#include <avr/io.h>        /* the serial port */

#include "board.h"   /* RIG_BAUD */
#include "outputs.h" /* TICK */

/* How much comes while the EEPROM is written: four commands, a BEAT and a PING. How much goes out at once: the frames of
 * a second's end. A power of two; for what goes out the counters' own, so that they wrap by themselves. */
enum { IN_ROOM = 128, OUT_ROOM = 256 };

static uint8_t in[IN_ROOM + LINE_STAMPED - 1]; /* a 0x00 at its end has its stamp beyond the ring */
static volatile uint8_t in_put, in_taken;
static uint8_t out[OUT_ROOM];
static volatile uint8_t out_put, out_taken;

ISR(USART_RX_vect)
{
    const uint8_t byte = UDR0;
    uint8_t put = in_put;
    uint8_t *at = in + put % IN_ROOM;

    if ((uint8_t)(put - in_taken) > IN_ROOM - LINE_STAMPED) {
        return; /* lost; the frame's CRC will tell */
    }
    *at = byte;
    put++;
    if (byte == 0) {
        at[2] = TCNT0;
        at[1] = TICK;
        if (TIFR0 & _BV(OCF0A)) { /* the next tick has begun, but its interrupt still waits for this one */
            at[2] = TCNT0;
            at[1]++;
        }
        put += LINE_STAMPED - 1;
    }
    in_put = put;
}

ISR(USART_UDRE_vect)
{
    uint8_t taken = out_taken;

    UDR0 = out[taken++];
    out_taken = taken;
    if (taken == out_put) {
        UCSR0B = _BV(RXCIE0) | _BV(RXEN0) | _BV(TXEN0);
    }
}

void line_begin(void)
{
    UCSR0A = _BV(U2X0); /* before the divisor */
    UBRR0 = (F_CPU + 4UL * RIG_BAUD) / (8UL * RIG_BAUD) - 1;
    UCSR0B = _BV(RXCIE0) | _BV(RXEN0) | _BV(TXEN0); /* 8N1 is how UCSR0C comes out of reset */
}

void line_send(void *context, const uint8_t *wire, size_t length)
{
    uint8_t at = out_put;
    uint8_t left = (uint8_t)length; /* no frame of this size is longer than 65 bytes */

    (void)context;
    if (left > (uint8_t)(out_taken - at - 1)) {
        return;
    }
    do {
        out[at++] = *wire++;
    } while (--left != 0);
    out_put = at;
    UCSR0B = _BV(UDRIE0) | _BV(RXCIE0) | _BV(RXEN0) | _BV(TXEN0);
}

const uint8_t *line_next(void)
{
    const uint8_t taken = in_taken;

    return in_put == taken ? NULL : in + taken % IN_ROOM;
}

void line_done(uint8_t length)
{
    in_taken += length;
}
