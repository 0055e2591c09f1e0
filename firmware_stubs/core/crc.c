#include "crc.h" /* what is defined here */

/* Four bits at a time: 32 bytes of table, which an 8-bit part can spare, and twice as fast as bit by bit. */
static const uint16_t NIBBLE[16] = {
    0x0000, 0x1021, 0x2042, 0x3063, 0x4084, 0x50A5, 0x60C6, 0x70E7,
    0x8108, 0x9129, 0xA14A, 0xB16B, 0xC18C, 0xD1AD, 0xE1CE, 0xF1EF,
};

static uint16_t step(uint16_t crc, unsigned nibble)
{
    return (uint16_t)((unsigned)(crc << 4) ^ NIBBLE[(crc >> 12) ^ nibble]);
}

uint16_t crc16(uint16_t crc, const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        crc = step(crc, (unsigned)bytes[i] >> 4);
        crc = step(crc, bytes[i] & 0x0Fu);
    }
    return crc;
}
