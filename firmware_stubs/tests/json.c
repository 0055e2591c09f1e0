#include "json.h" /* what is defined here */

#include <stddef.h> /* size_t */
#include <string.h> /* strlen, strspn, strcspn, memcpy */

enum { DEPTH = 8, PATH = 128 };

struct walk {
    char path[PATH];
    size_t length[DEPTH]; /* of the path at each open object or list */
    char open[DEPTH];     /* '{' or '[' */
    size_t depth;
};

static bool extend(struct walk *walk, const char *with)
{
    const size_t length = strlen(walk->path);

    if (length + strlen(with) + 1 > sizeof walk->path) {
        return false;
    }
    memcpy(walk->path + length, with, strlen(with) + 1);
    return true;
}

static bool enter(struct walk *walk, char bracket)
{
    if (walk->depth == DEPTH || (bracket == '[' && !extend(walk, "[]"))) {
        return false;
    }
    walk->open[walk->depth] = bracket;
    walk->length[walk->depth++] = strlen(walk->path);
    return true;
}

/* Back to the path of the innermost open object or list, after a value or before a key. */
static void rewind_path(struct walk *walk)
{
    walk->path[walk->depth == 0 ? 0 : walk->length[walk->depth - 1]] = '\0';
}

static bool key(struct walk *walk, const char *name)
{
    rewind_path(walk);
    return (walk->path[0] == '\0' || extend(walk, ".")) && extend(walk, name);
}

bool json_walk(char *text, void (*value)(void *context, const char *path, const char *text),
               void (*end)(void *context, const char *path), void *context)
{
    struct walk walk = {.depth = 0};
    char *at = text;

    for (;;) {
        at += strspn(at, " \t\r\n,:");
        if (*at == '\0') {
            return walk.depth == 0;
        }
        if (*at == '{' || *at == '[') {
            if (!enter(&walk, *at++)) {
                return false;
            }
        } else if (*at == '}' || *at == ']') {
            if (walk.depth == 0) {
                return false;
            }
            rewind_path(&walk);
            if (*at++ == '}') {
                end(context, walk.path);
            }
            walk.depth--;
            rewind_path(&walk);
        } else {
            const bool quoted = *at == '"';
            char *word = at + quoted;
            char *behind = word + strcspn(word, quoted ? "\"" : " \t\r\n,]}");
            const char ended_by = *behind;
            const bool names = quoted && walk.depth > 0 && walk.open[walk.depth - 1] == '{' &&
                               behind[ended_by != '\0'] == ':';

            if (quoted && ended_by != '"') {
                return false;
            }
            *behind = '\0';
            if (names) {
                if (!key(&walk, word)) {
                    return false;
                }
            } else {
                value(context, walk.path, word);
            }
            /* A bracket right behind a number is still to be read. */
            if (!quoted && (ended_by == ']' || ended_by == '}')) {
                *behind = ended_by;
                at = behind;
            } else {
                at = behind + (ended_by != '\0');
            }
        }
    }
}
