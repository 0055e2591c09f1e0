/* The host's board: a rig with what surrounds it, on a tick that does not wrap. PROTOCOL.md, section 11. */
#ifndef RIG_HOST_BOARD_H
#define RIG_HOST_BOARD_H

#include <stdbool.h> /* bool */
#include <stdio.h>   /* FILE */

#include "../../core/rig.h"    /* struct rig, struct rig_port */
#include "../../kinds/kinds.h" /* union any_plant */

struct board {
    struct rig rig;
    union any_plant plant;
    struct rig_port port;
    uint64_t reached; /* tick, to which rig_run() was last called */
    FILE *nvm;        /* its non-volatile memory; NULL: it has none */
    FILE *pins;       /* NULL: nobody wants to know */
    uint8_t memory[RIG_NVM];
    void (*send)(struct board *board, const uint8_t *wire, size_t length);
    void *sink; /* where `send` puts it */
};

/* Opens the files (NULL: none) and boots the rig; `send` and `sink` are set already. False after a message on stderr. */
bool board_boot(struct board *board, const struct kind *kind, const struct rig_identity *identity,
                const char *nvm, const char *pins);

/* As rig_run() and rig_receive(); `tick` since boot, not before the last. */
void board_run(struct board *board, uint64_t tick);
void board_receive(struct board *board, uint64_t tick, uint16_t thousandths, const uint8_t *bytes, size_t length);

/* The tick that the rig is visiting. */
uint64_t board_tick(const struct board *board);

/* When board_run() must be called at the latest. */
uint64_t board_due(const struct board *board);

/* Outputs to their safe values; closes the files. */
void board_halt(struct board *board);

#endif
