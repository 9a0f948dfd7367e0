/*
 * kern/timeout.h - X.2 time values, and the threads that wait for one.
 *
 * Layer 4.  Times are microseconds since boot.  A timeout is never early; it
 * may be late by one clock tick.
 */
#pragma once

#include "kern/thread.h"

#define TIME_NEVER UINT64_MAX

/*
 * When an X.2 time (X.2 "Clock and Time") that is given at `now` is over, in
 * us since boot: TIME_NEVER, or a period later (zero if its mantissa is), or a
 * point: the bits e .. e+10 of the clock that it names, of this round of the
 * clock's bits below or of the next; it may lie in the past.
 */
uint64_t timeout_end(uint32_t time, uint64_t now);

/* The length of an X.2 period; never and time points count as zero. */
uint64_t time_period(uint32_t time);

/* The nearest X.2 period that is not longer than `us`; 0 us = never. */
uint32_t time_encode(uint32_t us);

/* Wake `t` at `when`, or no more. */
void timeout_set(struct thread *t, uint64_t when);
void timeout_cancel(struct thread *t);
/* Take one thread whose time has come by `now`; NULL = none. */
struct thread *timeout_expired(uint64_t now);
