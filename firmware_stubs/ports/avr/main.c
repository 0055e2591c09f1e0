/* The firmware on an ATmega328P at 16 MHz (an Arduino Uno or Nano, or the bare part). */
#include <avr/eeprom.h>    /* non-volatile memory */
#include <avr/interrupt.h> /* cli, sei */
#include <avr/io.h>        /* MCUSR, E2END */
#include <avr/sleep.h>     /* sleep_cpu */
#include <avr/wdt.h>       /* the watchdog */
#include <stddef.h>        /* offsetof */

#include "../../core/rig.h"    /* struct rig and its port */
#include "../../kinds/kinds.h" /* the kinds */
#include "board.h"             /* RIG_KIND */
#include "line.h"              /* the serial line */
#include "outputs.h"           /* pins and ticks */
#include "stored.h"            /* the EEPROM's layout, for those who write its image */

#ifndef RIG_UNIT
#define RIG_UNIT (UINT64_C(0x5249470000000000) + BOARD_OF(RIG_KIND))
#endif

/* The EEPROM: first the core's own memory, then who this is and how often it has booted. An image of it is built with the
 * program; a part whose EEPROM was never written is unit 0xFFFFFFFFFFFFFFFF, in real time. */
static EEMEM struct {
    uint8_t core[RIG_NVM];
    struct rig_identity identity; /* `boot` is the complement of the last one; `cause` means nothing */
} stored = {.identity = {.unit = RIG_UNIT, .boot = 0xFFFFFFFF, .speed_milli = RIG_SPEED_REAL}};

_Static_assert(offsetof(struct rig_identity, unit) + RIG_NVM == STORED_UNIT, "as stored.h says");
_Static_assert(offsetof(struct rig_identity, boot) + RIG_NVM == STORED_BOOTS, "as stored.h says");
_Static_assert(offsetof(struct rig_identity, speed_milli) + RIG_NVM == STORED_SPEED, "as stored.h says");
_Static_assert(sizeof stored == STORED_END, "as stored.h says");

struct rig the_rig;
union any_plant the_plant;

static uint8_t nvm_read(void *context, uint16_t at)
{
    (void)context;
    return eeprom_read_byte(stored.core + at);
}

static void nvm_write(void *context, uint16_t at, uint8_t byte)
{
    (void)context;
    eeprom_update_byte(stored.core + at, byte);
}

const struct rig_port the_port = {
    .send = line_send, .drive = outputs_drive, .nvm_read = nvm_read, .nvm_write = nvm_write};

/* Several flags may stand in MCUSR: a power-on sets others by the way. All clear: somebody jumped here. */
static uint8_t cause_of(uint8_t flags)
{
    uint8_t cause = CAUSE_SOFTWARE;

    if (flags & _BV(EXTRF)) {
        cause = CAUSE_RESET_PIN;
    }
    if (flags & _BV(WDRF)) {
        cause = CAUSE_WATCHDOG;
    }
    if (flags & _BV(BORF)) {
        cause = CAUSE_BROWN_OUT;
    }
    if (flags & _BV(PORF)) {
        cause = CAUSE_POWER_ON;
    }
    return cause;
}

static void begin(void)
{
    struct rig_identity identity;
    const uint8_t flags = MCUSR;

    MCUSR = 0; /* before the watchdog can be told anything */
    wdt_enable(WDTO_250MS);
    for (uint8_t i = 0; i < sizeof identity; i++) {
        ((uint8_t *)&identity)[i] = eeprom_read_byte((const uint8_t *)&stored.identity + i);
    }
    identity.cause = cause_of(flags);
    if ((uint8_t)(identity.speed_milli >> 24) > RIG_SPEED_MAX >> 24) {
        identity.speed_milli = RIG_SPEED_REAL;
    }
    /* The high bytes are written first: whenever the power goes in between, what stands there was never used. */
    identity.boot--;
    for (uint8_t i = sizeof identity.boot; i-- > 0;) {
        eeprom_update_byte((uint8_t *)&stored.identity.boot + i, ((const uint8_t *)&identity.boot)[i]);
    }
    identity.boot = ~identity.boot;
    rig_boot(rig, &RIG_KIND, &the_plant, &the_port, &identity);
    outputs_begin();
    line_begin();
    SMCR = _BV(SE); /* to sleep is to idle */
}

/* For the pins: how long the lease still lasts. What is over stays over until the core has given it a new end. */
static uint8_t lease_left_at(uint32_t clock)
{
    const uint32_t left = rig->timer[TIMER_LEASE].due - clock;
    if ((int32_t)left < 0) {
        return 0;
    }
    return left < UINT8_MAX ? (uint8_t)left : UINT8_MAX;
}

int main(void)
{
    uint32_t clock = 0; /* the tick */
    uint32_t at = 0;    /* where the core is */
    uint32_t due;

    begin();
    due = rig_due(rig);
    for (;;) {
        const uint8_t *next;

        wdt_reset();
        cli();
        clock += (uint8_t)(TICK - (uint8_t)clock);
        lease_left = lease_left_at(clock);
        next = line_next();
        if (next != NULL) {
            uint16_t thousandths = 0;
            uint8_t length = 1;

            if (*next == 0) {
                /* It may be the tick that has begun, but whose interrupt has not come yet. */
                at = clock + (uint32_t)(int8_t)(next[1] - (uint8_t)clock);
                thousandths = next[2] * 4u;
                length = LINE_STAMPED;
            }
            sei();
            rig_receive(rig, at, thousandths, next, 1);
            line_done(length);
        } else if ((int32_t)(clock - due) >= 0) {
            at = clock; /* what arrives from here on arrives no earlier */
            sei();
            rig_run(rig, at);
        } else {
            sei(); /* the next instruction comes before any interrupt: none is slept through */
            sleep_cpu();
            continue;
        }
        due = rig_due(rig);
    }
}
