/* What lies where in the EEPROM: for the firmware, and for whoever writes an image of it. Little-endian. */
#ifndef RIG_AVR_STORED_H
#define RIG_AVR_STORED_H

enum {
    STORED_CORE = 0,       /* the core's own memory: PROTOCOL.md, section 5.4 */
    STORED_CORE_LENGTH = 64,
    STORED_UNIT = 64,      /* u64 */
    STORED_BOOTS = 72,     /* u32: the complement of the last boot's id */
    STORED_SPEED = 76,     /* u32, speed_milli; more than it may be stands for 1000 */
    STORED_CAUSE = 80,     /* u8: means nothing */
    STORED_END = 81
};

#endif
