/*
 * kern/restart.h - system calls that go on after an interruption.
 *
 * Layer 6.  A call that may be long sets `restart` of its thread (KERN-6) before
 * the first preemption point and ends with restart_end().  The user's registers
 * stay as they were until then, so `restart` finds the call's parameters there.
 */
#pragma once

#include "kern/thread.h"

/*
 * Set as `restart` and called, when the results are there and moves and deaths
 * of spaces that were begun are to be ended before the user runs again.
 */
void restart_finish(struct thread *t);
