/* What a build may say of the part that it is for. Nothing here changes what a rig does. */
#ifndef RIG_PART_H
#define RIG_PART_H

/* Where long constants lie: the AVR's program memory needs a name of its own (-std=gnu11). The tables are short, and
 * code that reads them from there would be longer than they are: they are copied to RAM as other constants. */
#ifndef RIG_FLASH
#ifdef __AVR__
#define RIG_FLASH __flash
#else
#define RIG_FLASH
#endif
#endif

/* Nearly every function is handed the rig: its first parameter is RIG. A program that has one rig only says so with
 * -DRIG_ONE: there `rig` is a constant, whatever is handed over, and the compiler knows the address of each member. See
 * the_rig in core/rig.h. */
#ifdef RIG_ONE
#define RIG struct rig *the_same __attribute__((unused))
#else
#define RIG struct rig *rig
#endif

/* Said of a function that compilers like to repeat in each of its callers, where a call is shorter. */
#define ONE_COPY __attribute__((noinline))

#endif
