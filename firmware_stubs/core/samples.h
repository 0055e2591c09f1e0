/* What a rig tells by itself: samples of its channels, and housekeeping. PROTOCOL.md, section 7. */
#ifndef RIG_SAMPLES_H
#define RIG_SAMPLES_H

#include "rig.h" /* struct rig */

/* Lets the streams begin. */
void samples_boot(RIG);

/* A stream's next sample is due. */
void samples_take(RIG, struct stream *stream);

/* Answers the RESEND that has come. False when it asks for what cannot be. */
bool samples_resend(RIG);

/* One HOUSEKEEPING frame; and what happens each second. */
void housekeeping(RIG);
void housekeeping_periodic(RIG);

#endif
