#include "serve.h" /* what is defined here */

#include <errno.h>  /* errno, EINTR */
#include <fcntl.h>  /* O_NONBLOCK for the pipe */
#include <poll.h>   /* poll */
#include <signal.h> /* sigaction */
#include <stdio.h>  /* the name on stdout, messages on stderr */
#include <string.h> /* strerror */
#include <time.h>   /* clock_gettime */
#include <unistd.h> /* pipe, read, write, close */

#include "board.h" /* struct board */
#include "pty.h"   /* struct pty */

enum { LONGEST_SLEEP_MS = 10000, DRAIN_MS = 200, NS_PER_MS = 1000000, NS_PER_S = 1000000000, INPUT_ROOM = 4096 };

struct host {
    struct board board;
    struct pty pty;
    uint64_t boot_ns; /* on the monotonic clock */
};

/* A signal wakes poll() through a pipe: nothing is lost between looking and sleeping. */
static int signal_pipe[2] = {-1, -1};

static void on_signal(int number)
{
    const int before = errno;

    (void)number;
    if (write(signal_pipe[1], "", 1) < 0) {
        /* Full: a wake-up is under way already. */
    }
    errno = before;
}

static bool catch_signals(void)
{
    struct sigaction caught = {.sa_handler = on_signal};
    struct sigaction ignored = {.sa_handler = SIG_IGN};

    (void)sigemptyset(&caught.sa_mask);
    (void)sigemptyset(&ignored.sa_mask);
    return pipe(signal_pipe) == 0 && fcntl(signal_pipe[0], F_SETFL, O_NONBLOCK) == 0 &&
           fcntl(signal_pipe[1], F_SETFL, O_NONBLOCK) == 0 && sigaction(SIGTERM, &caught, NULL) == 0 &&
           sigaction(SIGINT, &caught, NULL) == 0 && sigaction(SIGPIPE, &ignored, NULL) == 0;
}

static uint64_t monotonic_ns(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* Thousandths of a tick since boot. */
static uint64_t instant(const struct host *host)
{
    const uint64_t passed_ns = monotonic_ns() - host->boot_ns;
    const uint32_t speed = host->board.rig.identity.speed_milli; /* ticks per second */

    return passed_ns / NS_PER_S * speed * 1000u + passed_ns % NS_PER_S * speed / (NS_PER_S / 1000);
}

/* A frame that does not fit is dropped whole, as a UART without a reader would. */
static void send_frame(struct board *board, const uint8_t *wire, size_t length)
{
    struct pty *pty = board->sink;

    if (length <= pty_room(pty)) {
        (void)pty_write(pty, wire, length);
    }
}

/* How long to sleep: until the due tick has begun, so never a wake-up too early. */
static int sleep_ms(const struct host *host)
{
    const uint64_t due = board_due(&host->board);
    const uint32_t speed = host->board.rig.identity.speed_milli;
    const uint64_t due_ns = due / speed * NS_PER_S + (due % speed * NS_PER_S + speed - 1) / speed;
    const uint64_t passed_ns = monotonic_ns() - host->boot_ns;
    const uint64_t wait_ms = due_ns > passed_ns ? (due_ns - passed_ns + NS_PER_MS - 1) / NS_PER_MS : 0;

    return wait_ms < LONGEST_SLEEP_MS ? (int)wait_ms : LONGEST_SLEEP_MS;
}

/* Has standard input come to its end? What it says is not for us. */
static bool untethered(void)
{
    char nothing[256];
    const ssize_t got = read(STDIN_FILENO, nothing, sizeof nothing);

    return got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN);
}

/* Takes what the host has sent. False when the terminal is gone. */
static bool listen_once(struct host *host)
{
    uint8_t bytes[INPUT_ROOM];
    const long got = pty_read(&host->pty, bytes, sizeof bytes);

    if (got > 0) {
        const uint64_t now = instant(host);

        board_receive(&host->board, now / 1000, (uint16_t)(now % 1000), bytes, (size_t)got);
    }
    return got >= 0;
}

/* Runs until told to end; true then, false when the terminal is gone. */
static bool live(struct host *host, bool tether)
{
    enum { WIRE, SIGNAL, TETHER };
    struct pollfd watched[] = {
        [WIRE] = {.fd = host->pty.master},
        [SIGNAL] = {.fd = signal_pipe[0], .events = POLLIN},
        [TETHER] = {.fd = tether ? STDIN_FILENO : -1, .events = POLLIN},
    };

    for (;;) {
        board_run(&host->board, instant(host) / 1000);
        if (!pty_push(&host->pty)) {
            return false;
        }
        watched[WIRE].events = host->pty.out_length > 0 ? POLLIN | POLLOUT : POLLIN;
        if (poll(watched, sizeof watched / sizeof watched[0], sleep_ms(host)) < 0) {
            if (errno != EINTR) {
                return false;
            }
            continue;
        }
        if (watched[SIGNAL].revents != 0 || (watched[TETHER].revents != 0 && untethered())) {
            return true;
        }
        if ((watched[WIRE].revents & ~POLLOUT) != 0 && !listen_once(host)) {
            return false;
        }
    }
}

int serve(const struct options *options)
{
    static struct host host; /* too large for a modest stack */
    bool ended;

    if (!catch_signals()) {
        fprintf(stderr, "rig: signals: %s\n", strerror(errno));
        return 1;
    }
    host.board.send = send_frame;
    host.board.sink = &host.pty;
    if (!board_boot(&host.board, options->kind, &options->identity, options->nvm, options->pins)) {
        return 1;
    }
    if (!pty_open(&host.pty, options->link)) {
        fprintf(stderr, "rig: %s: %s\n", options->link == NULL ? "pseudo-terminal" : options->link, strerror(errno));
        return 1;
    }
    host.boot_ns = monotonic_ns();
    printf("%s\n", host.pty.name);
    (void)fflush(stdout);
    ended = live(&host, options->tether);
    board_halt(&host.board);
    if (!ended) {
        fprintf(stderr, "rig: %s: %s\n", host.pty.name, strerror(errno));
    }
    pty_close(&host.pty, DRAIN_MS);
    return ended ? 0 : 1;
}
