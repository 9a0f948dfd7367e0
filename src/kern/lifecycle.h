/*
 * kern/lifecycle.h - making, activating, renaming and ending threads.
 *
 * Layer 6.  What ThreadControl does once its parameters are checked; boot
 * makes the first servers with the same functions.
 */
#pragma once

#include "kern/thread.h"

#define UTCB_UNCHANGED 0xffffffffu

/* A free block becomes an inactive thread of `s`. */
struct thread *thread_create(uint32_t id, struct space *s, uint32_t scheduler);

/* 0, and there is a page for it; or why there cannot be a UTCB at `location`
 * in space `s` (X2_ERR_*). */
MUST_CHECK uint32_t utcb_prepare(struct space *s, uint32_t location);

/*
 * Give `t` its UTCB, which is prepared, and let it wait for `pager`'s start
 * message.
 */
void thread_activate(struct thread *t, uint32_t pager);

/* Another version: the old id becomes invalid.  Preemptible. */
void thread_rename(struct thread *t, uint32_t id);

/*
 * Move an active thread to `s` with its UTCB, contents and all, at `location`,
 * which is prepared; its IPC is broken off.  The old space is abandoned if it
 * was the last one there.  Preemptible.
 */
void thread_move(struct thread *t, struct space *s, uint32_t location);

/* Leave the space, and abandon it if nobody else is there. */
void thread_quit(struct thread *t);
/* The end; of its space too, if it was the last one there.  Preemptible. */
void thread_delete(struct thread *t);
