/*
 * kern/sched.h - who runs next: 256 priorities, round robin in each.
 *
 * Layer 4.  top_ready is the highest priority in the ready queue (0 if it is
 * empty); the fast path compares a receiver with it and nothing else.
 */
#pragma once

#include "kern/thread.h"

extern uint32_t top_ready;
extern uint32_t ready_words; /* 0: nobody is ready but the running thread */

#define DEFAULT_SLICE_US 10000u

/* `t` has become runnable: queue it behind its equals. */
void sched_wake(struct thread *t);
/* `t` is to leave the queue if it is in it (it blocks, halts or dies). */
void sched_remove(struct thread *t);
/* Move `t` to another priority, wherever it is. */
void sched_set_priority(struct thread *t, uint32_t priority);
/*
 * The receiver of a message, just about to be runnable, runs next if its
 * priority allows.  It then never enters the queue: sched_wake() leaves it out.
 */
extern struct thread *preferred;
static inline void
sched_prefer(struct thread *t)
{
    preferred = t;
}
/* It goes behind its equals instead: somebody else may be preferred. */
void sched_queue_preferred(void);

/* The running thread gives up the rest of its time slice: to anybody, or to
 * `t`, which is queued.  It may then delay preemptions anew. */
void sched_give_way(void);
void sched_donate(struct thread *t);
/*
 * `us` microseconds have passed while `current` ran.  True: its scheduler has
 * to be told, of the end of its total quantum or of a preemption that it has
 * delayed for as long as it may.
 */
bool sched_charge(uint32_t us);
/* Choose, make it `current`, and return it; NULL = nothing to do. */
struct thread *sched_choose(void);
