#include "cobs.h" /* what is defined here */

#include <assert.h> /* the caller's promise that lengths fit an int */
#include <limits.h> /* INT_MAX */

enum { LONGEST = 0xFF }; /* the code of a run of 254 bytes with no zero after it */

size_t cobs_encode(const uint8_t *in, size_t length, uint8_t *out)
{
    size_t code_at = 0; /* where the open block's code goes once it is known */
    size_t end = 1;
    unsigned code = 1;

    for (size_t i = 0; i < length; i++) {
        if (in[i] != 0) {
            out[end++] = in[i];
            code++;
        }
        /* A full run closes without a zero; at the very end of the input nothing follows it, so no block opens. */
        if (in[i] == 0 || (code == LONGEST && i + 1 < length)) {
            out[code_at] = (uint8_t)code;
            code_at = end++;
            code = 1;
        }
    }
    out[code_at] = (uint8_t)code;
    return end;
}

int cobs_decode(const uint8_t *in, size_t length, uint8_t *out, size_t room)
{
    assert(length <= (size_t)INT_MAX);
    size_t end = 0;
    size_t at = 0;

    if (length == 0) {
        return COBS_EMPTY;
    }
    while (at < length) {
        const unsigned code = in[at++];
        if (code == 0) {
            return COBS_ZERO;
        }
        if (code - 1u > length - at) {
            return COBS_TRUNCATED;
        }
        for (unsigned i = 1; i < code; i++) {
            if (in[at] == 0) {
                return COBS_ZERO;
            }
            if (end == room) {
                return COBS_TOO_LONG;
            }
            out[end++] = in[at++];
        }
        /* The zero that a short block stands for; the last block's is the delimiter, which is not data. */
        if (code < LONGEST && at < length) {
            if (end == room) {
                return COBS_TOO_LONG;
            }
            out[end++] = 0;
        }
    }
    return (int)end;
}
