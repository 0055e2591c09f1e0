/* The tables say what PROTOCOL.md, section 9, says: their text has the hash that HELLO tells. */
#include <stdarg.h> /* va_list */
#include <stdio.h>  /* vsnprintf */

#include "../kinds/kinds.h" /* the kinds */
#include "check.h"          /* CHECK */

struct text {
    char bytes[2048];
    size_t length;
};

#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
static void say(struct text *text, const char *format, ...)
{
    va_list words;
    int length;

    va_start(words, format);
    length = vsnprintf(text->bytes + text->length, sizeof text->bytes - text->length, format, words);
    va_end(words);
    if (CHECK(length >= 0 && text->length + (size_t)length < sizeof text->bytes)) {
        text->length += (size_t)length;
    }
}

/* CRC-32 as in zlib: reflected polynomial 0xEDB88320, start and final xor 0xFFFFFFFF. */
static uint32_t crc32(const char *bytes, size_t length)
{
    uint32_t crc = 0xFFFFFFFFu;

    for (size_t i = 0; i < length; i++) {
        crc ^= (uint8_t)bytes[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = (crc >> 1) ^ (0xEDB88320u & (0u - (crc & 1u)));
        }
    }
    return ~crc;
}

static void describe(const struct kind *kind, struct text *text)
{
    say(text, "payload-rig/1 %s\n", kind->name);
    for (int i = 0; i < RIG_CHANNELS; i++) {
        const struct channel *channel = &kind->channel[i];

        say(text, "channel %d %s %s %d %d\n", i, channel->name, channel->unit, channel->low, channel->high);
    }
    for (int i = 0; i < kind->commands_length; i++) {
        const struct command *command = &kind->commands[i];

        say(text, "command %d %s %s%s %s%s%s", command->opcode, command->name, command->flags & HAZARDOUS ? "h" : "-",
            command->flags & IDEMPOTENT ? "i" : "-", command->obeyed_in & IN_SAFE ? "S" : "",
            command->obeyed_in & IN_READY ? "R" : "", command->obeyed_in & IN_RUNNING ? "X" : "");
        for (int j = 0; j < command->arguments; j++) {
            const struct argument *argument = &command->argument[j];

            say(text, " %s:%s:%d:%d", argument->name, argument->unit, argument->min, argument->max);
        }
        say(text, "\n");
    }
}

void test_dictionaries(void)
{
    static const struct kind *const kinds[] = {&INCUBATOR, &FLUID_LOOP, &CAMERA};

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct text text = {.length = 0};

        check_context(kinds[i]->name);
        CHECK(kind_named(kinds[i]->name) == kinds[i]);
        describe(kinds[i], &text);
        CHECK(crc32(text.bytes, text.length) == kinds[i]->dictionary);
        for (int j = 0; j < kinds[i]->commands_length; j++) {
            const struct command *command = &kinds[i]->commands[j];

            CHECK((command->begin == NULL) != (command->carry_out == NULL));
        }
    }
    check_context(NULL);
    CHECK(kind_named("furnace") == NULL);
}
