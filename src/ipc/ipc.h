/*
 * ipc/ipc.h - the rendezvous of two threads.
 *
 * Layer 5.  X.2 "IPC".  This C code is the specification; ipc/fast.asm does
 * the common case of it, and tests/ipc runs every case through both.
 *
 * IPC-1  a thread is in its partner's queue of senders exactly while its
 *        state is THREAD_SENDING.
 * IPC-2  the step from send to receive is atomic: nobody sees the caller
 *        between the two.
 * IPC-8  a message with map or grant items is transferred by its sender, as
 *        `current`, and may be interrupted; the receiver waits on, and its
 *        `partner` is the sender.  If it is then not so any more (it got
 *        another message, an error, is gone), the sender sends anew; what was
 *        mapped stays.
 * IPC-3  kernel messages (faults, exceptions, start) leave the thread's own
 *        message and buffer registers and its ErrorCode alone.
 */
#pragma once

#include "kern/thread.h"

/* The Ipc system call, parameters in t->regs.  Called by entry code. */
void ipc_syscall(struct thread *t);

/*
 * Send t's fault message (t->kind, t->fault) to thread id `to` and wait for
 * its answer.  If there is no such thread, `t` halts with a line on the
 * console that begins with `what`.
 */
void ipc_fault(struct thread *t, enum ipc_kind kind, uint32_t to,
               const char *what);

/* The same for a page fault at `va`, to its pager. */
void ipc_page_fault(struct thread *t, vaddr_t va, bool write);

/* `t` shall wait for its start message from `pager` (X.2 "Thread Start"). */
void ipc_wait_start(struct thread *t, uint32_t pager);

/* Is `t` in the send phase of the system call? */
bool ipc_is_sending(const struct thread *t);

/* Would a message of `t` to `r` go to a redirector? */
bool ipc_redirected(const struct thread *t, const struct thread *r);

/* The timeout of t's send or receive has come. */
void ipc_timeout(struct thread *t);

/*
 * Break off what `t` is waiting for.  A system call returns with error
 * `reason` (X2_IPC_*) of its phase; a fault is forgotten, and the instruction
 * runs again.  Nothing happens if `t` is in no IPC.
 */
void ipc_abort(struct thread *t, uint32_t reason);

/*
 * `t` dies or changes its id, and t->id is the new one already, or 0: everybody
 * who waits for full_id, the old one, gets an error.  Preemptible; uses the
 * progress of `current`.
 */
void ipc_bury(struct thread *t);

/* Stop `t` for good, and say why on the console. */
void ipc_halt(struct thread *t, const char *what, uint32_t value);
