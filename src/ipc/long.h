/*
 * ipc/long.h - messages with string items take time, and may fault.
 *
 * Layer 5.  X.2 "IPC", "XferTimeouts".  Such a message is not carried in the
 * system call but a page at a time by whichever of the two parties is
 * runnable, with interrupts let in between: the scheduler chooses the party
 * as it would choose any thread, and it copies instead of running.
 *
 * IPC-7  while a message is on its way both parties have `transfer` set and
 *        name each other as `peer`; at most one of them is THREAD_READY, the
 *        other is THREAD_COPYING; or one is in the IPC of a page fault and
 *        the other THREAD_COPYING.
 */
#pragma once

#include "kern/thread.h"

/*
 * `s` has a message for `r`, which accepts it, and all registers before item
 * s->strings.from.at are over.  (Its tag is in r->regs.esi.)
 */
void long_begin(struct thread *s, struct thread *r);

/* The transfer that `t` is in ends: aborted, or its time is over. */
void long_abort(struct thread *t, bool timeout);
