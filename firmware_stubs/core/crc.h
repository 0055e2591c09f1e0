/* CRC-16/IBM-3740: polynomial 0x1021, start 0xFFFF, no reflection, no final xor. Check value of "123456789": 0x29B1. */
#ifndef RIG_CRC_H
#define RIG_CRC_H

#include <stdbool.h> /* bool */
#include <stdint.h>  /* uint8_t, uint16_t */

uint16_t crc16(const uint8_t *bytes, uint8_t length);

/* Writes the CRC of the bytes behind them, low byte first. */
void crc16_append(uint8_t *bytes, uint8_t length);

/* Is what stands behind the bytes their CRC? */
bool crc16_holds(const uint8_t *bytes, uint8_t length);

#endif
