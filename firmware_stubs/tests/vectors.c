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

/* One entry of a vector file, as far as it has been read. */
struct entry {
    const char *kind;
    const char *unit;
    const char *boot;
    const char *speed;
    const char *hex;
    const char *out_hex;
    const char *body_hex;
    unsigned long number; /* crc, at_ms or bad_frames */
    unsigned long type;
    unsigned long session;
    unsigned long id;
    struct frame expected[STREAM_FRAMES]; /* of a stream; bodies are not filled in */
    const char *expected_body[STREAM_FRAMES];
    size_t expected_length;
    bool booted;
};

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
    CHECK(crc16(CRC16_START, bytes.at, bytes.length) == entry->number);
}

static void expect(struct entry *entry)
{
    const struct frame frame = {
        .type = (uint8_t)entry->type, .session = (uint16_t)entry->session, .id = (uint16_t)entry->id};

    if (CHECK(entry->expected_length < STREAM_FRAMES)) {
        entry->expected[entry->expected_length] = frame;
        entry->expected_body[entry->expected_length++] = entry->body_hex;
    }
}

/* Takes a whole wire string and compares each frame with what is expected. */
static void stream_entry(struct entry *entry)
{
    static struct bytes wire;
    static struct bytes body;
    struct frame_receiver receiver = {.length = 0};
    struct frame frame = {0};
    unsigned long bad = 0;
    size_t good = 0;

    unhex(entry->hex, &wire);
    for (size_t i = 0; i < wire.length; i++) {
        const enum frame_result result = frame_take(&receiver, wire.at[i], &frame);

        bad += result == FRAME_BAD;
        if (result == FRAME_GOOD && CHECK(good < entry->expected_length)) {
            CHECK(frame.type == entry->expected[good].type && frame.session == entry->expected[good].session &&
                  frame.id == entry->expected[good].id);
            unhex(entry->expected_body[good], &body);
            CHECK(same(&body, frame.body, frame.length));
            good++;
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
    uint8_t coded[FRAME_WIRE_MAX];
    struct frame frame;

    unhex(entry->body_hex, &body);
    unhex(entry->hex, &wire);
    frame = (struct frame){.type = (uint8_t)entry->type,
                           .session = (uint16_t)entry->session,
                           .id = (uint16_t)entry->id,
                           .body = body.at,
                           .length = body.length};
    CHECK(same(&wire, coded, frame_code(&frame, coded)));
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
    const struct kind *kind = kind_named(entry->kind);
    const struct rig_identity identity = {
        .unit = strtoull(entry->unit, NULL, 16),
        .boot = (uint32_t)strtoul(entry->boot, NULL, 16),
        .cause = CAUSE_POWER_ON,
        .speed_milli = (uint32_t)(strtod(entry->speed, NULL) * 1000.0 + 0.5),
    };

    if (CHECK(kind != NULL)) {
        bench_boot(&bench, kind, &identity);
        entry->booted = true;
    }
}

static void step_entry(struct entry *entry)
{
    static struct bytes in;
    static struct bytes out;

    if (!entry->booted) {
        boot(entry);
    }
    unhex(entry->hex, &in);
    unhex(entry->out_hex, &out);
    bench.now = entry->number;
    bench.sent_length = 0;
    rig_receive(&bench.rig, in.at, in.length);
    CHECK(same(&out, bench.sent, bench.sent_length));
}

/* Where the texts and the numbers of the files go, and what the end of an object means. */
static const struct {
    const char *path;
    size_t text; /* offset of a const char * in struct entry */
} TEXTS[] = {
    {"kind", offsetof(struct entry, kind)},
    {"unit", offsetof(struct entry, unit)},
    {"boot", offsetof(struct entry, boot)},
    {"speed", offsetof(struct entry, speed)},
    {"steps[].in_hex", offsetof(struct entry, hex)},
    {"steps[].out_hex", offsetof(struct entry, out_hex)},
    {"crc[].hex", offsetof(struct entry, hex)},
    {"good[].wire_hex", offsetof(struct entry, hex)},
    {"good[].body_hex", offsetof(struct entry, body_hex)},
    {"bad[].wire_hex", offsetof(struct entry, hex)},
    {"streams[].wire_hex", offsetof(struct entry, hex)},
    {"streams[].frames[].body_hex", offsetof(struct entry, body_hex)},
};

static const struct {
    const char *path;
    size_t number; /* offset of an unsigned long in struct entry */
} NUMBERS[] = {
    {"steps[].at_ms", offsetof(struct entry, number)},
    {"crc[].crc", offsetof(struct entry, number)},
    {"streams[].bad_frames", offsetof(struct entry, number)},
    {"good[].type", offsetof(struct entry, type)},
    {"good[].session", offsetof(struct entry, session)},
    {"good[].id", offsetof(struct entry, id)},
    {"streams[].frames[].type", offsetof(struct entry, type)},
    {"streams[].frames[].session", offsetof(struct entry, session)},
    {"streams[].frames[].id", offsetof(struct entry, id)},
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
    char *entry = context;

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
    if (CHECK(text != NULL)) {
        CHECK(json_walk(text, on_value, on_end, &entry));
    }
    free(text);
}
