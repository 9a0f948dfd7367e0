/*
 * tests/host/host.h - what the unit tests share: TAP, random numbers that
 * repeat, promises that must break, and memory for window().
 */
#pragma once

#include "kern/base.h"
#include "kern/layout.h"

#include <setjmp.h>

/* --- TAP --- */

/* Announces the number of tests; first call of every main. */
void plan(unsigned tests);

/* One test: the text is the sentence that was checked. */
void ok(bool passed, const char *sentence);

/* The exit status of main. */
int done(void);

/* A random run went wrong: says where, ends the program as failed. */
NORETURN void stop(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/* Checks one thing inside a long run. */
#define must(c) ((c) ? (void)0 : stop("%s:%d: %s", __FILE__, __LINE__, #c))

/* --- Random runs --- */

/* `normal` rounds, or `longer` with PN_FULL=1 (or PINENUT_FULL=1) in the
   environment. */
uint32_t rounds(uint32_t normal, uint32_t longer);

void random_seed(uint32_t seed);
uint32_t random_word(void);
uint32_t random_below(uint32_t limit); /* 0 .. limit - 1 */

static inline bool
one_in(uint32_t n)
{
    return random_below(n) == 0;
}

/* --- Promises of the code under test --- */

/* True if evaluating `e` breaks an assert. */
#define BREAKS_PROMISE(e)                                                 \
    (promise_expected = true, setjmp(promise_broken) == 0                 \
                                  ? ((void)(e), promise_expected = false) \
                                  : true)

extern bool promise_expected;
extern jmp_buf promise_broken;

/* --- Physical memory --- */

/* window() reaches [0, MEMORY_BYTES). */
#define MEMORY_BYTES 0x01000000u
