#include "journal.h" /* what is defined here */

#include <string.h> /* memcpy */

#include "crc.h" /* crc16_append, crc16_holds */

enum { COPY = sizeof ((struct rig *)0)->journal, RECORD = COPY - 2, HAS_NVM = 1 };

void journal_read(RIG)
{
    uint8_t *copy = rig->sender.frame.body; /* nothing is being sent yet */

    rig->capabilities = RIG_QUEUE << 4;
    if (port_of(rig)->nvm_read == NULL) {
        return;
    }
    rig->capabilities |= HAS_NVM;
    for (uint8_t at = 0; at < 2 * COPY;) {
        for (uint8_t *byte = copy; byte < copy + COPY; byte++) {
            *byte = port_of(rig)->nvm_read(port_of(rig)->context, at++);
        }
        if (crc16_holds(copy, RECORD) && (rig->journal_at == 0 || (int8_t)(copy[0] - rig->journal[0]) > 0)) {
            memcpy(rig->journal, copy, COPY);
            rig->journal_at = (uint8_t)(2 * COPY - at);
        }
    }
}

void journal_write(RIG, const struct command *row, uint16_t id, enum stage stage)
{
    uint8_t *record = rig->journal;
    uint8_t at = rig->journal_at;

    if ((row->flags & JOURNALED) == 0 || (rig->capabilities & HAS_NVM) == 0) {
        return;
    }
    record[0]++;
    memcpy(record + 1, &rig->identity.boot, sizeof rig->identity.boot);
    memcpy(record + 5, &rig->session, sizeof rig->session);
    memcpy(record + 7, &id, sizeof id);
    record[9] = (uint8_t)stage;
    crc16_append(record, RECORD);
    rig->journal_at = (uint8_t)(COPY - at);
    for (uint8_t *byte = record; byte < record + COPY; byte++) {
        port_of(rig)->nvm_write(port_of(rig)->context, at++, *byte);
    }
}
