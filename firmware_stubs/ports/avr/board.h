/* What a board of each kind drives, and which of it is this one: chosen with -DRIG_KIND=KIND.
 *
 * Output i is pin i of one port; where its value can be negative, the other direction is pin 4 + i. A value is turned
 * into time: the pin is high for |value| / STEP of every PERIOD ticks. Heaters, pumps and lamps are slow enough for that,
 * and a solid-state relay or an H-bridge is all that they need. */
#ifndef RIG_AVR_BOARD_H
#define RIG_AVR_BOARD_H

#define BOARD_INCUBATOR 1
#define BOARD_FLUID_LOOP 2
#define BOARD_CAMERA 3
#define BOARD_POWER_SWITCH 4
#define BOARD_RECORDER 5

#ifndef RIG_KIND
#define RIG_KIND INCUBATOR
#endif

#define JOINED(one, other) one##other
#define BOARD_OF(kind) JOINED(BOARD_, kind)

#if BOARD_OF(RIG_KIND) == BOARD_INCUBATOR
enum { OUTPUTS = 1, STEP = 4, PERIOD = 250, BOTH_WAYS = 1 }; /* heater, permille */
#elif BOARD_OF(RIG_KIND) == BOARD_FLUID_LOOP
enum { OUTPUTS = 1, STEP = 1, PERIOD = 200, BOTH_WAYS = 0 }; /* pump, ml/min */
#elif BOARD_OF(RIG_KIND) == BOARD_CAMERA
enum { OUTPUTS = 1, STEP = 1, PERIOD = 1, BOTH_WAYS = 0 }; /* shutter */
#elif BOARD_OF(RIG_KIND) == BOARD_POWER_SWITCH
enum { OUTPUTS = 4, STEP = 1, PERIOD = 1, BOTH_WAYS = 0 }; /* outlets */
#elif BOARD_OF(RIG_KIND) == BOARD_RECORDER
enum { OUTPUTS = 0, STEP = 1, PERIOD = 1, BOTH_WAYS = 0 };
#else /* a kind of your own (docs/make-your-own-rig.md): on or off */
enum { OUTPUTS = RIG_OUTPUTS, STEP = 1, PERIOD = 1, BOTH_WAYS = 0 };
#endif

/* The serial line: 8N1. */
#ifndef RIG_BAUD
#define RIG_BAUD 115200
#endif

#endif
