/*
 * ipc/notify.c - notification bits.
 *
 * Layer 5.
 */
#include "ipc/notify.h"

#include <pinenut/x2.h>

#include "ipc/phases.h"
#include "kern/sched.h"

bool
notify_take(struct thread *t)
{
    uint32_t *utcb = t->utcb;
    uint32_t from = t->wait != 0 ? t->wait : t->from, bits;

    if (t->kind != IPC_PLAIN || (from != X2_ANYTHREAD && from != t->id))
        return false;
    bits = utcb[PN_UTCB_NOTIFY_BITS] & utcb[PN_UTCB_NOTIFY_MASK];
    if (bits != 0) {
        utcb[PN_UTCB_NOTIFY_BITS] &= ~bits;
        utcb[1] = bits;
        ipc_finish(t, X2_NILTHREAD, PN_TAG_NOTIFICATION);
    }
    thread_mark_quiet(t);
    return bits != 0;
}

void
notify(struct thread *t, uint32_t bits)
{
    t->utcb[PN_UTCB_NOTIFY_BITS] |= bits;
    if (thread_receiving(t) && notify_take(t))
        sched_wake(t);
    else
        thread_mark_quiet(t);
}
