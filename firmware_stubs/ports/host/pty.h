/* A pseudo-terminal that stands for the rig's serial port. */
#ifndef RIG_HOST_PTY_H
#define RIG_HOST_PTY_H

#include <stdbool.h> /* bool */
#include <stddef.h>  /* size_t */
#include <stdint.h>  /* uint8_t */

enum { PTY_PATH_MAX = 4096, PTY_OUT_ROOM = 65536 };

struct pty {
    int master;               /* our end, non-blocking; -1 when closed */
    int slave;                /* the client's end, held open so that a client that closes never gives us EIO */
    char name[PTY_PATH_MAX];  /* the client's end, as /dev/pts/N */
    char link[PTY_PATH_MAX];  /* the symbolic link to it; "" for none */
    uint8_t out[PTY_OUT_ROOM]; /* bytes the kernel has not taken yet, a ring */
    size_t out_at;            /* where the ring's first byte is */
    size_t out_length;        /* how many bytes it holds */
};

/* Opens a pair in raw mode and puts `link` (NULL for none) in place of whatever link stood there, atomically.
 * False with errno set when that fails; nothing is left open then. */
bool pty_open(struct pty *pty, const char *link);

/* Room for bytes that the rig wants to send. */
size_t pty_room(const struct pty *pty);

/* Takes what fits and returns how much that was. */
size_t pty_write(struct pty *pty, const uint8_t *bytes, size_t length);

/* Hands the kernel what it takes now. False when the terminal is gone. */
bool pty_push(struct pty *pty);

/* At most `room` bytes that have come in; 0 for none, -1 when the terminal is gone. */
long pty_read(struct pty *pty, uint8_t *bytes, size_t room);

/* Waits up to `wait_ms` for the client to have read everything (a hang-up loses unread bytes), then closes both ends
 * and removes the link if it is still ours. */
void pty_close(struct pty *pty, int wait_ms);

#endif
