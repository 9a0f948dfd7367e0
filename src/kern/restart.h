/*
 * kern/restart.h - system calls that go on after an interruption.
 *
 * Layer 6.  A call that may be long sets `restart` of its thread before the
 * first preemption point and clears it at its end.  In between the thread is
 * ready, but it does not get back to user mode: kernel_leave calls `restart`
 * instead.  The user's registers stay as they were until the end, so `restart`
 * finds the call's parameters there.
 *
 * KERN-6  restart != NULL only in a thread that is ready, or halted.
 */
#pragma once

#include "kern/thread.h"

/*
 * Set as `restart` and called, when the results are there and moves and deaths
 * of spaces that were begun are to be ended before the user runs again.
 */
void restart_finish(struct thread *t);
