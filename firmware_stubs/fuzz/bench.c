#include "bench.h" /* what is defined here */

#include <stdlib.h> /* malloc, free */
#include <string.h> /* memchr, memcmp, memcpy, memset */

static const struct kind *const kinds[] = {&INCUBATOR, &FLUID_LOOP, &CAMERA, &POWER_SWITCH, &RECORDER};

struct bench bench;

static void trace(struct under_test *test, const uint8_t *bytes, size_t length) {
    MUST(test->oracle || !bench.stepping || test->rig.tick == (uint32_t)bench.now,
         "nothing happens before rig_due() says that something does");
    if (test->traced + length <= TRACE_ROOM) {
        memcpy(test->trace + test->traced, bytes, length);
        test->traced += length;
    }
}

static void send(void *context, const uint8_t *wire, size_t length) {
    struct under_test *test = context;
    trace(test, wire, length);
    if (test->oracle) {
        oracle_sent(test->oracle, wire, length);
    }
}

static void drive(void *context, uint8_t output, int32_t value) {
    struct under_test *test = context;
    uint8_t bytes[6] = {0xD0, output};
    wire_set(bytes + 2, (uint32_t)value, 4);
    trace(test, bytes, sizeof bytes);
    if (test->oracle) {
        oracle_drove(test->oracle, output, value);
    }
}

static uint8_t nvm_read(void *context, uint16_t at) {
    struct under_test *test = context;
    MUST(at < ORACLE_NVM, "the non-volatile memory has 64 bytes");
    return test->nvm[at];
}

static void nvm_write(void *context, uint16_t at, uint8_t byte) {
    struct under_test *test = context;
    MUST(at < ORACLE_NVM, "the non-volatile memory has 64 bytes");
    if (test->cut && test->writes_left == 0) {
        return;
    }
    test->writes_left--;
    test->nvm[at] = byte;
    if (test->oracle && !test->cut) {
        oracle_wrote(test->oracle);
    }
}

static void compare(void) {
    MUST(bench.leaps.traced == bench.steps.traced &&
             memcmp(bench.leaps.trace, bench.steps.trace, bench.leaps.traced) == 0,
         "a rig that runs in leaps does what one does that runs from event to event");
    bench.leaps.traced = bench.steps.traced = 0;
}

static void boot_one(struct under_test *test, struct oracle *oracle) {
    const struct rig_identity identity = {
        .unit = 0x0123456789ABCDEFu, .boot = bench.boot, .cause = 1, .speed_milli = bench.speed_milli};
    test->port = (struct rig_port){.context = test, .send = send, .drive = drive};
    if (bench.has_nvm) {
        test->port.nvm_read = nvm_read;
        test->port.nvm_write = nvm_write;
    }
    test->cut = false;
    test->oracle = NULL; /* what is driven at boot is nobody's command */
    memset(&test->rig, 0xA5, sizeof test->rig); /* a part's memory holds anything when it wakes */
    memset(&test->plant, 0xA5, sizeof test->plant);
    rig_boot(&test->rig, kinds[bench.facts->number - 1], &test->plant, &test->port, &identity);
    test->oracle = oracle;
    test->traced = 0;
}

void boot(void) {
    bench.boot = bench.boot * 747796405u + 2891336453u;
    bench.boot += bench.boot == 0;
    bench.now = 0;
    boot_one(&bench.leaps, &bench.oracle);
    boot_one(&bench.steps, NULL);
    oracle_boot(&bench.oracle, bench.facts, 0x0123456789ABCDEFu, bench.boot, bench.speed_milli,
                bench.has_nvm ? bench.leaps.nvm : NULL);
}

bool worn_out(void) { return bench.work >= (uint64_t)(bench.facts->lasting && bench.speed_milli == ON_TIME_SPEED ? WORK_TO_ON_TIME : WORK_MAX); }

void run(uint64_t ticks) {
    uint64_t until = bench.now + ticks;
    bench.work += ticks / 1000 + ticks / oracle_wall(&bench.oracle, 1000) +
                  (ticks / oracle_interval(&bench.oracle)) * bench.facts->streams;
    oracle_runs(&bench.oracle, until);
    rig_run(&bench.leaps.rig, (uint32_t)until);
    oracle_ran(&bench.oracle);
    bench.stepping = true;
    while (bench.now < until) {
        uint32_t ahead = rig_due(&bench.steps.rig) - (uint32_t)bench.now;
        bench.now = ahead == 0 || ahead > until - bench.now ? until : bench.now + ahead;
        rig_run(&bench.steps.rig, (uint32_t)bench.now);
    }
    bench.stepping = false;
    compare();
}

void feed(const uint8_t *bytes, size_t length, uint16_t thousandths) {
    while (length > 0) {
        const uint8_t *end = memchr(bytes, 0, length);
        size_t piece = end ? (size_t)(end - bytes) + 1 : length;
        uint8_t *exact = malloc(piece);
        if (exact == NULL) {
            return;
        }
        memcpy(exact, bytes, piece);
        oracle_hears(&bench.oracle, exact, piece, thousandths);
        rig_receive(&bench.leaps.rig, (uint32_t)bench.now, thousandths, exact, piece);
        oracle_heard(&bench.oracle);
        rig_receive(&bench.steps.rig, (uint32_t)bench.now, thousandths, exact, piece);
        free(exact);
        compare();
        bytes += piece;
        length -= piece;
    }
}

void say(const struct packet *packet, uint16_t thousandths) {
    uint8_t wire[WIRE_MAX + 1] = {0};
    size_t length = wire_code(packet, wire + 1);
    feed(wire, length + 1, thousandths);
}
