#include "script.h" /* what is defined here */

#include <stdlib.h> /* free: getline's line */
#include <string.h> /* strlen, strspn, strcspn */

#include "board.h" /* struct board */

#define BLANK " \t\r\n"

/* The latest instant: ticks, and in thousandths. */
#define TICK_MAX UINT64_C(100000000000000)
#define INSTANT_MAX (TICK_MAX * 1000u)

static void send_line(struct board *board, const uint8_t *wire, size_t length)
{
    static const char hex[] = "0123456789abcdef";
    char text[2 * FRAME_WIRE_MAX + 1];

    for (size_t i = 0; i < length; i++) {
        text[2 * i] = hex[wire[i] >> 4];
        text[2 * i + 1] = hex[wire[i] & 0x0F];
    }
    text[2 * length] = '\0';
    fprintf(board->sink, "%llu %s\n", (unsigned long long)board_tick(board), text);
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

/* Whole ticks and at most three decimals, as thousandths of a tick. */
static bool instant(const char *word, uint64_t *at)
{
    unsigned decimals = 0;
    bool point = false;
    const char *digit = word;

    *at = 0;
    for (; *digit != '\0'; digit++) {
        if (*digit == '.' && !point && digit != word) {
            point = true;
            continue;
        }
        if (*digit < '0' || *digit > '9' || decimals == 3 || *at > INSTANT_MAX) {
            return false;
        }
        *at = *at * 10 + (uint64_t)(*digit - '0');
        decimals += point;
    }
    for (unsigned more = decimals; more < 3 && *at <= INSTANT_MAX; more++) {
        *at *= 10;
    }
    return digit != word && point == (decimals > 0) && *at <= INSTANT_MAX;
}

/* Plays one line; NULL, or what is wrong with it. */
static const char *play(struct board *board, uint64_t *now, char *line, size_t length)
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
        return "does not begin with a decimal number of ticks";
    }
    if (at < *now) {
        return "is earlier than the line before";
    }
    if (hex_word[0] == '\0' || next_word(&rest)[0] != '\0') {
        return "is not two words";
    }
    bytes = unhex(hex_word);
    if (bytes < 0) {
        return "holds a second word that is neither - nor whole bytes in hex";
    }
    *now = at;
    board_receive(board, at / 1000, (uint16_t)(at % 1000), (const uint8_t *)hex_word, (size_t)bytes);
    (void)fflush(board->sink);
    return NULL;
}

int script_play(const struct options *options, FILE *in, FILE *out)
{
    static struct board board; /* too large for a modest stack */
    const char *wrong = NULL;
    unsigned long number = 0;
    uint64_t now = 0; /* thousandths of a tick */
    char *line = NULL;
    size_t room = 0;
    ssize_t length;

    board.send = send_line;
    board.sink = out;
    if (!board_boot(&board, options->kind, &options->identity, options->nvm, options->pins)) {
        return 1;
    }
    while (wrong == NULL && (length = getline(&line, &room, in)) >= 0) {
        number++;
        wrong = play(&board, &now, line, (size_t)length);
    }
    free(line);
    board_halt(&board);
    if (wrong != NULL) {
        fprintf(stderr, "rig: script line %lu %s\n", number, wrong);
        return 2;
    }
    return 0;
}
