#include "outputs.h" /* what is defined here */

#include <avr/interrupt.h> /* ISR, cli, sei */

#include "board.h" /* OUTPUTS, STEP, PERIOD, BOTH_WAYS */

enum { LAST = OUTPUTS > 0 ? OUTPUTS - 1 : 0, PINS_USED = (1 << OUTPUTS) - 1 };

volatile uint8_t lease_left;

static struct {
    volatile uint8_t share; /* ticks of PERIOD that its pin is high */
    volatile uint8_t pin;   /* a mask: that of its direction */
} outputs[LAST + 1];

ISR(TIMER0_COMPA_vect)
{
    static uint8_t phase; /* 0..PERIOD-1 */
    uint8_t left = lease_left;
    uint8_t pins = 0;

    TICK++;
    if (PERIOD == 1 || ++phase == PERIOD) {
        phase = 0;
    }
    if (left != 0) {
        lease_left = --left;
    }
    if (left != 0) {
        for (uint8_t i = 0; i != OUTPUTS; i++) {
            if (phase < outputs[i].share) {
                pins |= outputs[i].pin;
            }
        }
    }
    PORTB = pins;
}

void outputs_begin(void)
{
    DDRB = BOTH_WAYS ? PINS_USED * 0x11 : PINS_USED;
    TCCR0A = _BV(WGM01); /* count to OCR0A, then from 0 */
    OCR0A = 249;
    TIMSK0 = _BV(OCIE0A);
    TCCR0B = _BV(CS01) | _BV(CS00); /* a count is 64 cycles */
}

void outputs_drive(void *context, uint8_t output, int32_t value)
{
    const uint8_t i = OUTPUTS > 1 ? output : 0;
    int16_t amount = (int16_t)value;
    uint8_t pin = (uint8_t)(1 << i);

    (void)context;
    if (BOTH_WAYS && amount < 0) {
        amount = -amount;
        pin = (uint8_t)(pin << 4);
    }
    cli();
    outputs[i].share = (uint8_t)((uint16_t)amount / STEP);
    outputs[i].pin = pin;
    PORTB &= OUTPUTS > 1 ? (uint8_t)~pin : 0;
    sei();
}
