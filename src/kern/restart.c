/*
 * kern/restart.c - the one place where a long operation lets interrupts in.
 *
 * Layer 6.  See mm/progress.h.  An interrupt in the window is served on top of
 * the operation's stack; then that stack is thrown away.
 */
#include "kern/restart.h"

#include "kern/entry.h"
#include "mm/space.h"

int32_t preempt_steps = PREEMPT_STEPS;

void
preempt_point(void)
{
    preempt_steps = PREEMPT_STEPS;
    if (current->restart == NULL) /* then it runs to its end */
        return;
    __asm__ volatile("sti\n\tnop\n\tcli" : : : "memory");
    if (preempt_steps < 0) /* kern/trap.c: there was one */
        kernel_abandon();
}

void
restart_finish(struct thread *t)
{
    t->restart = restart_finish;
    space_finish();
    restart_end(t);
}
