/* What the firmware uses of <string.h>; support.c has it. */
#ifndef RIG_CORTEXM_STRING_H
#define RIG_CORTEXM_STRING_H

#include <stddef.h> /* size_t, NULL */

void *memcpy(void *restrict to, const void *restrict from, size_t length);
void *memmove(void *to, const void *from, size_t length);
void *memset(void *at, int byte, size_t length);
int memcmp(const void *one, const void *other, size_t length);
int strcmp(const char *one, const char *other);
size_t strlen(const char *text);

#endif
