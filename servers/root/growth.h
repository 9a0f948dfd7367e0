/*
 * growth.h - the arithmetic of automatic placement. Pure; the host tests run
 * it.
 *
 * A small space has some room to spare, so that a program that grows by single
 * pages faults at its limit a few times, not every time. What is larger than
 * the threshold goes to a large space, and comes back when half of that is
 * enough, or when it has given back all it can: a program at the threshold is
 * not carried to and fro.
 */
#pragma once

#include <stdint.h>

#define GROWTH_THRESHOLD 256 /* pages; a Pentium's TLB has 64 entries */

/* Pages of a slot for a program that needs `needed` and may ever have `most`;
 * 0: it is one for a large space. */
unsigned growth_slot(unsigned needed, unsigned most, unsigned threshold);

/* Shall a program in a large space come back? `least` is what it ever needs. */
int growth_returns(unsigned needed, unsigned least, unsigned threshold);

/*
 * Giving memory back and taking it again costs others time: the supervisor's,
 * and the kernel's when the space moves. So each time makes the next wait, from
 * 10 ms to over a minute, twice as long as the last wait if it comes soon. Who
 * stays away for 16 such waits begins anew. And the wait is at least 32 times
 * what the work has taken, so that nobody takes more than 3 % of the machine
 * with it. Times are in us; all zeros at first.
 */
struct backoff {
    uint64_t next; /* not before */
    uint64_t wait;
};

#define BACKOFF_FIRST 10000u
#define BACKOFF_MOST  (BACKOFF_FIRST << 13)
#define BACKOFF_CALM  16
#define BACKOFF_WORK  32

/* May it be now? If so, the work begins. */
int backoff_begin(struct backoff *b, uint64_t now);

/* It has ended. */
void backoff_end(struct backoff *b, uint64_t began, uint64_t now);
