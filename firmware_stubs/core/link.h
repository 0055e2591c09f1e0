/* The conversation: what each good frame from the host does. PROTOCOL.md, sections 3 and 4. */
#ifndef RIG_LINK_H
#define RIG_LINK_H

#include "rig.h" /* struct rig */

enum nak { NAK_TYPE = 0x40, NAK_SESSION, NAK_GAP, NAK_FORGOTTEN, NAK_VERSION, NAK_MALFORMED };

/* Answers the good frame that the receiver holds. */
void link_handle(RIG);

#endif
