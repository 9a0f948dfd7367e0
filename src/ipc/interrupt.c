/*
 * ipc/interrupt.c - attach, raise, acknowledge.
 *
 * Layer 5.
 */
#include "ipc/interrupt.h"

#include <pinenut/x2.h>

#include "ipc/ipc.h"
#include "kern/pic.h"

enum {
    CLOCK_LINE = 0,
    FIRST_VERSION = 1,
};

/* The MR0 of a thread without a UTCB (ipc.c looks at every sender's). */
static uint32_t no_message;

static void
detach(struct thread *t)
{
    pic_mask(t->number);
    ipc_abort(t, X2_IPC_CANCELLED);
    ipc_bury(t);
    thread_free(t);
}

/* Whatever it was doing for another handler is forgotten. */
static void
attach(struct thread *t, uint32_t id, uint32_t handler, uint32_t scheduler)
{
    ipc_abort(t, X2_IPC_CANCELLED);
    t->id = t->full_id = id;
    t->utcb = &no_message;
    t->number = X2_THREAD_NO(id);
    t->halted = true;
    thread_mark_quiet(t);
    t->from = handler;
    t->scheduler = scheduler;
    interrupt_answered(t);
}

bool
interrupt_control(uint32_t id, uint32_t handler, uint32_t scheduler)
{
    unsigned line = X2_THREAD_NO(id);
    struct thread *t = &tcb_array[line], *h = thread_by_id(handler);

    if (line == CLOCK_LINE || line == PIC_CASCADE
        || id != X2_GLOBAL_ID(line, FIRST_VERSION))
        return false;
    if (h == NULL || h->id == 0) /* the line itself: there if attached */
        return false;
    if (h == t)
        detach(t);
    else if (h->space == NULL)
        return false;
    else
        attach(t, id, handler, scheduler);
    return true;
}

void
interrupt_raise(unsigned line)
{
    struct thread *t = &tcb_array[line], *h = thread_by_id(t->from);

    pic_mask(line);
    if (t->id != 0 && h != NULL)
        ipc_fault(t, IPC_INTERRUPT, t->from, "");
}

void
interrupt_answered(struct thread *t)
{
    t->state = THREAD_INACTIVE;
    pic_unmask(t->number);
}
