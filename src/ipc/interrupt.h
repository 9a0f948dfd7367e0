/*
 * ipc/interrupt.h - interrupts as messages.
 *
 * Layer 5.  X.2 "Interrupts".  The thread with an interrupt's number stands
 * for its line: it has a control block but no space, never runs, and is there
 * only while a handler is attached.
 *
 * IPC-6  the line is unmasked exactly while its thread is attached and idle
 *        (THREAD_INACTIVE); its message on the way or unacknowledged, or its
 *        handler gone, it is masked.
 */
#pragma once

#include "kern/thread.h"

/*
 * X.2 ThreadControl on an interrupt thread.  `id` as the caller wrote it,
 * version 1; `handler` a global id: the thread to attach it to, or `id` itself
 * to detach it.  False: the line is not to be had (the clock's, the cascade),
 * the version is wrong, the handler does not exist, or nothing was attached.
 */
MUST_CHECK bool interrupt_control(uint32_t id, uint32_t handler,
                                  uint32_t scheduler);

/* The line has fired, and is acknowledged at the controller. */
void interrupt_raise(unsigned line);

/* The handler has answered t's message. */
void interrupt_answered(struct thread *t);
