/*
 * tests/host/test_sched.c - the ready queue against a list that is searched.
 *
 * The disasters: a runnable thread that is in no queue (it never runs again),
 * a queued one that is not runnable (it runs while it waits), a low priority
 * ahead of a high one, and two equals of which one starves.
 */
#include "host.h"

#include "kern/sched.h"

#define THREADS 24u

struct thread tcb_array[1]; /* the kernel's, which nothing here uses */
static struct thread threads[THREADS];
static struct thread *held; /* preferred before it was woken: in no queue */

/* The reference: who is queued, in the order of arrival. */
static struct thread *queue[THREADS];
static uint32_t queued;

static void
ref_insert(struct thread *t, uint32_t at)
{
    for (uint32_t i = queued; i > at; i--)
        queue[i] = queue[i - 1];
    queue[at] = t;
    queued++;
}

static bool
ref_remove(struct thread *t)
{
    for (uint32_t i = 0; i < queued; i++) {
        if (queue[i] != t)
            continue;
        queued--;
        for (; i < queued; i++)
            queue[i] = queue[i + 1];
        return true;
    }
    return false;
}

static bool
ref_holds(const struct thread *t)
{
    for (uint32_t i = 0; i < queued; i++)
        if (queue[i] == t)
            return true;
    return false;
}

static uint32_t
ref_top(void)
{
    uint32_t top = 0;

    for (uint32_t i = 0; i < queued; i++)
        top = max_u32(top, queue[i]->priority);
    return top;
}

static struct thread *
ref_first(uint32_t priority)
{
    for (uint32_t i = 0; i < queued; i++)
        if (queue[i]->priority == priority)
            return queue[i];
    return NULL;
}

/* What the scheduler promises to do next. */
static struct thread *
ref_choose(struct thread *self, struct thread *wanted, bool yield)
{
    struct thread *next;

    if (self != NULL && thread_runnable(self)) {
        if (held != NULL)
            ref_insert(held, queued);
        held = NULL;
        if (queued == 0 || self->priority > ref_top()
            || (self->priority == ref_top() && !yield))
            return self;
        ref_insert(self, yield ? queued : 0);
    }
    if (wanted != NULL && thread_runnable(wanted)
        && wanted->priority >= ref_top()) {
        next = wanted;
    } else {
        if (held != NULL)
            ref_insert(held, queued);
        next = ref_first(ref_top());
    }
    held = NULL;
    if (next != NULL)
        ref_remove(next);
    return next;
}

static void
check_queue(void)
{
    for (uint32_t i = 0; i < THREADS; i++) {
        struct thread *t = &threads[i];

        must((t->ready.next != NULL) == ref_holds(t));
        must(ref_holds(t)
             == (thread_runnable(t) && t != current && t != held)); /* KERN-2 */
    }
    must(top_ready == ref_top());
}

static void
block(struct thread *t)
{
    t->state = THREAD_WAITING;
    sched_remove(t);
    ref_remove(t);
}

static void
wake(struct thread *t)
{
    bool was = thread_runnable(t);

    t->state = THREAD_READY;
    sched_wake(t);
    if (!was && t != current)
        ref_insert(t, queued);
}

static void
change_priority(struct thread *t, uint32_t priority)
{
    bool was_queued = ref_remove(t);

    sched_set_priority(t, priority);
    if (was_queued)
        ref_insert(t, queued);
}

static uint32_t
random_priority(void)
{
    static const uint32_t few[] = {0, 1, 31, 32, 100, 255};

    return one_in(3) ? random_below(256) : few[random_below(6)];
}

static void
random_run(uint32_t steps)
{
    struct thread *wanted = NULL;
    bool yield = false;

    for (uint32_t i = 0; i < steps; i++) {
        struct thread *t = &threads[random_below(THREADS)];

        switch (random_below(7)) {
        case 0:
            if (t == wanted)
                wanted = held = NULL;
            block(t);
            break;
        case 1:
            wake(t);
            break;
        case 2:
            change_priority(t, random_priority());
            break;
        case 3:
            if (wanted != NULL || t == current || thread_runnable(t))
                break;
            wanted = t;
            sched_prefer(t); /* as a send does: first this, then the waking */
            t->state = THREAD_READY;
            sched_wake(t);
            held = t;
            break;
        case 4:
            if (current != NULL && thread_runnable(current)) {
                sched_yield();
                yield = true;
            }
            break;
        case 5: /* an interrupt in the kernel */
            sched_queue_preferred();
            if (held != NULL)
                ref_insert(held, queued);
            wanted = held = NULL;
            break;
        default: {
            struct thread *want = ref_choose(current, wanted, yield);

            must(sched_choose() == want);
            must(current == want);
            wanted = NULL;
            yield = false;
        }
        }
        check_queue();
    }
}

static void
start_over(void)
{
    for (uint32_t i = 0; i < THREADS; i++)
        block(&threads[i]);
    current = NULL;
    (void)sched_choose();
}

static void
equals_take_turns(void)
{
    uint32_t turns[3] = {0};

    start_over();
    for (uint32_t i = 0; i < 3; i++) {
        change_priority(&threads[i], 7);
        wake(&threads[i]);
    }
    for (uint32_t i = 0; i < 30; i++) {
        (void)ref_choose(current, NULL, true);
        sched_yield();
        turns[sched_choose() - threads]++;
    }
    ok(turns[0] == 10 && turns[1] == 10 && turns[2] == 10,
       "three equals that yield run a third of the time each");
}

static void
donation_goes_downward(void)
{
    start_over();
    change_priority(&threads[0], 9);
    change_priority(&threads[1], 3);
    wake(&threads[0]);
    wake(&threads[1]);
    (void)sched_choose();
    sched_donate(&threads[1]);
    ok(sched_choose() == &threads[1],
       "a donated time slice runs its receiver, whatever its priority");
    ok(sched_choose() == &threads[0], "... until the kernel is entered again");
}

static void
slice_ends(void)
{
    start_over();
    for (uint32_t i = 0; i < 2; i++) {
        change_priority(&threads[i], 5);
        threads[i].slice = threads[i].slice_left = 3000;
        wake(&threads[i]);
    }
    (void)sched_choose();
    sched_charge(1000);
    sched_charge(1000);
    ok(sched_choose() == &threads[0], "a thread keeps running within its slice");
    sched_charge(1000);
    ok(sched_choose() == &threads[1], "... and gives way to an equal at its end");
    ok(threads[0].slice_left == 3000, "... with a fresh slice for its next turn");
}

int
main(void)
{
    plan(8);
    random_seed(7);
    start_over();
    random_run(rounds(200000, 5000000));
    ok(true, "200,000 random operations leave exactly the runnable queued, and "
             "the choice is the reference's");
    equals_take_turns();
    donation_goes_downward();
    slice_ends();
    start_over();
    ok(sched_choose() == NULL, "with nobody runnable there is nobody to run");
    return done();
}
