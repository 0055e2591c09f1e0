/* Just enough JSON to read the vectors: objects, lists, strings without escapes, whole numbers, true, false, null. */
#ifndef RIG_TESTS_JSON_H
#define RIG_TESTS_JSON_H

#include <stdbool.h> /* bool */

/* Walks through `text`, which is cut into words where they stand. A path is keys joined by dots, with [] for a list's
 * entries: `steps[].in_hex`. `value` is called for each string or number, `end` for each object that closes, inner
 * ones first. False when the text is not such JSON. */
bool json_walk(char *text, void (*value)(void *context, const char *path, const char *text),
               void (*end)(void *context, const char *path), void *context);

#endif
