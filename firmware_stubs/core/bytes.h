/* Little-endian integers in byte strings. The putters return where the next one goes. */
#ifndef RIG_BYTES_H
#define RIG_BYTES_H

#include <stdint.h> /* uint8_t .. uint64_t, int32_t */

uint8_t *put_u8(uint8_t *at, uint8_t value);
uint8_t *put_u16(uint8_t *at, uint16_t value);
uint8_t *put_u32(uint8_t *at, uint32_t value);
uint8_t *put_u64(uint8_t *at, uint64_t value);
uint8_t *put_i32(uint8_t *at, int32_t value);

uint16_t get_u16(const uint8_t *at);
int32_t get_i32(const uint8_t *at);

#endif
