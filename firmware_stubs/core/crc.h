/* CRC-16/IBM-3740: polynomial 0x1021, start 0xFFFF, no reflection, no final xor. Check value of "123456789": 0x29B1. */
#ifndef RIG_CRC_H
#define RIG_CRC_H

#include <stddef.h> /* size_t */
#include <stdint.h> /* uint8_t, uint16_t */

#define CRC16_START 0xFFFFu

/* The CRC of what gave `crc` so far, followed by `length` more bytes. Begin with CRC16_START. */
uint16_t crc16(uint16_t crc, const uint8_t *bytes, size_t length);

#endif
