#include "board.h" /* what is defined here */

#include <errno.h>  /* errno */
#include <string.h> /* memset, strerror */

/* rig_run() goes less than 2^31 ticks at a time. */
static const uint64_t STRIDE = UINT64_C(1) << 30;

static void port_send(void *context, const uint8_t *wire, size_t length)
{
    struct board *board = context;

    board->send(board, wire, length);
}

static void port_drive(void *context, uint8_t output, int32_t value)
{
    const struct board *board = context;

    if (board->pins != NULL) {
        fprintf(board->pins, "%llu.%03u %u %ld\n", (unsigned long long)board_tick(board),
                (unsigned)board->rig.thousandths, (unsigned)output, (long)value);
        (void)fflush(board->pins);
    }
}

static uint8_t port_nvm_read(void *context, uint16_t at)
{
    const struct board *board = context;

    return board->memory[at];
}

/* One byte at a time reaches the file, as it would an EEPROM. */
static void port_nvm_write(void *context, uint16_t at, uint8_t byte)
{
    struct board *board = context;

    board->memory[at] = byte;
    if (fseek(board->nvm, at, SEEK_SET) != 0 || fputc(byte, board->nvm) == EOF || fflush(board->nvm) != 0) {
        fprintf(stderr, "rig: --nvm: %s\n", strerror(errno));
    }
}

/* Reads the memory's file, or makes one that is erased. What is behind its end is erased. */
static bool open_nvm(struct board *board, const char *path)
{
    size_t length;

    memset(board->memory, 0xFF, sizeof board->memory);
    board->nvm = fopen(path, "r+b");
    if (board->nvm == NULL && errno == ENOENT) {
        board->nvm = fopen(path, "w+b");
    }
    if (board->nvm == NULL) {
        return false;
    }
    length = fread(board->memory, 1, sizeof board->memory, board->nvm);
    return length == sizeof board->memory ||
           (fseek(board->nvm, 0, SEEK_SET) == 0 &&
            fwrite(board->memory, 1, sizeof board->memory, board->nvm) == sizeof board->memory &&
            fflush(board->nvm) == 0);
}

bool board_boot(struct board *board, const struct kind *kind, const struct rig_identity *identity,
                const char *nvm, const char *pins)
{
    board->port = (struct rig_port){.context = board, .send = port_send, .drive = port_drive};
    if (nvm != NULL) {
        if (!open_nvm(board, nvm)) {
            fprintf(stderr, "rig: %s: %s\n", nvm, strerror(errno));
            return false;
        }
        board->port.nvm_read = port_nvm_read;
        board->port.nvm_write = port_nvm_write;
    }
    if (pins != NULL) {
        board->pins = fopen(pins, "a");
        if (board->pins == NULL) {
            fprintf(stderr, "rig: %s: %s\n", pins, strerror(errno));
            return false;
        }
    }
    memset(&board->plant, 0, sizeof board->plant);
    rig_boot(&board->rig, kind, &board->plant, &board->port, identity);
    return true;
}

uint64_t board_tick(const struct board *board)
{
    return board->reached + (uint32_t)(board->rig.tick - (uint32_t)board->reached);
}

void board_run(struct board *board, uint64_t tick)
{
    while (board->reached < tick) {
        const uint64_t next = tick - board->reached > STRIDE ? board->reached + STRIDE : tick;

        rig_run(&board->rig, (uint32_t)next);
        board->reached = next;
    }
}

void board_receive(struct board *board, uint64_t tick, uint16_t thousandths, const uint8_t *bytes, size_t length)
{
    board_run(board, tick);
    rig_receive(&board->rig, (uint32_t)tick, thousandths, bytes, length);
}

uint64_t board_due(const struct board *board)
{
    return board->reached + (uint32_t)(rig_due(&board->rig) - (uint32_t)board->reached);
}

void board_halt(struct board *board)
{
    rig_halt(&board->rig);
    if (board->nvm != NULL) {
        (void)fclose(board->nvm);
    }
    if (board->pins != NULL) {
        (void)fclose(board->pins);
    }
}
