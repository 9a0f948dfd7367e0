/*
 * kern/timeout.h - X.2 time values, and the threads that wait for one.
 *
 * Layer 4.  Times are microseconds since boot.  A timeout is never early; it
 * may be late by one clock tick.
 */
#pragma once

#include "kern/thread.h"

/*
 * The length of an X.2 time period in us (X.2 "Clock and Time").  The caller
 * has dealt with X2_TIME_NEVER.  Time points are not supported and count as
 * zero, as does every period with a zero mantissa.
 */
uint64_t time_period(uint32_t time);

/* The nearest X.2 period that is not longer than `us`; 0 us = never. */
uint32_t time_encode(uint32_t us);

/* Wake `t` at `when`, or no more. */
void timeout_set(struct thread *t, uint64_t when);
void timeout_cancel(struct thread *t);
/* Take one thread whose time has come by `now`; NULL = none. */
struct thread *timeout_expired(uint64_t now);
