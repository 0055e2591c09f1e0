/* A small test runner: tests are functions, CHECK tells what did not hold and goes on. */
#ifndef RIG_TESTS_CHECK_H
#define RIG_TESTS_CHECK_H

#include <stdbool.h> /* bool */
#include <stddef.h>  /* size_t */
#include <stdint.h>  /* uint8_t */

#define CHECK(condition) check((condition), #condition, __FILE__, __LINE__)

/* Counts, and prints what failed; returns `held`. */
bool check(bool held, const char *what, const char *file, int line);

/* What is under test now, for the messages; NULL for nothing in particular. */
void check_context(const char *context);

/* Pseudo-random numbers (xorshift64*): the same from the same seed, on every machine. The state is not 0. */
uint32_t chance(uint64_t *state);

/* The tests, each in the file of its name. */
void test_codec(void);
void test_rig(void);

/* Plays the vectors of one file; which kind of vectors they are stands in it. */
void test_vectors(const char *path);

#endif
