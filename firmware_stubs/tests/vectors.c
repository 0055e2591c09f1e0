/* The golden vectors of vectors/: frames against the codec, conversations against the core. */
#include <stdio.h>  /* fopen, fread */
#include <stdlib.h> /* malloc, strtoul, strtod */
#include <string.h> /* strcmp, strlen, memcmp */

#include "../core/crc.h" /* crc16 */
#include "bench.h"       /* struct bench */
#include "check.h"       /* CHECK */
#include "json.h"        /* json_walk */

enum { BYTES = 1 << 16, STREAM_FRAMES = 64 };

struct bytes {
    uint8_t at[BYTES];
    size_t length;
};

/* A frame as it should be. */
struct expected {
    unsigned long type;
    unsigned long session;
    unsigned long id;
    const char *body_hex;
};

/* One entry of a vector file, as far as it has been read. */
struct entry {
    const char *kind;
    const char *size;
    const char *unit;
    const char *boot;
    const char *speed;
    const char *nvm_hex; /* NULL: none */
    const char *at;
    const char *hex;
    unsigned long number;  /* crc or bad_frames */
    struct expected frame; /* one of a stream, or a good one */
    struct expected expected[STREAM_FRAMES];
    size_t expected_length;
    const char *out[BENCH_FRAMES][2]; /* tick and bytes in hex */
    size_t out_words;
    uint64_t tick; /* that the bench has reached */
    bool booted;
};

#ifdef RIG_SMALL
static const char SIZE[] = "small";
#else
static const char SIZE[] = "full";
#endif

static struct bench bench;

static void unhex(const char *hex, struct bytes *bytes)
{
    const size_t length = strlen(hex) / 2;

    bytes->length = 0;
    CHECK(strlen(hex) % 2 == 0);
    if (!CHECK(length <= sizeof bytes->at)) {
        return;
    }
    for (size_t i = 0; i < length; i++) {
        const char pair[] = {hex[2 * i], hex[2 * i + 1], '\0'};
        char *end;

        bytes->at[i] = (uint8_t)strtoul(pair, &end, 16);
        CHECK(*end == '\0');
    }
    bytes->length = length;
}

static bool same(const struct bytes *bytes, const uint8_t *others, size_t length)
{
    return bytes->length == length && memcmp(bytes->at, others, length) == 0;
}

static void crc_entry(struct entry *entry)
{
    static struct bytes bytes;

    unhex(entry->hex, &bytes);
    if (bytes.length <= UINT8_MAX) { /* no frame is longer */
        CHECK(crc16(bytes.at, (uint8_t)bytes.length) == entry->number);
    }
}

static void expect(struct entry *entry)
{
    if (CHECK(entry->expected_length < STREAM_FRAMES)) {
        entry->expected[entry->expected_length++] = entry->frame;
    }
}

/* Takes a whole wire string and compares each frame with what is expected. */
static void stream_entry(struct entry *entry)
{
    static struct bytes wire;
    static struct bytes body;
    struct frame_receiver receiver = {.taken = 0};
    unsigned long bad = 0;
    size_t good = 0;

    unhex(entry->hex, &wire);
    for (size_t i = 0; i < wire.length; i++) {
        const enum frame_result result = frame_take(&receiver, wire.at[i]);

        bad += result == FRAME_BAD;
        if (result == FRAME_GOOD && CHECK(good < entry->expected_length)) {
            const struct expected *expected = &entry->expected[good++];

            CHECK(receiver.frame.type == expected->type && receiver.frame.session == expected->session &&
                  receiver.frame.id == expected->id);
            unhex(expected->body_hex, &body);
            CHECK(same(&body, receiver.frame.body, receiver.length));
        }
    }
    CHECK(good == entry->expected_length);
    CHECK(bad == entry->number);
    entry->expected_length = 0;
}

static void good_entry(struct entry *entry)
{
    static struct bytes body;
    static struct bytes wire;
    struct frame_sender *frame =
        bench_frame((uint8_t)entry->frame.type, (uint16_t)entry->frame.session, (uint16_t)entry->frame.id);

    unhex(entry->frame.body_hex, &body);
    unhex(entry->hex, &wire);
    for (size_t i = 0; i < body.length; i++) {
        bench_put(frame, body.at[i], 1);
    }
    CHECK(same(&wire, &frame->frame.code, frame_close(frame)));
    expect(entry);
    entry->number = 0;
    stream_entry(entry);
}

static void bad_entry(struct entry *entry)
{
    entry->number = 1;
    stream_entry(entry);
}

static void boot(struct entry *entry)
{
    static struct bytes nvm;
    const struct kind *kind = kind_named(entry->kind);
    const struct rig_identity identity = {
        .unit = strtoull(entry->unit, NULL, 16),
        .boot = (uint32_t)strtoul(entry->boot, NULL, 16),
        .cause = CAUSE_POWER_ON,
        .speed_milli = (uint32_t)(strtod(entry->speed, NULL) * 1000.0 + 0.5),
    };

    if (strcmp(entry->nvm_hex, "null") != 0) {
        unhex(entry->nvm_hex, &nvm);
        CHECK(nvm.length == sizeof bench.nvm);
        memcpy(bench.nvm, nvm.at, sizeof bench.nvm);
    }
    if (CHECK(kind != NULL)) {
        bench_boot(&bench, kind, &identity, strcmp(entry->nvm_hex, "null") != 0);
        entry->booted = true;
    }
}

/* Runs on to this instant, in strides that a rig may be asked for. */
static void run_to(struct entry *entry, uint64_t tick)
{
    while (entry->tick < tick) {
        entry->tick = tick - entry->tick > 1u << 30 ? entry->tick + (1u << 30) : tick;
        rig_run(&bench.rig, (uint32_t)entry->tick);
    }
}

static void step_entry(struct entry *entry)
{
    static struct bytes in;
    static struct bytes out;
    const size_t frames = entry->out_words / 2;
    const uint64_t at = (uint64_t)(strtod(entry->at, NULL) * 1000.0 + 0.5); /* thousandths */
    size_t begin = 0;

    entry->out_words = 0;
    if (strcmp(entry->size, SIZE) != 0) {
        return;
    }
    if (!entry->booted) {
        boot(entry);
    }
    unhex(entry->hex, &in);
    bench_clear(&bench);
    run_to(entry, at / 1000);
    rig_receive(&bench.rig, (uint32_t)entry->tick, (uint16_t)(at % 1000), in.at, in.length);
    if (!CHECK(bench.frames == frames)) {
        return;
    }
    for (size_t i = 0; i < frames; begin = bench.frame[i++].end) {
        CHECK(bench.frame[i].tick == (uint32_t)strtoull(entry->out[i][0], NULL, 10));
        unhex(entry->out[i][1], &out);
        CHECK(same(&out, bench.sent + begin, bench.frame[i].end - begin));
    }
}

/* The dictionary that the tables of a kind hold. */
static void dictionary_entry(const char *path, const char *text)
{
    static struct bytes bytes;
    char name[32] = "";
    const char *dot = strrchr(path, '.');
    const struct kind *kind;

    if (dot == NULL || (size_t)(dot - path) >= sizeof name) {
        return;
    }
    memcpy(name, path, (size_t)(dot - path));
    kind = kind_named(name);
    if (kind != NULL && strcmp(dot, ".hash") == 0) {
        CHECK(kind->dictionary_hash == strtoul(text, NULL, 10));
    } else if (kind != NULL && strcmp(dot, ".zlib_hex") == 0) {
        unhex(text, &bytes);
        CHECK(same(&bytes, kind->dictionary, kind->dictionary_length));
    }
}

/* Where the texts and the numbers of the files go, and what the end of an object means. */
static const struct {
    const char *path;
    size_t text; /* offset of a const char * in struct entry */
} TEXTS[] = {
    {"kind", offsetof(struct entry, kind)},
    {"size", offsetof(struct entry, size)},
    {"unit", offsetof(struct entry, unit)},
    {"boot", offsetof(struct entry, boot)},
    {"speed", offsetof(struct entry, speed)},
    {"nvm_hex", offsetof(struct entry, nvm_hex)},
    {"steps[].at", offsetof(struct entry, at)},
    {"steps[].in_hex", offsetof(struct entry, hex)},
    {"crc[].hex", offsetof(struct entry, hex)},
    {"good[].wire_hex", offsetof(struct entry, hex)},
    {"good[].body_hex", offsetof(struct entry, frame.body_hex)},
    {"bad[].wire_hex", offsetof(struct entry, hex)},
    {"streams[].wire_hex", offsetof(struct entry, hex)},
    {"streams[].frames[].body_hex", offsetof(struct entry, frame.body_hex)},
};

static const struct {
    const char *path;
    size_t number; /* offset of an unsigned long in struct entry */
} NUMBERS[] = {
    {"crc[].crc", offsetof(struct entry, number)},
    {"streams[].bad_frames", offsetof(struct entry, number)},
    {"good[].type", offsetof(struct entry, frame.type)},
    {"good[].session", offsetof(struct entry, frame.session)},
    {"good[].id", offsetof(struct entry, frame.id)},
    {"streams[].frames[].type", offsetof(struct entry, frame.type)},
    {"streams[].frames[].session", offsetof(struct entry, frame.session)},
    {"streams[].frames[].id", offsetof(struct entry, frame.id)},
};

static const struct {
    const char *path;
    void (*play)(struct entry *entry);
} ENDS[] = {
    {"steps[]", step_entry}, {"crc[]", crc_entry},      {"good[]", good_entry},
    {"bad[]", bad_entry},    {"streams[]", stream_entry}, {"streams[].frames[]", expect},
};

static void on_value(void *context, const char *path, const char *text)
{
    struct entry *reading = context;
    char *entry = context;

    if (strcmp(path, "steps[].out[][]") == 0 && CHECK(reading->out_words < 2 * BENCH_FRAMES)) {
        reading->out[reading->out_words / 2][reading->out_words % 2] = text;
        reading->out_words++;
    }
    dictionary_entry(path, text);

    for (size_t i = 0; i < sizeof TEXTS / sizeof TEXTS[0]; i++) {
        if (strcmp(TEXTS[i].path, path) == 0) {
            memcpy(entry + TEXTS[i].text, &text, sizeof text);
        }
    }
    for (size_t i = 0; i < sizeof NUMBERS / sizeof NUMBERS[0]; i++) {
        if (strcmp(NUMBERS[i].path, path) == 0) {
            const unsigned long number = strtoul(text, NULL, 10);

            memcpy(entry + NUMBERS[i].number, &number, sizeof number);
        }
    }
}

static void on_end(void *context, const char *path)
{
    for (size_t i = 0; i < sizeof ENDS / sizeof ENDS[0]; i++) {
        if (strcmp(ENDS[i].path, path) == 0) {
            ENDS[i].play(context);
        }
    }
}

/* The whole file with a NUL behind it; NULL when it cannot be read. */
static char *slurp(const char *path)
{
    FILE *file = fopen(path, "rb");
    char *text = NULL;
    long length;

    if (file == NULL) {
        return NULL;
    }
    if (fseek(file, 0, SEEK_END) == 0 && (length = ftell(file)) >= 0 && fseek(file, 0, SEEK_SET) == 0) {
        text = malloc((size_t)length + 1);
        if (text != NULL) {
            text[fread(text, 1, (size_t)length, file)] = '\0';
        }
    }
    (void)fclose(file);
    return text;
}

void test_vectors(const char *path)
{
    static struct entry entry;
    char *text = slurp(path);

    memset(&entry, 0, sizeof entry);
    if (strstr(path, "frames.json") != NULL && FRAME_BODY_MAX < 240) {
        free(text);
        return; /* they are of the full size */
    }
    if (CHECK(text != NULL)) {
        CHECK(json_walk(text, on_value, on_end, &entry));
    }
    free(text);
}
