#include "wire.h"

#include <string.h> /* memcpy */

uint16_t wire_crc(const uint8_t *bytes, size_t length) {
    uint16_t crc = 0xFFFF;
    for (size_t i = 0; i < length; i++) {
        crc = (uint16_t)(crc ^ (uint16_t)(bytes[i] << 8));
        for (int bit = 0; bit < 8; bit++) {
            crc = (uint16_t)((crc & 0x8000u) ? (uint16_t)(crc << 1) ^ 0x1021u : (uint16_t)(crc << 1));
        }
    }
    return crc;
}

uint16_t wire_u16(const uint8_t *bytes) { return (uint16_t)(bytes[0] | bytes[1] << 8); }

uint32_t wire_u32(const uint8_t *bytes) { return wire_u16(bytes) | (uint32_t)wire_u16(bytes + 2) << 16; }

void wire_set(uint8_t *bytes, uint64_t value, size_t length) {
    for (size_t i = 0; i < length; i++) {
        bytes[i] = (uint8_t)(value >> (8 * i));
    }
}

size_t wire_code(const struct packet *packet, uint8_t *wire) {
    uint8_t raw[WIRE_RAW_MAX];
    size_t raw_length = packet->length + 7;
    raw[0] = packet->type;
    wire_set(raw + 1, packet->session, 2);
    wire_set(raw + 3, packet->id, 2);
    memcpy(raw + 5, packet->body, packet->length);
    wire_set(raw + 5 + packet->length, wire_crc(raw, raw_length - 2), 2);
    /* Below 254 bytes COBS is: each run without 0x00, one more than its length before it. */
    size_t out = 0;
    size_t begin = 0;
    for (size_t i = 0; i <= raw_length; i++) {
        if (i == raw_length || raw[i] == 0) {
            wire[out++] = (uint8_t)(i - begin + 1);
            memcpy(wire + out, raw + begin, i - begin);
            out += i - begin;
            begin = i + 1;
        }
    }
    wire[out++] = 0;
    return out;
}

bool wire_read(const uint8_t *coded, size_t length, struct packet *packet) {
    uint8_t raw[WIRE_CODED_MAX];
    size_t size = 0;
    if (length == 0 || length > WIRE_CODED_MAX) {
        return false;
    }
    for (size_t i = 0; i < length;) {
        uint8_t code = coded[i++];
        if (code == 0 || (size_t)(code - 1) > length - i) {
            return false;
        }
        memcpy(raw + size, coded + i, (size_t)(code - 1));
        size += (size_t)(code - 1);
        i += (size_t)(code - 1);
        if (code != 0xFF && i < length) {
            raw[size++] = 0;
        }
    }
    if (size < 7 || size > WIRE_RAW_MAX || wire_crc(raw, size - 2) != wire_u16(raw + size - 2)) {
        return false;
    }
    packet->type = raw[0];
    packet->session = wire_u16(raw + 1);
    packet->id = wire_u16(raw + 3);
    packet->length = size - 7;
    memcpy(packet->body, raw + 5, packet->length);
    return true;
}

enum heard listener_take(struct listener *listener, uint8_t byte, struct packet *packet) {
    if (byte != 0) {
        if (listener->length < WIRE_CODED_MAX) {
            listener->coded[listener->length] = byte;
        }
        if (listener->length <= WIRE_CODED_MAX) {
            listener->length++;
        }
        return HEARD_NOTHING;
    }
    size_t length = listener->length;
    listener->length = 0;
    if (length == 0) {
        return HEARD_NOTHING;
    }
    return wire_read(listener->coded, length, packet) ? HEARD_FRAME : HEARD_BAD;
}
