/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * An ATmega328P under simavr, stepped in its own time: bytes in at exact cycles, bytes and pin edges out with the cycle
 * at which they happened. The same calls give the same bytes, stamps and hash, in any process, however the time is cut.
 *
 * This file and the others of this folder are linked with libsimavr, which is under the GNU General Public License 3;
 * they are free software under the same license, version 3 or (at your option) any later version, without any warranty.
 * See COPYING. They are programs for tests and benches and no part of the payload package.
 *
 * What libsimavr 1.6 does otherwise than the part, and what is done about it here:
 *   - it counts a parity bit that is not sent: the byte's time is set to 10 bits, from UBRR and U2X, at each byte;
 *   - its receive FIFO holds 63 bytes: here two, as on the part; what the firmware does not fetch in time is counted;
 *   - a timer that stops a sleeping core lets it run on to the next timer: here the sleep itself is cut at the target;
 *   - a reset leaves pins as they were until the firmware writes them: here they fall with the reset.
 */
#ifndef AVR_RIG_H
#define AVR_RIG_H

#include <stddef.h> /* size_t */
#include <stdint.h> /* uint8_t .. uint64_t */

struct avr_rig;

/* A change of an output pin. A pin that is an input reads as low: nothing is driven. */
struct avr_edge {
    uint64_t cycle;
    uint8_t port;  /* 'B', 'C' or 'D' */
    uint8_t pin;   /* 0..7 */
    uint8_t level; /* 0 or 1 */
};

enum avr_cause { AVR_POWER_ON, AVR_RESET_PIN, AVR_BROWN_OUT, AVR_WATCHDOG };

/* A part with this program, at cycle 0, about to execute its first instruction. `eeprom` (NULL for an erased one) is
 * `eeprom_length` bytes from address 0. NULL when the file is no AVR program; `why` (room for `room`) then says so. */
struct avr_rig *avr_rig_new(const char *elf, const uint8_t *eeprom, size_t eeprom_length, char *why, size_t room);
void avr_rig_free(struct avr_rig *rig);

/* Cycles since it was made, resets included; never backwards. */
uint64_t avr_rig_now(const struct avr_rig *rig);
uint32_t avr_rig_frequency(const struct avr_rig *rig);

/* Puts bytes on the line to the part, the first start bit at cycle `at` (not before the last `run` ended) or when the
 * bytes before are through. False when there is no memory. */
int avr_rig_push(struct avr_rig *rig, uint64_t at, const uint8_t *bytes, size_t length);

/* Runs on to `cycle` (at most 3 cycles further, the rest of an instruction), or, with `to_frame`, to the end of the stop
 * bit of the first 0x00 that the part sends. Returns where it stopped: never beyond `cycle`. 0 cycles is allowed. */
uint64_t avr_rig_run(struct avr_rig *rig, uint64_t cycle, int to_frame);

/* Takes up to `room` bytes whose stop bits are over by now; `stamps` (may be NULL) are those cycles. */
size_t avr_rig_pull(struct avr_rig *rig, uint8_t *bytes, uint64_t *stamps, size_t room);

/* Takes up to `room` pin edges, oldest first. */
size_t avr_rig_edges(struct avr_rig *rig, struct avr_edge *edges, size_t room);
int avr_rig_pin(const struct avr_rig *rig, char port, int pin);

/* The part begins anew now; SRAM stays, as it does under a reset. */
void avr_rig_reset(struct avr_rig *rig, enum avr_cause cause);
/* How often it has begun anew, the watchdog's resets included. */
uint32_t avr_rig_resets(const struct avr_rig *rig);
/* Bytes that came while the receive FIFO was full. */
uint32_t avr_rig_overruns(const struct avr_rig *rig);
/* Does it still run? 0 after a crash, or a sleep without interrupts. */
int avr_rig_alive(const struct avr_rig *rig);

/* The EEPROM itself; its size goes to `length`. */
uint8_t *avr_rig_eeprom(struct avr_rig *rig, size_t *length);

/* SRAM (registers and I/O included); -1 beyond its end. */
int avr_rig_peek(const struct avr_rig *rig, uint16_t address);
int avr_rig_poke(struct avr_rig *rig, uint16_t address, uint8_t value);

/* FNV-1a of everything that the part's future depends on: memories, status, program counter, cycle. */
uint64_t avr_rig_hash(struct avr_rig *rig);

#endif
