#include "pty.h" /* what is defined here */

#include <errno.h>     /* EAGAIN, EINTR */
#include <fcntl.h>     /* open, O_* */
#include <poll.h>      /* poll, while draining */
#include <stdio.h>     /* snprintf, rename */
#include <stdlib.h>    /* posix_openpt and its family */
#include <string.h>    /* memset, strcmp */
#include <sys/ioctl.h> /* FIONREAD: what the client has not read */
#include <sys/stat.h>  /* lstat: is it a link? */
#include <termios.h>   /* raw mode */
#include <unistd.h>    /* read, write, close, symlink */

static bool make_raw(int fd)
{
    struct termios mode;

    if (tcgetattr(fd, &mode) != 0) {
        return false;
    }
    mode.c_iflag &= (tcflag_t) ~(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON | IXOFF);
    mode.c_oflag &= (tcflag_t)~OPOST;
    mode.c_lflag &= (tcflag_t) ~(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
    mode.c_cflag &= (tcflag_t) ~(CSIZE | PARENB);
    mode.c_cflag |= CS8;
    mode.c_cc[VMIN] = 1;
    mode.c_cc[VTIME] = 0;
    return tcsetattr(fd, TCSANOW, &mode) == 0;
}

static bool set_flags(int fd, bool non_blocking)
{
    const int flags = fcntl(fd, F_GETFL);

    return fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 && flags >= 0 &&
           (!non_blocking || fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0);
}

/* Makes the new link beside the old one and renames it over: a client sees the old device or the new, never none.
 * Only a link is ever replaced, not a file that somebody may want to keep. */
static bool put_link(const char *target, const char *link)
{
    char beside[PTY_PATH_MAX];
    struct stat there;
    const int length = snprintf(beside, sizeof beside, "%s.%ld", link, (long)getpid());

    if (length < 0 || (size_t)length >= sizeof beside) {
        errno = ENAMETOOLONG;
        return false;
    }
    if (lstat(link, &there) == 0 && !S_ISLNK(there.st_mode)) {
        errno = EEXIST;
        return false;
    }
    (void)unlink(beside);
    if (symlink(target, beside) != 0) {
        return false;
    }
    if (rename(beside, link) != 0) {
        const int why = errno;
        (void)unlink(beside);
        errno = why;
        return false;
    }
    return true;
}

static void close_ends(struct pty *pty)
{
    const int why = errno;

    if (pty->slave >= 0) {
        (void)close(pty->slave);
    }
    if (pty->master >= 0) {
        (void)close(pty->master);
    }
    pty->master = -1;
    pty->slave = -1;
    errno = why;
}

static bool open_pair(struct pty *pty)
{
    const char *name;

    pty->master = posix_openpt(O_RDWR | O_NOCTTY);
    if (pty->master < 0 || grantpt(pty->master) != 0 || unlockpt(pty->master) != 0) {
        return false;
    }
    name = ptsname(pty->master);
    if (name == NULL || strlen(name) >= sizeof pty->name) {
        errno = ENAMETOOLONG;
        return false;
    }
    memcpy(pty->name, name, strlen(name) + 1);
    pty->slave = open(pty->name, O_RDWR | O_NOCTTY);
    return pty->slave >= 0 && make_raw(pty->slave) && set_flags(pty->slave, false) && set_flags(pty->master, true);
}

bool pty_open(struct pty *pty, const char *link)
{
    memset(pty, 0, sizeof *pty);
    pty->master = -1;
    pty->slave = -1;
    if (link != NULL && strlen(link) >= sizeof pty->link) {
        errno = ENAMETOOLONG;
        return false;
    }
    if (!open_pair(pty) || (link != NULL && !put_link(pty->name, link))) {
        close_ends(pty);
        return false;
    }
    if (link != NULL) {
        memcpy(pty->link, link, strlen(link) + 1);
    }
    return true;
}

size_t pty_room(const struct pty *pty)
{
    return sizeof pty->out - pty->out_length;
}

size_t pty_write(struct pty *pty, const uint8_t *bytes, size_t length)
{
    const size_t fits = length < pty_room(pty) ? length : pty_room(pty);

    for (size_t i = 0; i < fits; i++) {
        pty->out[(pty->out_at + pty->out_length + i) % sizeof pty->out] = bytes[i];
    }
    pty->out_length += fits;
    return fits;
}

bool pty_push(struct pty *pty)
{
    while (pty->out_length > 0) {
        const size_t to_end = sizeof pty->out - pty->out_at;
        const size_t run = pty->out_length < to_end ? pty->out_length : to_end;
        const ssize_t taken = write(pty->master, pty->out + pty->out_at, run);

        if (taken < 0) {
            return errno == EAGAIN || errno == EINTR;
        }
        pty->out_at = (pty->out_at + (size_t)taken) % sizeof pty->out;
        pty->out_length -= (size_t)taken;
    }
    return true;
}

long pty_read(struct pty *pty, uint8_t *bytes, size_t room)
{
    const ssize_t got = read(pty->master, bytes, room);

    if (got < 0) {
        return errno == EAGAIN || errno == EINTR ? 0 : -1;
    }
    return (long)got;
}

/* Does the client still have bytes to read? The slave end's input queue is what the master has written. */
static bool unread(const struct pty *pty)
{
    int waiting = 0;

    return pty->out_length > 0 || (ioctl(pty->slave, FIONREAD, &waiting) == 0 && waiting > 0);
}

void pty_close(struct pty *pty, int wait_ms)
{
    char target[PTY_PATH_MAX];

    for (int waited = 0; waited < wait_ms && pty_push(pty) && unread(pty); waited++) {
        (void)poll(NULL, 0, 1);
    }
    if (pty->link[0] != '\0') {
        const ssize_t length = readlink(pty->link, target, sizeof target - 1);

        if (length > 0) {
            target[length] = '\0';
            if (strcmp(target, pty->name) == 0) {
                (void)unlink(pty->link);
            }
        }
    }
    close_ends(pty);
}
