/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The pins of the emulated part. See avr_rig.h, also for the license. */
#include "avr_inside.h" /* struct avr_rig */

#include <stdlib.h> /* realloc */
#include <string.h> /* memcpy, strcmp */

enum {
    PINS = 8,
    LINE_PINS = 3, /* a mask of port D: PD0 and PD1 are the line itself, not in the log */
    FIRST_ROOM = 256
};

static const char PORT_NAMES[PORTS] = {'B', 'C', 'D'};

static void log_edge(struct avr_rig *rig, int port, int pin, bool level)
{
    if (rig->edge_length == rig->edge_room) {
        const size_t room = rig->edge_room == 0 ? FIRST_ROOM : 2 * rig->edge_room;
        struct avr_edge *edges = realloc(rig->edges, room * sizeof *edges);

        if (edges == NULL) {
            return;
        }
        rig->edges = edges;
        rig->edge_room = room;
    }
    rig->edges[rig->edge_length++] =
        (struct avr_edge){rig->avr->cycle, (uint8_t)PORT_NAMES[port], (uint8_t)pin, (uint8_t)level};
}

/* What is driven high: outputs only, a pull-up is none. */
static void look_at_port(struct avr_rig *rig, int port)
{
    const avr_ioport_t *pins = rig->watched[port].pins;
    const uint8_t line = PORT_NAMES[port] == 'D' ? LINE_PINS : 0;
    const uint8_t level = rig->avr->data[pins->r_ddr] & rig->avr->data[pins->r_port] & (uint8_t)~line;

    for (int pin = 0; pin < PINS; pin++) {
        if (((level ^ rig->level[port]) >> pin & 1) != 0) {
            log_edge(rig, port, pin, (level >> pin & 1) != 0);
        }
    }
    rig->level[port] = level;
}

static void on_pins(struct avr_irq_t *irq, uint32_t value, void *context)
{
    const struct watched *watched = context;

    (void)irq;
    (void)value;
    look_at_port(watched->rig, watched->port);
}

void pins_look(struct avr_rig *rig)
{
    for (int port = 0; port < PORTS; port++) {
        look_at_port(rig, port);
    }
}

bool pins_connect(struct avr_rig *rig)
{
    int found = 0;

    for (avr_io_t *io = rig->avr->io_port; io != NULL; io = io->next) {
        if (strcmp(io->kind, "port") == 0) {
            const avr_ioport_t *pins = (avr_ioport_t *)io; /* its first member */
            const int port = pins->name - PORT_NAMES[0];

            if (port >= 0 && port < PORTS) {
                found++;
                rig->watched[port] = (struct watched){rig, pins, port};
                avr_irq_register_notify(io->irq + IOPORT_IRQ_PIN_ALL, on_pins, &rig->watched[port]);
                avr_irq_register_notify(io->irq + IOPORT_IRQ_DIRECTION_ALL, on_pins, &rig->watched[port]);
            }
        }
    }
    return found == PORTS;
}

size_t avr_rig_edges(struct avr_rig *rig, struct avr_edge *edges, size_t room)
{
    const size_t there = rig->edge_length - rig->edge_first;
    const size_t length = there < room ? there : room;

    if (length > 0) {
        memcpy(edges, rig->edges + rig->edge_first, length * sizeof *edges);
        rig->edge_first += length;
    }
    if (rig->edge_first == rig->edge_length) {
        rig->edge_first = rig->edge_length = 0;
    }
    return length;
}

int avr_rig_pin(const struct avr_rig *rig, char port, int pin)
{
    return port < 'B' || port > 'D' || pin < 0 || pin >= PINS ? -1 : (rig->level[port - 'B'] >> pin) & 1;
}
