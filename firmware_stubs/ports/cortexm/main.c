/* The firmware on a Cortex-M3, the LM3S6965 of Stellaris' evaluation board (QEMU's lm3s6965evb). */
#include <stdbool.h> /* bool */
#include <stdint.h>  /* uint8_t .. uint64_t */
#include <string.h>  /* memset, memcpy */

#include "../../core/rig.h"    /* struct rig and its port */
#include "../../kinds/kinds.h" /* the kinds */
#include "../avr/board.h"      /* RIG_KIND, OUTPUTS, STEP, PERIOD, BOTH_WAYS: outputs are used in the same way */
#include "part.h"              /* registers */

#ifndef RIG_UNIT
#define RIG_UNIT (UINT64_C(0x5249470000000000) + BOARD_OF(RIG_KIND))
#endif

enum { IN_ROOM = 2048, OUT_ROOM = 16384, KEPT_WORD = 0x5249474B, HANDED_WORD = 0x52494748 };

/* There is no EEPROM: a part of the SRAM that no reset clears stands for it. */
static __attribute__((section(".kept"))) struct {
    uint32_t word; /* KEPT_WORD once it has been filled */
    uint32_t boots;
    uint8_t nvm[RIG_NVM];
} kept;

/* What whoever started this part put there before: who it is, and where its boot ids begin. */
static __attribute__((section(".handed"))) volatile struct {
    uint64_t unit;
    uint32_t boot; /* the first one */
    uint32_t word; /* HANDED_WORD if the boot id was put there, one more if the unit was too */
} handed;

struct arrival {
    uint8_t byte;
    uint16_t thousandths;
    uint32_t tick;
};

static struct rig rig;
static union any_plant plant;
static volatile uint32_t ticks;
static uint32_t dead_man;
static int32_t share[OUTPUTS + 1]; /* ticks of PERIOD; the last one is nobody's: an array must not be empty */
static struct arrival in[IN_ROOM];
static volatile uint32_t in_put, in_taken; /* they count on; places are taken modulo the room */
static uint8_t out[OUT_ROOM];
static uint32_t out_put, out_taken;

void on_tick(void);
void on_line(void);
int main(void);

static inline void interrupts_off(void)
{
    __asm__ volatile("cpsid i" ::: "memory");
}

static inline void interrupts_on(void)
{
    __asm__ volatile("cpsie i" ::: "memory");
}

/* The pins of port D: output i is pin i, its other direction pin 4 + i. From the lease's end on all are low until the core
 * has given it a new one. */
static void show(void)
{
    const int32_t phase = (int32_t)(ticks % PERIOD);
    uint32_t pins = 0;

    for (uint32_t i = 0; i < OUTPUTS && (int32_t)(ticks - dead_man) < 0; i++) {
        pins |= share[i] > phase ? 1u << i : 0u;
        pins |= BOTH_WAYS && share[i] < -phase ? 16u << i : 0u;
    }
    GPIOD_DATA(0xFFu) = pins;
}

void on_line(void)
{
    UART0_ICR = INT_RX | INT_RT;
    while ((UART0_FR & FR_RXFE) == 0) {
        struct arrival arrival = {.byte = (uint8_t)UART0_DR};
        uint32_t passed = CLOCK_HZ / 1000 - 1 - SYST_CVR;

        arrival.tick = ticks;
        if ((SCB_ICSR & ICSR_PENDSTSET) != 0) { /* the next tick has begun, but its interrupt still waits */
            arrival.tick++;
            passed = CLOCK_HZ / 1000 - 1 - SYST_CVR;
        }
        arrival.thousandths = (uint16_t)(passed * 1000u / (CLOCK_HZ / 1000));
        if (in_put - in_taken < IN_ROOM) {
            in[in_put % IN_ROOM] = arrival;
            in_put++;
        }
    }
}

void on_tick(void)
{
    ticks++;
    show();
    on_line(); /* bytes that lay in the FIFO over a reset have no interrupt, and hold back those of later ones */
}

static void line_send(void *context, const uint8_t *wire, size_t length)
{
    (void)context;
    if (length > OUT_ROOM - (out_put - out_taken)) {
        return;
    }
    for (size_t i = 0; i < length; i++) {
        out[out_put++ % OUT_ROOM] = wire[i];
    }
}

/* The line's own FIFO is filled here, at every tick at the latest: 16 bytes a tick are more than the line takes. */
static void line_fill(void)
{
    while (out_taken != out_put && (UART0_FR & FR_TXFF) == 0) {
        UART0_DR = out[out_taken++ % OUT_ROOM];
    }
}

static void drive(void *context, uint8_t output, int32_t value)
{
    (void)context;
    interrupts_off();
    share[output] = value / STEP;
    if (value == 0) {
        show();
    }
    interrupts_on();
}

static uint8_t nvm_read(void *context, uint16_t at)
{
    (void)context;
    return kept.nvm[at];
}

static void nvm_write(void *context, uint16_t at, uint8_t byte)
{
    (void)context;
    kept.nvm[at] = byte;
}

/* The emulated part does not tell why it was reset; whether its memory was filled does. */
static uint8_t cause(bool warm)
{
    const uint32_t flags = SYSCTL_RESC;

    SYSCTL_RESC = 0;
    return (flags & RESC_POR) != 0   ? CAUSE_POWER_ON
           : (flags & RESC_BOR) != 0 ? CAUSE_BROWN_OUT
           : (flags & RESC_WDT) != 0 ? CAUSE_WATCHDOG
           : (flags & RESC_SW) != 0  ? CAUSE_SOFTWARE
           : warm                    ? CAUSE_RESET_PIN
                                     : CAUSE_POWER_ON;
}

static void boot(void)
{
    static const struct rig_port port = {
        .send = line_send, .drive = drive, .nvm_read = nvm_read, .nvm_write = nvm_write};
    static struct rig_identity identity;
    const bool warm = kept.word == KEPT_WORD;

    if (!warm) {
        memset(&kept, 0xFF, sizeof kept);
        kept.boots = 0;
        kept.word = KEPT_WORD;
    }
    identity.unit = handed.word == HANDED_WORD + 1 ? handed.unit : RIG_UNIT;
    identity.boot = (handed.word - HANDED_WORD <= 1 ? handed.boot : 1u) + kept.boots++;
    identity.boot = identity.boot == 0 ? 1u : identity.boot;
    identity.cause = cause(warm);
    identity.speed_milli = RIG_SPEED_REAL;
    rig_boot(&rig, &RIG_KIND, &plant, &port, &identity);
}

static void begin(void)
{
    SYSCTL_RCGC1 = RCGC1_UART0;
    SYSCTL_RCGC2 = RCGC2_GPIOA | RCGC2_GPIOD;
    (void)SYSCTL_RCGC2; /* the clocks need some cycles */
    GPIOD_DIR = 0xFFu;
    GPIOD_DEN = 0xFFu;
    GPIOA_AFSEL = 3u; /* PA0 and PA1 are the line */
    GPIOA_DEN = 3u;
    UART0_IBRD = CLOCK_HZ / (16 * RIG_BAUD);
    UART0_FBRD = (CLOCK_HZ % (16 * RIG_BAUD) * 64 + 8 * RIG_BAUD) / (16 * RIG_BAUD);
    UART0_LCRH = LCRH_8N1_FIFO;
    UART0_CTL = CTL_ON;
    UART0_IM = INT_RX | INT_RT;
    NVIC_ISER0 = 1u << UART0_IRQ;
    SYST_RVR = CLOCK_HZ / 1000 - 1;
    SYST_CVR = 0;
    SYST_CSR = 7;
    interrupts_on();
}

static void look_ahead(uint32_t *due)
{
    interrupts_off();
    dead_man = rig.timer[TIMER_LEASE].due;
    interrupts_on();
    *due = rig_due(&rig);
}

int main(void)
{
    uint32_t due;

    boot();
    begin();
    look_ahead(&due);
    for (;;) {
        line_fill();
        interrupts_off();
        if (in_taken != in_put) {
            const struct arrival arrival = in[in_taken % IN_ROOM];

            in_taken++;
            interrupts_on();
            rig_receive(&rig, arrival.tick, arrival.thousandths, &arrival.byte, 1);
            look_ahead(&due);
        } else if ((int32_t)(ticks - due) >= 0) {
            const uint32_t now = ticks; /* what arrives from here on arrives later */

            interrupts_on();
            rig_run(&rig, now);
            look_ahead(&due);
        } else {
            __asm__ volatile("wfi"); /* what is pending ends it even now */
            interrupts_on();
        }
    }
}

extern uint32_t data_begin[], data_end[], bss_begin[], bss_end[], stack_top[];
extern const uint32_t data_source[];
void reset(void);
void stop(void);

void reset(void)
{
    interrupts_off();
    for (uint32_t i = 0; data_begin + i < data_end; i++) {
        data_begin[i] = data_source[i];
    }
    for (uint32_t *at = bss_begin; at < bss_end; at++) {
        *at = 0;
    }
    (void)main();
}

/* An exception that nobody awaits: begin anew. */
void stop(void)
{
    REGISTER(0xE000ED0Cu) = 0x05FA0004u; /* AIRCR: SYSRESETREQ */
    for (;;) {
    }
}

union vector {
    uint32_t *stack;
    void (*handler)(void);
};

static const __attribute__((section(".vectors"), used)) union vector VECTORS[16 + UART0_IRQ + 1] = {
    [0] = {.stack = stack_top},
    [1] = {.handler = reset},
    [2] = {.handler = stop},
    [3] = {.handler = stop},
    [4] = {.handler = stop},
    [5] = {.handler = stop},
    [6] = {.handler = stop},
    [11] = {.handler = stop},
    [12] = {.handler = stop},
    [14] = {.handler = stop},
    [15] = {.handler = on_tick},
    [16 + UART0_IRQ] = {.handler = on_line},
};
