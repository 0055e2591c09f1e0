#include "script.h" /* what is defined here */

#include <stdlib.h> /* free: getline's line */
#include <string.h> /* strlen, strspn, strcspn */

#include "../../core/clock.h"  /* WALL_MS_MAX */
#include "../../kinds/kinds.h" /* union any_plant */

#define BLANK " \t\r\n"

struct stage {
    uint64_t now; /* virtual wall ms */
    FILE *out;
};

static uint64_t stage_now(void *context)
{
    const struct stage *stage = context;

    return stage->now;
}

static void stage_send(void *context, uint64_t wall_ms, const uint8_t *wire, size_t length)
{
    static const char hex[] = "0123456789abcdef";
    const struct stage *stage = context;
    char text[2 * FRAME_WIRE_MAX + 1];

    for (size_t i = 0; i < length; i++) {
        text[2 * i] = hex[wire[i] >> 4];
        text[2 * i + 1] = hex[wire[i] & 0x0F];
    }
    text[2 * length] = '\0';
    fprintf(stage->out, "%llu %s\n", (unsigned long long)wall_ms, text);
}

static int nibble(char digit)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    const char *found = digit == '\0' ? NULL : strchr(digits, digit);

    return found == NULL ? -1 : (int)((found - digits) % 16);
}

/* Turns a word of hex digits into bytes where it stands; returns how many, or -1. */
static long unhex(char *word)
{
    const size_t length = strlen(word);
    uint8_t *bytes = (uint8_t *)word;

    if (strcmp(word, "-") == 0) {
        return 0;
    }
    if (length % 2 != 0) {
        return -1;
    }
    for (size_t i = 0; i < length; i += 2) {
        const int high = nibble(word[i]);
        const int low = nibble(word[i + 1]);

        if (high < 0 || low < 0) {
            return -1;
        }
        bytes[i / 2] = (uint8_t)(high * 16 + low);
    }
    return (long)(length / 2);
}

/* The next word of a line, ended by a NUL; moves `at` behind it. "" when there is none. */
static char *next_word(char **at)
{
    char *word = *at + strspn(*at, BLANK);
    const size_t length = strcspn(word, BLANK);

    *at = word + length + (word[length] != '\0');
    word[length] = '\0';
    return word;
}

static bool instant(const char *word, uint64_t *at)
{
    *at = 0;
    for (const char *digit = word; *digit != '\0'; digit++) {
        if (*digit < '0' || *digit > '9') {
            return false;
        }
        *at = *at * 10 + (uint64_t)(*digit - '0');
        if (*at > WALL_MS_MAX) {
            return false;
        }
    }
    return word[0] != '\0';
}

/* Plays one line; NULL, or what is wrong with it. */
static const char *play(struct rig *rig, struct stage *stage, char *line, size_t length)
{
    char *rest = line;
    const char *at_word;
    char *hex_word;
    uint64_t at;
    long bytes;

    if (strlen(line) != length) {
        return "holds a NUL";
    }
    at_word = next_word(&rest);
    hex_word = next_word(&rest);
    if (at_word[0] == '\0') {
        return NULL; /* an empty line */
    }
    if (!instant(at_word, &at)) {
        return "does not begin with a decimal number of ms";
    }
    if (at < stage->now) {
        return "is earlier than the line before";
    }
    if (hex_word[0] == '\0' || next_word(&rest)[0] != '\0') {
        return "is not two words";
    }
    bytes = unhex(hex_word);
    if (bytes < 0) {
        return "holds a second word that is neither - nor whole bytes in hex";
    }
    stage->now = at;
    rig_receive(rig, (const uint8_t *)hex_word, (size_t)bytes);
    (void)fflush(stage->out);
    return NULL;
}

int script_play(const struct kind *kind, const struct rig_identity *identity, FILE *in, FILE *out)
{
    struct stage stage = {.now = 0, .out = out};
    const struct rig_port port = {.context = &stage, .wall_ms = stage_now, .send = stage_send};
    union any_plant plant;
    struct rig rig;
    const char *wrong = NULL;
    unsigned long number = 0;
    char *line = NULL;
    size_t room = 0;
    ssize_t length;

    rig_boot(&rig, kind, &plant, &port, identity);
    while (wrong == NULL && (length = getline(&line, &room, in)) >= 0) {
        number++;
        wrong = play(&rig, &stage, line, (size_t)length);
    }
    free(line);
    if (wrong != NULL) {
        fprintf(stderr, "rig: script line %lu %s\n", number, wrong);
        return 2;
    }
    return 0;
}
