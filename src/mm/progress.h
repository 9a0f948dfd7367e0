/*
 * mm/progress.h - long operations, in short pieces.
 *
 * Layer 3.  Interrupts are off in the kernel.  What takes time of the number
 * of pages, records or threads counts its steps by preempt(); now and then
 * that is a preemption point, and if an interrupt came in, the call never
 * returns: the stack is gone, the interrupt is served as if it had come from
 * user mode, and the operation is called again, from its beginning, when its
 * thread next runs (kern/restart.c).
 *
 * MM-12  at every preempt() the memory structures are consistent, no memory
 *        is held by local variables only, and the operation, called again with
 *        the same arguments and its struct progress, goes on.
 * MM-13  when preempt() returns, nothing has changed meanwhile.
 */
#pragma once

#include "kern/base.h"

/* How far an operation has come; all zero: it has not begun. */
struct progress {
    uint32_t at;     /* offset of the page it is at */
    uint32_t item;   /* done before: fpages, or words of a message */
    uint32_t status; /* collected so far */
    bool walked;     /* that page is done */
};

/* About how many instructions run between two preemption points. */
#define PREEMPT_STEPS 1500

extern int32_t preempt_steps; /* left until the next */

/* Lets interrupts in; see above.  (The tests have their own.) */
void preempt_point(void);

/* About `steps` instructions, where no preemption point can be. */
static inline void
preempt_later(int32_t steps)
{
    preempt_steps -= steps;
}

/* About `steps` instructions follow, or have been. */
static inline void
preempt(int32_t steps)
{
    preempt_later(steps);
    if (preempt_steps < 0)
        preempt_point();
}
