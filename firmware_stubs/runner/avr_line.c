/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The serial line of the emulated part. See avr_rig.h, also for the license. */
#include "avr_inside.h" /* struct avr_rig */

#include <stdlib.h> /* realloc, free */
#include <string.h> /* strcmp */

#include <sim_cycle_timers.h> /* the end of each byte */
#include <sim_interrupts.h>   /* avr_raise_interrupt */
#include <sim_regbit.h>       /* avr_regbit_get */

DEFINE_FIFO(uint16_t, uart_fifo);

enum {
    BITS_PER_BYTE = 10,    /* start, 8, stop */
    BAUD = 115200,         /* until the part has set one */
    RECEIVE_ROOM = 2,      /* bytes in the part's receive FIFO */
    UNFETCHED_CYCLES = 32, /* how often the receive interrupt is raised again while the FIFO is not empty */
    FIRST_ROOM = 256
};

static bool timed_put(struct timed *timed, uint8_t byte, uint64_t at)
{
    if (timed->first == timed->length) {
        timed->first = timed->length = 0;
    }
    if (timed->length == timed->room) {
        const size_t room = timed->room == 0 ? FIRST_ROOM : 2 * timed->room;
        uint8_t *bytes = realloc(timed->bytes, room);
        uint64_t *stamps;

        if (bytes == NULL) {
            return false;
        }
        timed->bytes = bytes;
        stamps = realloc(timed->at, room * sizeof *stamps);
        if (stamps == NULL) {
            return false;
        }
        timed->at = stamps;
        timed->room = room;
    }
    timed->bytes[timed->length] = byte;
    timed->at[timed->length++] = at;
    return true;
}

/* While the part listens not, its line goes on at the speed that it had: the host's is not the part's to choose. */
static uint32_t byte_cycles(struct avr_rig *rig)
{
    const avr_uart_t *uart = rig->uart;

    if (avr_regbit_get(rig->avr, uart->rxen)) {
        const uint32_t divisor = avr_regbit_get(rig->avr, uart->ubrrl) | (avr_regbit_get(rig->avr, uart->ubrrh) << 8);

        rig->byte_cycles = (divisor + 1u) * (avr_regbit_get(rig->avr, uart->u2x) ? 8u : 16u) * BITS_PER_BYTE;
    }
    return rig->byte_cycles;
}

static void receive(struct avr_rig *rig, uint8_t byte)
{
    avr_uart_t *uart = rig->uart;

    if (!avr_regbit_get(rig->avr, uart->rxen)) {
        return;
    }
    if (uart_fifo_get_read_size(&uart->input) >= RECEIVE_ROOM) {
        rig->overruns++;
    } else {
        uart_fifo_write(&uart->input, byte);
    }
    uart->rx_cnt = 0;
    uart->rxc_raise_time = rig->avr->cycle;
}

/* Comes at the end of each byte's stop bit, and while there is something to fetch. */
static avr_cycle_count_t on_line(avr_t *avr, avr_cycle_count_t when, void *context)
{
    struct avr_rig *rig = context;
    struct timed *in = &rig->in;
    avr_cycle_count_t next = 0;

    (void)when;
    while (in->first < in->length && in->at[in->first] <= avr->cycle) {
        receive(rig, in->bytes[in->first++]);
    }
    if (in->first < in->length) {
        next = in->at[in->first];
    }
    if (!uart_fifo_isempty(&rig->uart->input)) {
        avr_raise_interrupt(avr, &rig->uart->rxc);
        if (next == 0 || next > avr->cycle + UNFETCHED_CYCLES) {
            next = avr->cycle + UNFETCHED_CYCLES;
        }
    }
    return next;
}

void line_watch(struct avr_rig *rig)
{
    const struct timed *in = &rig->in;

    if (in->first < in->length) {
        const uint64_t at = in->at[in->first];

        avr_cycle_timer_register(rig->avr, at > rig->avr->cycle ? at - rig->avr->cycle : 1, on_line, rig);
    }
}

static void on_sent(struct avr_irq_t *irq, uint32_t value, void *context)
{
    struct avr_rig *rig = context;
    const uint32_t cycles = byte_cycles(rig);
    const uint64_t at = rig->avr->cycle + cycles;

    (void)irq;
    rig->uart->cycles_per_byte = cycles;
    (void)timed_put(&rig->out, (uint8_t)value, at);
    if ((uint8_t)value == 0 && rig->to_frame && rig->frame_at == 0) {
        rig->frame_at = at;
    }
}

bool line_connect(struct avr_rig *rig)
{
    uint32_t flags = 0;

    rig->byte_cycles = FREQUENCY / BAUD * BITS_PER_BYTE;
    for (avr_io_t *io = rig->avr->io_port; io != NULL; io = io->next) {
        if (strcmp(io->kind, "uart") == 0) {
            rig->uart = (avr_uart_t *)io; /* its first member */
        }
    }
    if (rig->uart == NULL) {
        return false;
    }
    (void)avr_ioctl(rig->avr, AVR_IOCTL_UART_SET_FLAGS('0'), &flags); /* nothing printed, no sleep of the host's */
    avr_irq_register_notify(avr_io_getirq(rig->avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_OUTPUT), on_sent, rig);
    return true;
}

void line_free(struct avr_rig *rig)
{
    free(rig->in.bytes);
    free(rig->in.at);
    free(rig->out.bytes);
    free(rig->out.at);
}

void line_find_frame(struct avr_rig *rig)
{
    rig->frame_at = 0;
    for (size_t i = rig->out.first; rig->to_frame && i < rig->out.length && rig->frame_at == 0; i++) {
        if (rig->out.bytes[i] == 0 && rig->out.at[i] > rig->now) {
            rig->frame_at = rig->out.at[i];
        }
    }
}

int avr_rig_push(struct avr_rig *rig, uint64_t at, const uint8_t *bytes, size_t length)
{
    const bool idle = rig->in.first == rig->in.length;

    for (size_t i = 0; i < length; i++) {
        const uint64_t start = at > rig->in_free ? at : rig->in_free;

        rig->in_free = start + byte_cycles(rig);
        if (!timed_put(&rig->in, bytes[i], rig->in_free)) {
            return 0;
        }
    }
    if (idle) {
        line_watch(rig);
    }
    return 1;
}

size_t avr_rig_pull(struct avr_rig *rig, uint8_t *bytes, uint64_t *stamps, size_t room)
{
    struct timed *out = &rig->out;
    size_t length = 0;

    while (length < room && out->first < out->length && out->at[out->first] <= rig->now) {
        bytes[length] = out->bytes[out->first];
        if (stamps != NULL) {
            stamps[length] = out->at[out->first];
        }
        length++;
        out->first++;
    }
    return length;
}
