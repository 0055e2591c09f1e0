/* The record of the last journaled command, in non-volatile memory. PROTOCOL.md, section 5.4. */
#ifndef RIG_JOURNAL_H
#define RIG_JOURNAL_H

#include "rig.h"   /* struct rig */
#include "stage.h" /* enum stage */

/* Reads what the boot before has left. */
void journal_read(RIG);

/* Writes that a command has come to this stage, if it is a journaled one and there is such memory. */
void journal_write(RIG, const struct command *row, uint16_t id, enum stage stage);

#endif
