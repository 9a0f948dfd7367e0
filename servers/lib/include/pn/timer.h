/*
 * pn/timer.h - the timer driver's protocol (servers/rtc), and stubs.
 *
 * The driver counts the periodic interrupt of the PC's real-time clock, 1,024
 * ticks a second, which runs only while somebody waits. All are calls, answered
 * with label 0 and the words named here; anything else gets an empty answer.
 *
 *   label   request              answer
 *   TIME    -                    MR1 = seconds since 1970, as the clock shows
 *                                (it knows no zone)
 *   SLEEP   MR1 = n              MR1 = 1, after the n-th tick; 0 at once: too
 *                                many sleep
 *   TICKS   MR1 = n, MR2 = bits  MR1 = 1, or 0: too many; then these
 *                                notification bits (pn/notify.h), every n
 *                                ticks; n = 0 ends it
 *   INFO    -                    MR1 = interrupts so far
 *
 * The first tick is the next one, up to 1/1024 s away. A thread has one period;
 * asking again changes it.
 */
#pragma once

#include <l4/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PN_TIMER_NAME "rtc" /* the program, to pn_find */
#define PN_TIMER_HZ   1024

enum pn_timer_label {
    PN_TIMER_TIME = 0x0d01,
    PN_TIMER_SLEEP,
    PN_TIMER_TICKS,
    PN_TIMER_INFO
};

/* Each returns 0 if the driver is no more, or can't. */
L4_Word_t pn_timer_time(L4_ThreadId_t driver); /* seconds */
L4_Word_t pn_timer_info(L4_ThreadId_t driver, L4_Word_t *interrupts);

/* Never shorter than that many microseconds, and at most two ticks longer if
 * the processor is to be had then. */
L4_Word_t pn_timer_sleep(L4_ThreadId_t driver, L4_Word_t us);

L4_Word_t pn_timer_ticks(L4_ThreadId_t driver, L4_Word_t n, L4_Word_t bits);

struct pn_date {
    unsigned year, month, day; /* month and day from 1 */
    unsigned hour, minute, second;
};

/* From seconds since 1970 to a date, and back: 1970 to 2106. */
void pn_date_of(L4_Word_t seconds, struct pn_date *date);
L4_Word_t pn_date_seconds(const struct pn_date *date);

#ifdef __cplusplus
}
#endif
