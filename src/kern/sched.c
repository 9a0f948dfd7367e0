/*
 * kern/sched.c - the ready queue and the choice.
 *
 * Layer 4.  The running thread is not in the queue (KERN-2), so a fast IPC
 * from one thread to another touches no queue at all.
 */
#include "kern/sched.h"

#include "kern/x86.h"

#define PRIORITIES 256u

HOT_WORD uint32_t top_ready;

static struct thread *heads[PRIORITIES]; /* rings, first to run first */
static uint32_t bitmap[PRIORITIES / 32];
HOT_WORD uint32_t ready_words; /* bit i: bitmap[i] != 0 */

HOT_WORD struct thread *preferred;
HOT_WORD static enum {
    AS_ALWAYS,
    YIELDING, /* behind its equals with the running thread */
    DONATED,  /* `current` was chosen already */
} wish;

static void
update_top(void)
{
    unsigned word;

    if (ready_words == 0) {
        top_ready = 0;
        return;
    }
    word = highest_bit(ready_words);
    top_ready = word * 32 + highest_bit(bitmap[word]);
}

static void
enqueue(struct thread *t, bool first)
{
    uint32_t p = t->priority;
    struct thread *head = heads[p];

    assert(t->ready.next == NULL);
    if (head == NULL) {
        t->ready.next = t->ready.prev = t;
        heads[p] = t;
        bitmap[p / 32] |= 1u << p % 32;
        ready_words |= 1u << p / 32;
        top_ready = max_u32(top_ready, p);
        return;
    }
    t->ready.next = head;
    t->ready.prev = head->ready.prev;
    head->ready.prev->ready.next = t;
    head->ready.prev = t;
    if (first)
        heads[p] = t;
}

static void
dequeue(struct thread *t)
{
    uint32_t p = t->priority;

    if (t->ready.next == t) {
        heads[p] = NULL;
        bitmap[p / 32] &= ~(1u << p % 32);
        if (bitmap[p / 32] == 0)
            ready_words &= ~(1u << p / 32);
        update_top();
    } else {
        t->ready.next->ready.prev = t->ready.prev;
        t->ready.prev->ready.next = t->ready.next;
        if (heads[p] == t)
            heads[p] = t->ready.next;
    }
    t->ready.next = t->ready.prev = NULL;
}

/* `preferred` stays out of the queue until the choice, if it was not in it. */
void
sched_wake(struct thread *t)
{
    if (t != current && t != preferred && t->ready.next == NULL
        && thread_runnable(t))
        enqueue(t, false);
}

void
sched_queue_preferred(void)
{
    struct thread *t = preferred;

    preferred = NULL;
    if (t != NULL)
        sched_wake(t);
}

void
sched_remove(struct thread *t)
{
    if (t->ready.next != NULL)
        dequeue(t);
    if (preferred == t)
        preferred = NULL;
}

void
sched_set_priority(struct thread *t, uint32_t priority)
{
    bool queued = t->ready.next != NULL;

    if (queued)
        dequeue(t);
    t->priority = priority;
    if (queued)
        enqueue(t, false);
}

void
sched_yield(void)
{
    wish = YIELDING;
}

/*
 * X.2 "ThreadSwitch": the receiver may be of lower priority; it then runs
 * until the kernel is next entered for another reason.
 */
void
sched_donate(struct thread *t)
{
    if (t == current || t->ready.next == NULL)
        return;
    if (current != NULL && thread_runnable(current))
        enqueue(current, true);
    dequeue(t);
    current = t;
    wish = DONATED;
}

static bool
used_up(uint32_t *left, uint32_t us)
{
    if (*left > us) {
        *left -= us;
        return false;
    }
    return *left != 0; /* 0: there is no end to it */
}

bool
sched_charge(uint32_t us)
{
    struct thread *t = current;

    if (t == NULL)
        return false;
    if (t->slice != 0 && used_up(&t->slice_left, us))
        wish = YIELDING;
    if (!used_up(&t->quantum_left, us))
        return false;
    t->quantum_left = 1; /* until its scheduler gives it more */
    return true;
}

static struct thread *
take_first(void)
{
    struct thread *t;

    if (ready_words == 0)
        return NULL;
    t = heads[top_ready];
    dequeue(t);
    return t;
}

/*
 * `t`, preferred, waits for nothing any more, but it may be halted.  The slow
 * path's twin of what the fast path does with two comparisons.
 */
INLINE bool
may_run_now(const struct thread *t)
{
    return t->condition == THREAD_READY && t->priority >= top_ready;
}

/*
 * `self` is the running thread and could run on.
 * False: it gives way, to `preferred` or to the queue, where it now is.
 */
COLD static bool
goes_on(struct thread *self)
{
    struct thread *next = preferred;
    bool yield = wish == YIELDING, donated = wish == DONATED;
    uint32_t top;

    wish = AS_ALWAYS;
    if (donated)
        return true;
    if (yield)
        self->slice_left = self->slice;
    preferred = NULL;
    if (next != NULL && !may_run_now(next)) {
        sched_wake(next);
        next = NULL;
    }
    top = next != NULL ? next->priority : top_ready;
    if (self->priority > top || (self->priority == top && !yield)) {
        if (next != NULL)
            sched_wake(next);
        return true;
    }
    preferred = next;
    enqueue(self, !yield);
    return false;
}

struct thread *
sched_choose(void)
{
    struct thread *self = current, *next;

    if (self != NULL && thread_runnable(self) && goes_on(self))
        return self;
    next = preferred;
    preferred = NULL;
    wish = AS_ALWAYS;
    if (next != NULL) {
        if (may_run_now(next))
            return current = next;
        sched_wake(next);
    }
    return current = take_first();
}
