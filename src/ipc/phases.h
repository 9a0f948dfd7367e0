/*
 * ipc/phases.h - the ends of a message, for those who carry one in parts.
 *
 * Layer 5, private to ipc/.
 */
#pragma once

#include "kern/thread.h"

/* t's system call ends with `error` (phase bit included); `kept`: the tag of
 * a message that was cut, else 0. */
void ipc_fail(struct thread *t, uint32_t error, uint32_t kept);

/* t's system call is over: its registers, and it is unblocked, not woken. */
void ipc_finish(struct thread *t, uint32_t from, uint32_t tag);

/*
 * `r` has got the message of `s`, whole or cut by `error` (no phase bit): its
 * call returns, and that of `s` goes on to its receive phase or fails.
 */
void ipc_sent_long(struct thread *s, struct thread *r, uint32_t error);

/* It waits in nobody's queue of senders any more. */
void ipc_unqueue(struct thread *s);
