/* Consistent Overhead Byte Stuffing (Cheshire and Baker, IEEE/ACM Transactions on Networking 7(2), 1999,
 * https://doi.org/10.1109/90.769765): rewrites bytes so that 0x00 stands nowhere in them and can delimit frames. */
#ifndef RIG_COBS_H
#define RIG_COBS_H

#include <stddef.h> /* size_t */
#include <stdint.h> /* uint8_t */

/* Most bytes that `length` bytes can take once encoded: one more for each begun run of 254. */
#define COBS_ENCODED_MAX(length) ((length) + (length) / 254u + 1u)

enum cobs_error {
    COBS_EMPTY = -1,    /* no bytes at all: not even an encoded nothing, which is one byte */
    COBS_ZERO = -2,     /* a 0x00 inside */
    COBS_TRUNCATED = -3, /* a block promises more bytes than are left */
    COBS_TOO_LONG = -4  /* the decoded bytes do not fit */
};

/* Writes the encoded bytes, without a delimiter, to `out` (room for COBS_ENCODED_MAX(length)); returns how many. */
size_t cobs_encode(const uint8_t *in, size_t length, uint8_t *out);

/* Writes the decoded bytes to `out` (room for `room`); returns how many, or a negative enum cobs_error.
 * `out` may be `in`: decoding never overtakes what it reads. */
int cobs_decode(const uint8_t *in, size_t length, uint8_t *out, size_t room);

#endif
