/*
 * ipc/notify.h - notification bits: Pinenut's own asynchronous message.
 *
 * Layer 5.  A word of bits a thread, in its UTCB: anybody may set some without
 * waiting, and their owner polls them, or receives those that it has in its
 * mask as a message from nilthread: in an open receive, or in one from itself.
 */
#pragma once

#include "kern/thread.h"

/* Set `bits` of `t`, active; it wakes up if it waits for one of them. */
void notify(struct thread *t, uint32_t bits);

/* `t` is about to receive: true if it has got a notification. */
bool notify_take(struct thread *t);
