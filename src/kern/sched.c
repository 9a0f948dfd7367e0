/*
 * kern/sched.c - the ready queue and the choice.
 *
 * Layer 4.  The running thread is not in the queue (KERN-2), so a fast IPC
 * from one thread to another touches no queue at all.
 */
#include "kern/sched.h"

#include "kern/x86.h"

#define PRIORITIES 256u

uint32_t top_ready;

static struct thread *heads[PRIORITIES]; /* rings, first to run first */
static uint32_t bitmap[PRIORITIES / 32];
static uint32_t bitmap_summary; /* bit i: bitmap[i] != 0 */

static struct thread *preferred;
static bool yielding;
static bool donated; /* `current` was chosen already */

static void
update_top(void)
{
    unsigned word;

    if (bitmap_summary == 0) {
        top_ready = 0;
        return;
    }
    word = highest_bit(bitmap_summary);
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
        bitmap_summary |= 1u << p / 32;
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
            bitmap_summary &= ~(1u << p / 32);
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
sched_prefer(struct thread *t)
{
    preferred = t;
}

void
sched_yield(void)
{
    yielding = true;
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
    donated = true;
}

void
sched_charge(uint32_t us)
{
    if (current == NULL || current->slice == 0)
        return;
    if (current->slice_left > us) {
        current->slice_left -= us;
        return;
    }
    yielding = true;
}

bool
sched_queue_is_empty(void)
{
    return bitmap_summary == 0;
}

static struct thread *
take_first(void)
{
    struct thread *t;

    if (bitmap_summary == 0)
        return NULL;
    t = heads[top_ready];
    dequeue(t);
    return t;
}

/* The slow path's twin of what the fast path does with two comparisons. */
static bool
may_run_now(const struct thread *t)
{
    return t != NULL && thread_runnable(t) && t->priority >= top_ready;
}

static struct thread *
take(struct thread *t)
{
    if (t->ready.next != NULL)
        dequeue(t);
    return t;
}

struct thread *
sched_choose(void)
{
    struct thread *self = current, *next = preferred;
    bool yield = yielding;

    preferred = NULL;
    if (donated) {
        donated = false;
        return self;
    }
    yielding = false;
    if (self != NULL && thread_runnable(self)) {
        if (yield)
            self->slice_left = self->slice;
        if (next != NULL)
            sched_wake(next);
        if (bitmap_summary == 0 || self->priority > top_ready
            || (self->priority == top_ready && !yield))
            return self;
        enqueue(self, !yield);
    }
    if (may_run_now(next))
        return current = take(next);
    if (next != NULL)
        sched_wake(next);
    return current = take_first();
}
