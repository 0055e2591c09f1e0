#include "crc.h" /* what is defined here */

#include <string.h> /* memcpy */

#include "part.h" /* ONE_COPY */

uint16_t crc16(const uint8_t *bytes, uint8_t length)
{
    uint16_t crc = 0xFFFFu;

    while (length-- > 0) {
        crc ^= (uint16_t)(*bytes++ << 8);
        for (uint8_t bit = 0; bit < 8; bit++) {
            const bool carry = (crc & 0x8000u) != 0;

            crc = (uint16_t)(crc << 1);
            if (carry) {
                crc ^= 0x1021u;
            }
        }
    }
    return crc;
}

ONE_COPY void crc16_append(uint8_t *bytes, uint8_t length)
{
    const uint16_t crc = crc16(bytes, length);

    memcpy(bytes + length, &crc, sizeof crc);
}

bool crc16_holds(const uint8_t *bytes, uint8_t length)
{
    uint16_t crc;

    memcpy(&crc, bytes + length, sizeof crc);
    return crc == crc16(bytes, length);
}
