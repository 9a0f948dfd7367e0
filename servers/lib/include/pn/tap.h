/*
 * pn/tap.h - test programs that report in TAP, the Test Anything Protocol.
 *
 *   plan(3);                          optional: how many checks will come
 *   ok(x == 1, "x is %d", x);         "ok 1 - x is 1" or "not ok 1 - x is 1"
 *   is(x, 1, "x");                    the same, and prints both if they differ
 *   diag("at %p", p);                 "# at 0x1234"
 *   done();                           plan line if there was none; ends all
 *
 * done() calls pn_exit: 0 if every check passed and the plan was kept, else 1.
 * One thread only: let the others send their results to it.
 */
#pragma once

#include <l4/types.h>

#ifdef __cplusplus
extern "C" {
#endif

void plan(unsigned checks);

/* Returns whether the check passed. */
__attribute__((format(__printf__, 2, 3))) int ok(int passed, const char *format,
                                                 ...);
__attribute__((format(__printf__, 3, 4))) int
is(L4_Word_t got, L4_Word_t wanted, const char *format, ...);
__attribute__((format(__printf__, 1, 2))) void diag(const char *format, ...);

void done(void) __attribute__((noreturn));

#ifdef __cplusplus
}
#endif
