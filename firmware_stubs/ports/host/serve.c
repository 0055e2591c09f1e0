#include "serve.h" /* what is defined here */

#include <errno.h>  /* errno, EINTR */
#include <fcntl.h>  /* O_NONBLOCK for the pipe */
#include <poll.h>   /* poll */
#include <signal.h> /* sigaction */
#include <stdio.h>  /* the name on stdout, messages on stderr */
#include <string.h> /* strerror */
#include <time.h>   /* clock_gettime */
#include <unistd.h> /* pipe, read, write, close */

#include "../../core/clock.h"  /* WALL_MS_MAX */
#include "../../kinds/kinds.h" /* union any_plant */
#include "pty.h"               /* struct pty */

enum { LONGEST_SLEEP_MS = 10000, DRAIN_MS = 200, NS_PER_MS = 1000000, INPUT_ROOM = 4096 };

struct host {
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

static uint64_t host_wall_ms(void *context)
{
    const struct host *host = context;

    return (monotonic_ns() - host->boot_ns) / NS_PER_MS;
}

/* A frame that does not fit is dropped whole, as a UART without a reader would. */
static void host_send(void *context, uint64_t wall_ms, const uint8_t *wire, size_t length)
{
    struct host *host = context;

    (void)wall_ms;
    if (length <= pty_room(&host->pty)) {
        (void)pty_write(&host->pty, wire, length);
    }
}

/* How long to sleep: until the due millisecond has begun, so never a wake-up too early. */
static int sleep_ms(const struct host *host, uint64_t due)
{
    const uint64_t passed_ns = monotonic_ns() - host->boot_ns;
    uint64_t wait_ms;

    if (due > passed_ns / NS_PER_MS + LONGEST_SLEEP_MS) {
        return LONGEST_SLEEP_MS;
    }
    if (due * NS_PER_MS <= passed_ns) {
        return 0;
    }
    wait_ms = (due * NS_PER_MS - passed_ns + NS_PER_MS - 1) / NS_PER_MS;
    return (int)wait_ms;
}

/* Has standard input come to its end? What it says is not for us. */
static bool untethered(void)
{
    char nothing[256];
    const ssize_t got = read(STDIN_FILENO, nothing, sizeof nothing);

    return got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN);
}

/* Takes what the host has sent. False when the terminal is gone. */
static bool listen_once(struct rig *rig, struct host *host)
{
    uint8_t bytes[INPUT_ROOM];
    const long got = pty_read(&host->pty, bytes, sizeof bytes);

    if (got > 0) {
        rig_receive(rig, bytes, (size_t)got);
    }
    return got >= 0;
}

/* Runs until told to end; true then, false when the terminal is gone. */
static bool live(struct rig *rig, struct host *host, bool tether)
{
    enum { WIRE, SIGNAL, TETHER };
    struct pollfd watched[] = {
        [WIRE] = {.fd = host->pty.master},
        [SIGNAL] = {.fd = signal_pipe[0], .events = POLLIN},
        [TETHER] = {.fd = tether ? STDIN_FILENO : -1, .events = POLLIN},
    };

    for (;;) {
        rig_run(rig);
        if (!pty_push(&host->pty)) {
            return false;
        }
        watched[WIRE].events = host->pty.out_length > 0 ? POLLIN | POLLOUT : POLLIN;
        if (poll(watched, sizeof watched / sizeof watched[0], sleep_ms(host, rig_due(rig))) < 0) {
            if (errno != EINTR) {
                return false;
            }
            continue;
        }
        if (watched[SIGNAL].revents != 0 || (watched[TETHER].revents != 0 && untethered())) {
            return true;
        }
        if ((watched[WIRE].revents & ~POLLOUT) != 0 && !listen_once(rig, host)) {
            return false;
        }
    }
}

int serve(const struct kind *kind, const struct rig_identity *identity, const char *link, bool tether)
{
    static struct host host; /* too large for a modest stack */
    const struct rig_port port = {.context = &host, .wall_ms = host_wall_ms, .send = host_send};
    union any_plant plant;
    struct rig rig;
    bool ended;

    if (!catch_signals()) {
        fprintf(stderr, "rig: signals: %s\n", strerror(errno));
        return 1;
    }
    if (!pty_open(&host.pty, link)) {
        fprintf(stderr, "rig: %s: %s\n", link == NULL ? "pseudo-terminal" : link, strerror(errno));
        return 1;
    }
    host.boot_ns = monotonic_ns();
    rig_boot(&rig, kind, &plant, &port, identity);
    printf("%s\n", host.pty.name);
    (void)fflush(stdout);
    ended = live(&rig, &host, tether);
    rig_halt(&rig);
    if (!ended) {
        fprintf(stderr, "rig: %s: %s\n", host.pty.name, strerror(errno));
    }
    pty_close(&host.pty, DRAIN_MS);
    return ended ? 0 : 1;
}
