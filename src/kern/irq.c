/*
 * kern/irq.c - the clock's interrupt is the kernel's, all others are drivers'.
 *
 * Layer 6.
 */
#include "kern/irq.h"

#include "ipc/interrupt.h"
#include "ipc/ipc.h"
#include "kern/clock.h"
#include "kern/kdb.h"
#include "kern/pic.h"
#include "kern/sched.h"
#include "kern/timeout.h"

INIT void
irq_init(void)
{
    pic_init();
    pic_unmask(CLOCK_IRQ);
}

static void
clock_tick(void)
{
    uint64_t now = clock_count_tick();
    struct thread *t;

    while ((t = timeout_expired(now)) != NULL)
        ipc_timeout(t); /* first: whom it wakes may preempt */
    if (sched_charge(CLOCK_TICK_US))
        ipc_fault(current, IPC_PREEMPTION, current->scheduler,
                  "no scheduler to tell of a preemption");
    kdb_poll();
}

void
irq_handle(unsigned irq)
{
    if (!pic_acknowledge(irq))
        return;
    if (irq == CLOCK_IRQ)
        clock_tick();
    else
        interrupt_raise(irq);
}
