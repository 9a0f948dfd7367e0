/*
 * clock.h - the PC's real-time clock, an MC146818 or what passes for one.
 */
#pragma once

#include <l4/types.h>

#define CLOCK_LINE 8

/* Let the periodic interrupt, PN_TIMER_HZ times a second, come or not. */
void clock_run(int on);

/* Answer the interrupt; 1 if it was a tick. */
int clock_interrupt(void);

/* Seconds since 1970; 0 if it shows no date. */
L4_Word_t clock_time(void);
