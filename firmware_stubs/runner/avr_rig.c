/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See avr_rig.h, also for the license. */
#include "avr_inside.h" /* struct avr_rig, the line and the pins */

#include <stdarg.h> /* va_list: the logger that says nothing */
#include <stdio.h>  /* snprintf */
#include <stdlib.h> /* calloc, free */
#include <string.h> /* memcpy, strcmp */
#include <unistd.h> /* access */

#include <avr_eeprom.h>     /* the EEPROM's ioctl */
#include <sim_core.h>       /* avr_run_one */
#include <sim_elf.h>        /* the program */
#include <sim_interrupts.h> /* avr_service_interrupts */

enum { SLICE_CYCLES = 1000000 }; /* most cycles between two looks at the timers */

#define PART "atmega328p"
#define PART_NAME "atmega328" /* what libsimavr calls it once it is made */

static void say_nothing(avr_t *avr, const int level, const char *format, va_list words)
{
    (void)avr;
    (void)level;
    (void)format;
    (void)words;
}

/* The part's own beginning: after power-on, a reset, or the watchdog. */

static void on_core_reset(avr_t *avr)
{
    struct avr_rig *rig = avr->custom.data;

    if (rig->core_reset != NULL) {
        rig->core_reset(avr);
    }
    avr->run_cycle_limit = SLICE_CYCLES;
    pins_look(rig);
    line_watch(rig);
    rig->resets++;
}

/* One instruction, or one sleep up to the next timer or the target, whichever is first. */
static void step(avr_t *avr)
{
    const struct avr_rig *rig = avr->custom.data;
    const uint64_t stop = rig->frame_at != 0 && rig->frame_at < rig->target ? rig->frame_at : rig->target;
    avr_flashaddr_t pc = avr->pc;
    avr_cycle_count_t idle;

    if (avr->state == cpu_Running) {
        if (avr->cycle + avr->run_cycle_count > stop) {
            avr->run_cycle_count = stop > avr->cycle ? stop - avr->cycle : 1;
        }
        pc = avr_run_one(avr);
    }
    idle = avr_cycle_timer_process(avr);
    avr->pc = pc;
    if (avr->state == cpu_Sleeping) {
        if (!avr->sreg[S_I]) {
            avr->state = cpu_Done;
            return;
        }
        if (avr->cycle < stop) {
            avr->cycle += idle < stop - avr->cycle ? idle : stop - avr->cycle;
        }
    }
    if ((avr->state == cpu_Running || avr->state == cpu_Sleeping) && avr->interrupt_state != 0) {
        avr_service_interrupts(avr);
    }
}

static bool load(struct avr_rig *rig, const char *elf, char *why, size_t room)
{
    elf_firmware_t program = {0};

    if (access(elf, R_OK) != 0 || elf_read_firmware(elf, &program) != 0 || program.flashsize == 0) {
        snprintf(why, room, "%s is no AVR program that can be read", elf);
        return false;
    }
    rig->avr = avr_make_mcu_by_name(program.mmcu[0] != '\0' ? program.mmcu : PART);
    if (rig->avr == NULL || strcmp(rig->avr->mmcu, PART_NAME) != 0 || avr_init(rig->avr) != 0) {
        snprintf(why, room, "%s is for another part than the " PART, elf);
        return false;
    }
    if (program.frequency == 0) {
        program.frequency = FREQUENCY;
    }
    avr_load_firmware(rig->avr, &program);
    free(program.flash);
    free(program.eeprom);
    for (uint32_t i = 0; i < program.symbolcount; i++) {
        free(program.symbol[i]);
    }
    free(program.symbol);
    return true;
}

struct avr_rig *avr_rig_new(const char *elf, const uint8_t *eeprom, size_t eeprom_length, char *why, size_t room)
{
    struct avr_rig *rig = calloc(1, sizeof *rig);
    size_t size = 0;

    avr_global_logger_set(say_nothing);
    if (rig == NULL || !load(rig, elf, why, room)) {
        avr_rig_free(rig);
        return NULL;
    }
    if (!line_connect(rig) || !pins_connect(rig) || avr_rig_eeprom(rig, &size) == NULL || eeprom_length > size) {
        snprintf(why, room, "libsimavr's part lacks its port or its pins, or an EEPROM of %zu bytes", eeprom_length);
        avr_rig_free(rig);
        return NULL;
    }
    if (eeprom != NULL) {
        memcpy(avr_rig_eeprom(rig, &size), eeprom, eeprom_length);
    }
    rig->core_reset = rig->avr->reset;
    rig->avr->reset = on_core_reset;
    rig->avr->custom.data = rig;
    rig->avr->run = step;
    rig->avr->run_cycle_limit = SLICE_CYCLES;
    return rig;
}

void avr_rig_free(struct avr_rig *rig)
{
    if (rig == NULL) {
        return;
    }
    if (rig->avr != NULL) {
        avr_terminate(rig->avr);
        free(rig->avr);
    }
    line_free(rig);
    free(rig->edges);
    free(rig);
}

uint64_t avr_rig_now(const struct avr_rig *rig)
{
    return rig->now;
}

uint32_t avr_rig_frequency(const struct avr_rig *rig)
{
    return rig->avr->frequency;
}

uint64_t avr_rig_run(struct avr_rig *rig, uint64_t cycle, int to_frame)
{
    rig->to_frame = to_frame != 0;
    rig->target = cycle;
    line_find_frame(rig);
    while (rig->avr->cycle < cycle && (rig->frame_at == 0 || rig->avr->cycle < rig->frame_at)) {
        if (!avr_rig_alive(rig)) {
            rig->avr->cycle = cycle; /* time goes on without it */
            break;
        }
        rig->avr->run(rig->avr);
    }
    if (rig->frame_at != 0 && rig->frame_at < cycle) {
        cycle = rig->frame_at;
    }
    rig->now = cycle > rig->now ? cycle : rig->now;
    return rig->now;
}

void avr_rig_reset(struct avr_rig *rig, enum avr_cause cause)
{
    avr_t *avr = rig->avr;
    const avr_regbit_t flags[] = {
        [AVR_POWER_ON] = avr->reset_flags.porf,
        [AVR_RESET_PIN] = avr->reset_flags.extrf,
        [AVR_BROWN_OUT] = avr->reset_flags.borf,
        [AVR_WATCHDOG] = avr->reset_flags.wdrf,
    };

    avr_reset(avr);
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        avr_regbit_setto(avr, flags[i], i == cause);
    }
}

uint32_t avr_rig_resets(const struct avr_rig *rig)
{
    return rig->resets;
}

uint32_t avr_rig_overruns(const struct avr_rig *rig)
{
    return rig->overruns;
}

int avr_rig_alive(const struct avr_rig *rig)
{
    return rig->avr->state != cpu_Done && rig->avr->state != cpu_Crashed;
}

uint8_t *avr_rig_eeprom(struct avr_rig *rig, size_t *length)
{
    avr_eeprom_desc_t all = {.ee = NULL, .offset = 0, .size = 1};

    *length = rig->avr->e2end + 1u;
    (void)avr_ioctl(rig->avr, AVR_IOCTL_EEPROM_GET, &all);
    return all.ee;
}

int avr_rig_peek(const struct avr_rig *rig, uint16_t address)
{
    return address > rig->avr->ramend ? -1 : rig->avr->data[address];
}

int avr_rig_poke(struct avr_rig *rig, uint16_t address, uint8_t value)
{
    if (address > rig->avr->ramend) {
        return -1;
    }
    rig->avr->data[address] = value;
    return 0;
}

static uint64_t fnv(uint64_t hash, const void *data, size_t length)
{
    const uint8_t *bytes = data;

    for (size_t i = 0; i < length; i++) {
        hash = (hash ^ bytes[i]) * UINT64_C(0x100000001B3);
    }
    return hash;
}

uint64_t avr_rig_hash(struct avr_rig *rig)
{
    const avr_t *avr = rig->avr;
    uint64_t hash = UINT64_C(0xCBF29CE484222325);
    size_t length = 0;
    const uint8_t *eeprom = avr_rig_eeprom(rig, &length);

    hash = fnv(hash, eeprom, length);
    hash = fnv(hash, avr->data, avr->ramend + 1u);
    hash = fnv(hash, avr->sreg, sizeof avr->sreg);
    hash = fnv(hash, &avr->pc, sizeof avr->pc);
    hash = fnv(hash, &avr->state, sizeof avr->state);
    return fnv(hash, &avr->cycle, sizeof avr->cycle);
}
