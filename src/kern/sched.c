/*
 * kern/sched.c - the ready queue and the choice.
 *
 * Layer 4.  The running thread is not in the queue (KERN-2), so a fast IPC
 * from one thread to another touches no queue at all.
 */
#include "kern/sched.h"

#include <pinenut/x2.h>

#include "kern/x86.h"

#define PRIORITIES 256u

HOT_WORD uint32_t top_ready;

static struct thread *heads[PRIORITIES]; /* rings, first to run first */
static uint32_t bitmap[PRIORITIES / 32];
HOT_WORD uint32_t ready_words; /* bit i: bitmap[i] != 0 */

HOT_WORD struct thread *preferred;
HOT_WORD static enum {
    AS_ALWAYS,
    YIELDING,  /* behind its equals with the running thread, ... */
    SLICE_OVER /* ... though that has not asked for it */
} wish;

/* X.2 "ThreadSwitch": whose time slice and priority `lent_to` runs on. */
static struct thread *lent_to;
static uint32_t lent_priority, lent_left;

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
    if (lent_to == t)
        lent_to = NULL;
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

/* X.2 "ThreadSwitch": the running thread has heard of the attempts. */
static void
refresh_delay(void)
{
    struct thread *t = current;

    t->utcb[X2_UTCB_FLAGS] &= ~(uint32_t)X2_PREEMPTION_PENDING;
    t->delaying = false;
    t->delay_left = t->delay;
}

void
sched_give_way(void)
{
    refresh_delay();
    wish = YIELDING;
}

/*
 * What was lent to the running thread it passes on.  The giver takes its next
 * turn with a fresh time slice.
 */
void
sched_donate(struct thread *t)
{
    struct thread *giver = current;

    refresh_delay();
    if (lent_to != giver) {
        lent_priority = giver->priority;
        lent_left = giver->slice != 0 ? giver->slice_left : DEFAULT_SLICE_US;
        giver->slice_left = giver->slice;
    }
    enqueue(giver, false);
    dequeue(t);
    current = lent_to = t;
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

/* Would `t`, which runs, have to give way to somebody of priority `top`? */
static bool
loses(const struct thread *t, uint32_t top)
{
    uint32_t own = t->priority;

    if (t == lent_to)
        own = max_u32(own, lent_priority);
    return own < top + (wish != AS_ALWAYS); /* also to an equal */
}

/*
 * A delay that is used up is told of with the tick that takes the processor
 * from the thread, and once.
 */
static bool
overruled(struct thread *t, uint32_t us)
{
    if (!t->delaying)
        return false;
    t->delaying = t->delay_left <= us;
    t->delay_left -= t->delaying ? t->delay_left : us;
    if (!t->delaying || t->restart != NULL || !loses(t, top_ready))
        return false;
    t->delaying = false;
    return (t->utcb[X2_UTCB_FLAGS] & X2_PREEMPTION_SIGNAL) != 0;
}

bool
sched_charge(uint32_t us)
{
    struct thread *t = current;
    bool tell, lent = t == lent_to;

    if (!lent || used_up(&lent_left, us))
        lent_to = NULL;
    if (t == NULL)
        return false;
    t->ticks++;
    if (!lent && t->slice != 0 && used_up(&t->slice_left, us))
        wish = SLICE_OVER;
    tell = overruled(t, us);
    if (used_up(&t->quantum_left, us)) {
        t->quantum_left = 1; /* until its scheduler gives it more */
        tell = t->restart == NULL;
    }
    return tell;
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
 * X.2 "PreemptionFlags": may `self`, which would have to give way to priority
 * `top`, run on for a while?
 */
static bool
delays(struct thread *self, uint32_t top)
{
    uint32_t *flags = &self->utcb[X2_UTCB_FLAGS];

    if (top > self->sensitive || self->delay_left == 0
        || (*flags & X2_PREEMPTION_DELAY) == 0)
        return false;
    *flags |= X2_PREEMPTION_PENDING;
    self->delaying = true;
    return true;
}

/*
 * `self` is the running thread and could run on.
 * False: it gives way, to `preferred` or to the queue, where it now is.
 */
COLD static bool
goes_on(struct thread *self)
{
    struct thread *next = preferred;
    bool stays;
    uint32_t top;

    if (next != NULL && !may_run_now(next)) {
        sched_queue_preferred();
        next = NULL;
    }
    top = next != NULL ? next->priority : top_ready;
    stays = !loses(self, top) || (next == NULL && ready_words == 0);
    if (!stays && wish != YIELDING && delays(self, top)) {
        stays = true;
    } else if (wish != AS_ALWAYS) {
        self->slice_left = self->slice;
    }
    if (stays) {
        sched_queue_preferred();
    } else {
        lent_to = NULL;
        enqueue(self, wish == AS_ALWAYS);
    }
    return stays;
}

struct thread *
sched_choose(void)
{
    struct thread *self = current, *next;

    if (self != NULL && thread_runnable(self) && goes_on(self)) {
        wish = AS_ALWAYS;
        return self;
    }
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
