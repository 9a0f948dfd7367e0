/*
 * watch.h - the supervisor's priority.
 *
 * What the supervisor does may take long: a server is loaded, a space moves. No
 * driver's interrupt should wait for that, so the supervisor runs below the
 * drivers. Then a server above it that never waits would keep it from everything,
 * from noticing just that, too. So there is a thread of the highest priority that
 * looks at it ten times a second: if it was ready to run and has not run, it is
 * the first of all until the next look.
 */
#pragma once

#include <l4/types.h>

/* For the supervisor: make the thread, and go on at the lower priority; 1 if
 * done. Otherwise the supervisor keeps the highest one. */
int watch_start(void);

/* For the supervisor: give a thread a priority, which may be above its own. */
void watch_set_priority(L4_ThreadId_t thread, L4_Word_t priority);
