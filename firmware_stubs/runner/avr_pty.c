/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The firmware for the AVR as a program on a pseudo-terminal, in step with the wall clock; see avr_rig.h for the license.
 * Behaves as the host build does: PROTOCOL.md, section 11. SIGUSR1 presses the reset pin. */
#include <errno.h>   /* errno */
#include <fcntl.h>   /* O_NONBLOCK for the pipe */
#include <poll.h>    /* ppoll */
#include <signal.h>  /* sigaction */
#include <stdbool.h> /* bool */
#include <stdio.h>   /* files, messages */
#include <string.h>  /* memcmp, memcpy, strerror */
#include <time.h>    /* clock_gettime */
#include <unistd.h>  /* pipe, read, write */

#include "../ports/avr/stored.h" /* where unit, boot and speed lie in the EEPROM */
#include "../ports/host/pty.h"   /* struct pty */
#include "avr_options.h"         /* the command line */
#include "avr_rig.h"             /* the emulated part */

enum {
    SLICE_NS = 250000,       /* between two looks at the wall while bytes are about */
    IDLE_SLICE_NS = 2000000, /* and while none are: input ends the sleep at once */
    BUSY_NS = 5000000,       /* how long bytes are said to be about after the last one */
    BEHIND_NS = 100000000,   /* later than that, time that was missed is not made up for */
    DRAIN_MS = 200,
    INPUT_ROOM = 4096,
    FRAME_ROOM = 512,
    EDGES = 64
};

struct runner {
    struct avr_rig *rig;
    struct pty pty;
    const struct avr_options *options;
    FILE *pins;
    uint8_t kept[1024];        /* the EEPROM as it stands in the file */
    uint8_t frame[FRAME_ROOM]; /* what the rig has sent of its next frame */
    size_t frame_length;
    uint64_t started_ns, busy_until_ns;
};

static int signal_pipe[2] = {-1, -1};

static void on_signal(int number)
{
    const int before = errno;

    if (write(signal_pipe[1], number == SIGUSR1 ? "r" : "e", 1) < 0) {
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
           sigaction(SIGINT, &caught, NULL) == 0 && sigaction(SIGUSR1, &caught, NULL) == 0 &&
           sigaction(SIGPIPE, &ignored, NULL) == 0;
}

/* Takes the signals that have come: SIGUSR1 presses the reset pin, any other ends the program. */
static bool told_to_end(struct runner *runner)
{
    char words[16];
    ssize_t length;

    while ((length = read(signal_pipe[0], words, sizeof words)) > 0) {
        if (memchr(words, 'e', (size_t)length) != NULL) {
            return true;
        }
        avr_rig_reset(runner->rig, AVR_RESET_PIN);
    }
    return false;
}

static uint64_t monotonic_ns(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* How many cycles the part has had by this time. */
static uint64_t cycles_at(const struct runner *runner, uint64_t now_ns)
{
    const uint64_t milli = runner->options->speed_milli;
    const uint64_t cycles = (now_ns - runner->started_ns) / 1000u * (avr_rig_frequency(runner->rig) / 1000000u);

    return cycles / 1000u * milli + cycles % 1000u * milli / 1000u; /* no product that could grow too large */
}

static void put_le(uint8_t *at, uint64_t value, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        at[i] = (uint8_t)(value >> (8 * i));
    }
}

static bool any_boot(uint32_t *boot)
{
    FILE *source = fopen("/dev/urandom", "rb");
    const bool drawn = source != NULL && fread(boot, sizeof *boot, 1, source) == 1;

    if (source != NULL) {
        (void)fclose(source);
    }
    return drawn;
}

/* In one piece over what is there: a file that was cut to nothing first would be lost with us in between. */
static bool save(struct runner *runner, const uint8_t *eeprom, size_t length)
{
    FILE *there = fopen(runner->options->nvm, "r+b");
    FILE *file = there != NULL ? there : fopen(runner->options->nvm, "wb");
    bool kept = file != NULL && fwrite(eeprom, 1, length, file) == length;

    kept = file != NULL && fclose(file) == 0 && kept;
    memcpy(runner->kept, eeprom, length);
    return kept;
}

/* The EEPROM as the options want it: a file's, or the program's own with a boot counter that no other run has. */
static bool fill_eeprom(struct runner *runner)
{
    const struct avr_options *options = runner->options;
    size_t length = 0;
    uint8_t *eeprom = avr_rig_eeprom(runner->rig, &length);
    FILE *file = options->nvm == NULL ? NULL : fopen(options->nvm, "rb");
    const bool known = file != NULL && fread(eeprom, 1, length, file) == length;
    uint32_t before = ~(options->boot - 1u); /* as it stands there: stored.h */

    if (file != NULL) {
        (void)fclose(file);
    }
    if (length != sizeof runner->kept) {
        return false;
    }
    if (options->boot_given || (!known && any_boot(&before))) {
        put_le(eeprom + STORED_BOOTS, before, 4);
    }
    if (options->unit_given) {
        put_le(eeprom + STORED_UNIT, options->unit, 8);
    }
    put_le(eeprom + STORED_SPEED, options->speed_milli, 4);
    memcpy(runner->kept, eeprom, length);
    return options->nvm == NULL || save(runner, eeprom, length);
}

static void keep_eeprom(struct runner *runner)
{
    size_t length = 0;
    const uint8_t *eeprom = avr_rig_eeprom(runner->rig, &length);

    if (runner->options->nvm != NULL && memcmp(eeprom, runner->kept, length) != 0 &&
        !save(runner, eeprom, length)) {
        fprintf(stderr, "avr_pty: %s: %s\n", runner->options->nvm, strerror(errno));
    }
}

static void write_pins(struct runner *runner)
{
    struct avr_edge edges[EDGES];
    size_t length;

    while ((length = avr_rig_edges(runner->rig, edges, EDGES)) > 0) {
        for (size_t i = 0; runner->pins != NULL && i < length; i++) {
            const uint64_t us = edges[i].cycle / (avr_rig_frequency(runner->rig) / 1000000u);

            fprintf(runner->pins, "%llu.%03u %c%u %u\n", (unsigned long long)(us / 1000u), (unsigned)(us % 1000u),
                    edges[i].port, edges[i].pin, edges[i].level);
        }
        if (runner->pins != NULL) {
            (void)fflush(runner->pins);
        }
    }
}

/* Hands on what the rig has sent: whole frames only, and those that fit. */
static void send_frames(struct runner *runner, uint64_t now_ns)
{
    uint8_t bytes[INPUT_ROOM];
    const size_t length = avr_rig_pull(runner->rig, bytes, NULL, sizeof bytes);

    for (size_t i = 0; i < length; i++) {
        if (runner->frame_length < FRAME_ROOM) {
            runner->frame[runner->frame_length++] = bytes[i];
        }
        if (bytes[i] == 0) {
            if (runner->frame_length <= pty_room(&runner->pty)) {
                (void)pty_write(&runner->pty, runner->frame, runner->frame_length);
            }
            runner->frame_length = 0;
        }
    }
    if (length > 0) {
        runner->busy_until_ns = now_ns + BUSY_NS;
    }
}

/* Lets the part have the time that has passed. False when it has stopped for good. */
static bool catch_up(struct runner *runner)
{
    const uint64_t now_ns = monotonic_ns();
    const uint64_t had = avr_rig_now(runner->rig);
    const uint64_t most = had + cycles_at(runner, runner->started_ns + BEHIND_NS);
    uint64_t target = cycles_at(runner, now_ns);

    if (target > most) {
        /* The host was away, or the speed is more than it can do: the rest of that time never was. */
        const uint64_t cycles_per_ms = avr_rig_frequency(runner->rig) / 1000u;

        runner->started_ns += (target - most) / cycles_per_ms * 1000000000u / runner->options->speed_milli;
        target = most;
    }
    (void)avr_rig_run(runner->rig, target, 0);
    send_frames(runner, now_ns);
    write_pins(runner);
    keep_eeprom(runner);
    return avr_rig_alive(runner->rig) != 0;
}

/* Takes what the host has sent. False when the terminal is gone. */
static bool listen_once(struct runner *runner)
{
    uint8_t bytes[INPUT_ROOM];
    const long got = pty_read(&runner->pty, bytes, sizeof bytes);

    if (got > 0) {
        runner->busy_until_ns = monotonic_ns() + BUSY_NS;
        return avr_rig_push(runner->rig, avr_rig_now(runner->rig), bytes, (size_t)got) != 0;
    }
    return got == 0;
}

static bool untethered(void)
{
    char nothing[256];
    const ssize_t got = read(STDIN_FILENO, nothing, sizeof nothing);

    return got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN);
}

/* Runs until told to end: NULL then, else what went wrong. */
static const char *live(struct runner *runner)
{
    enum { WIRE, SIGNAL, TETHER };
    struct pollfd watched[] = {
        [WIRE] = {.fd = runner->pty.master},
        [SIGNAL] = {.fd = signal_pipe[0], .events = POLLIN},
        [TETHER] = {.fd = runner->options->tether ? STDIN_FILENO : -1, .events = POLLIN},
    };

    for (;;) {
        struct timespec wait = {0, 0};

        if (!catch_up(runner)) {
            return "the firmware has stopped for good";
        }
        if (!pty_push(&runner->pty)) {
            return strerror(errno);
        }
        watched[WIRE].events = runner->pty.out_length > 0 ? POLLIN | POLLOUT : POLLIN;
        wait.tv_nsec = monotonic_ns() < runner->busy_until_ns ? SLICE_NS : IDLE_SLICE_NS;
        if (ppoll(watched, sizeof watched / sizeof watched[0], &wait, NULL) < 0) {
            if (errno != EINTR) {
                return strerror(errno);
            }
            continue;
        }
        if ((watched[SIGNAL].revents != 0 && told_to_end(runner)) || (watched[TETHER].revents != 0 && untethered())) {
            return NULL;
        }
        if ((watched[WIRE].revents & ~POLLOUT) != 0 && (!catch_up(runner) || !listen_once(runner))) {
            return strerror(errno);
        }
    }
}

int main(int count, char **words)
{
    static struct runner runner; /* too large for a modest stack */
    struct avr_options options;
    char why[512] = "";
    const char *wrong;

    if (!avr_options_read(count, words, &options)) {
        return 2;
    }
    runner.options = &options;
    runner.rig = avr_rig_new(options.firmware, NULL, 0, why, sizeof why);
    if (runner.rig == NULL) {
        fprintf(stderr, "avr_pty: %s\n", why);
        return 1;
    }
    if (!fill_eeprom(&runner)) {
        fprintf(stderr, "avr_pty: %s: %s\n", options.nvm, strerror(errno));
        return 1;
    }
    if (options.pins != NULL && (runner.pins = fopen(options.pins, "a")) == NULL) {
        fprintf(stderr, "avr_pty: %s: %s\n", options.pins, strerror(errno));
        return 1;
    }
    if (!catch_signals() || !pty_open(&runner.pty, options.link)) {
        fprintf(stderr, "avr_pty: %s: %s\n", options.link == NULL ? "pseudo-terminal" : options.link, strerror(errno));
        return 1;
    }
    printf("%s\n", runner.pty.name);
    (void)fflush(stdout);
    runner.started_ns = monotonic_ns();
    wrong = live(&runner);
    avr_rig_reset(runner.rig, AVR_POWER_ON); /* the pins fall: their log shall say so */
    write_pins(&runner);
    if (wrong != NULL) {
        fprintf(stderr, "avr_pty: %s: %s\n", runner.pty.name, wrong);
    }
    pty_close(&runner.pty, DRAIN_MS);
    avr_rig_free(runner.rig);
    return wrong == NULL ? 0 : 1;
}
