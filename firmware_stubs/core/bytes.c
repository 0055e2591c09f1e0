#include "bytes.h" /* what is defined here */

uint8_t *put_u8(uint8_t *at, uint8_t value)
{
    *at = value;
    return at + 1;
}

uint8_t *put_u16(uint8_t *at, uint16_t value)
{
    at = put_u8(at, (uint8_t)value);
    return put_u8(at, (uint8_t)(value >> 8));
}

uint8_t *put_u32(uint8_t *at, uint32_t value)
{
    at = put_u16(at, (uint16_t)value);
    return put_u16(at, (uint16_t)(value >> 16));
}

uint8_t *put_u64(uint8_t *at, uint64_t value)
{
    at = put_u32(at, (uint32_t)value);
    return put_u32(at, (uint32_t)(value >> 32));
}

uint8_t *put_i32(uint8_t *at, int32_t value)
{
    return put_u32(at, (uint32_t)value);
}

uint16_t get_u16(const uint8_t *at)
{
    return (uint16_t)(at[0] | (unsigned)at[1] << 8);
}

int32_t get_i32(const uint8_t *at)
{
    const uint32_t bits = get_u16(at) | (uint32_t)get_u16(at + 2) << 16;

    /* C11 leaves the cast of a large unsigned to the implementation; this says two's complement itself. */
    return bits <= INT32_MAX ? (int32_t)bits : (int32_t)(bits - INT32_MAX - 1u) + INT32_MIN;
}
