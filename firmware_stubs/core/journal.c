#include "journal.h" /* what is defined here */

#include <string.h> /* memcpy */

#include "crc.h"  /* crc16_append, crc16_holds */
#include "wire.h" /* wire_begin, wire_put: the record is written as a body is */

enum { RECORD = sizeof ((struct rig *)0)->journal, COPY = RECORD + 2, HAS_NVM = 1 };

void journal_read(struct rig *rig)
{
    uint8_t *copy = rig->sender.frame.body; /* nothing is being sent yet */

    rig->capabilities = RIG_QUEUE << 4;
    if (rig->port->nvm_read == NULL) {
        return;
    }
    rig->capabilities |= HAS_NVM;
    for (uint8_t at = 0; at <= COPY; at = (uint8_t)(at + COPY)) {
        for (uint8_t i = 0; i < COPY; i++) {
            copy[i] = rig->port->nvm_read(rig->port->context, (uint16_t)(at + i));
        }
        if (crc16_holds(copy, RECORD) && (at == 0 || rig->journal_at == 0 || (int8_t)(copy[0] - rig->journal[0]) > 0)) {
            memcpy(rig->journal, copy, RECORD);
            rig->journal_at = (uint8_t)(COPY - at);
        }
    }
}

void journal_write(struct rig *rig, const struct command *row, uint16_t id, enum stage stage)
{
    uint8_t *copy = rig->sender.frame.body; /* nothing is being sent */

    if ((row->flags & JOURNALED) == 0 || (rig->capabilities & HAS_NVM) == 0) {
        return;
    }
    wire_begin(rig, 0, 0);
    wire_put_u8(rig, (uint8_t)(rig->journal[0] + 1));
    wire_put(rig, &rig->identity.boot, 4);
    wire_put_u16(rig, rig->session);
    wire_put_u16(rig, id);
    wire_put_u8(rig, (uint8_t)stage);
    memcpy(rig->journal, copy, RECORD);
    crc16_append(copy, RECORD);
    for (uint8_t i = 0; i < COPY; i++) {
        rig->port->nvm_write(rig->port->context, (uint16_t)(rig->journal_at + i), copy[i]);
    }
    rig->journal_at = (uint8_t)(COPY - rig->journal_at);
}
