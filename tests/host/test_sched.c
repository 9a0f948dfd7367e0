/*
 * tests/host/test_sched.c - the ready queue against a list that is searched.
 *
 * The disasters: a runnable thread that is in no queue (it never runs again),
 * a queued one that is not runnable (it runs while it waits), a low priority
 * ahead of a high one, two equals of which one starves, a thread that delays
 * its preemption for ever, and one that runs on lent time when that is over.
 */
#include "host.h"

#include <pinenut/x2.h>

#include "kern/sched.h"

#define THREADS 24u

struct thread tcb_array[1]; /* the kernel's, which nothing here uses */
static struct thread threads[THREADS];
static uint32_t utcbs[THREADS][X2_UTCB_SIZE / 4];
static struct thread *held; /* preferred before it was woken: in no queue */

/* The reference: who is queued, in the order of arrival. */
static struct thread *queue[THREADS];
static uint32_t queued;

static uint32_t *
flags_of(struct thread *t)
{
    return &t->utcb[X2_UTCB_FLAGS];
}

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

enum turn { GOES_ON, SLICE_OVER, YIELDS };

/* What the scheduler promises to do next. */
static struct thread *
ref_choose(struct thread *self, struct thread *wanted, enum turn turn)
{
    struct thread *next;

    if (self != NULL && thread_runnable(self)) {
        if (held != NULL)
            ref_insert(held, queued);
        held = NULL;
        if (queued == 0 || self->priority > ref_top()
            || (self->priority == ref_top() && turn == GOES_ON))
            return self;
        if (turn != YIELDS && self->delay_left != 0
            && ref_top() <= self->sensitive
            && (*flags_of(self) & X2_PREEMPTION_DELAY) != 0)
            return self;
        ref_insert(self, turn != GOES_ON ? queued : 0);
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
    enum turn turn = GOES_ON;

    for (uint32_t i = 0; i < steps; i++) {
        struct thread *t = &threads[random_below(THREADS)];

        switch (random_below(9)) {
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
                sched_give_way();
                turn = YIELDS;
            }
            break;
        case 5:
            t->sensitive = (uint8_t)random_priority();
            t->delay = t->delay_left = random_below(4) * 1000;
            *flags_of(t) ^= X2_PREEMPTION_DELAY;
            break;
        case 6: /* a tick */
            if (current == NULL || !thread_runnable(current) || turn == YIELDS
                || wanted != NULL)
                break;
            turn = current->slice_left <= 1000 ? SLICE_OVER : turn;
            (void)sched_charge(1000);
            break;
        case 7: /* an interrupt in the kernel */
            sched_queue_preferred();
            if (held != NULL)
                ref_insert(held, queued);
            wanted = held = NULL;
            break;
        default: {
            struct thread *want = ref_choose(current, wanted, turn);

            must(sched_choose() == want);
            must(current == want);
            wanted = NULL;
            turn = GOES_ON;
        }
        }
        check_queue();
    }
}

static void
start_over(void)
{
    for (uint32_t i = 0; i < THREADS; i++) {
        struct thread *t = &threads[i];

        block(t);
        t->utcb = &utcbs[i][X2_UTCB_MR0 / 4];
        *flags_of(t) = 0;
        t->slice = t->slice_left = 3000;
        t->sensitive = 0;
        t->quantum_left = t->delay = t->delay_left = 0;
        t->delaying = false;
    }
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
    (void)ref_choose(NULL, NULL, GOES_ON);
    (void)sched_choose();
    for (uint32_t i = 0; i < 30; i++) {
        (void)ref_choose(current, NULL, YIELDS);
        sched_give_way();
        turns[sched_choose() - threads]++;
    }
    ok(turns[0] == 10 && turns[1] == 10 && turns[2] == 10,
       "three equals that yield run a third of the time each");
}

/* The highest of the first `n` runs. */
static void
begin_with(uint32_t n, const uint32_t *priority)
{
    start_over();
    for (uint32_t i = 0; i < n; i++) {
        change_priority(&threads[i], priority[i]);
        wake(&threads[i]);
    }
    (void)sched_choose();
}

/* A tick of the clock; whether the running thread's scheduler is told. */
static bool
tick(struct thread *runs_then)
{
    bool told = sched_charge(1000);

    must(sched_choose() == runs_then);
    return told;
}

static void
donation_goes_downward(void)
{
    static const uint32_t p[] = {9, 3, 7, 9, 20};
    struct thread *t = threads;

    begin_with(4, p);
    must(current == &t[0]);
    tick(&t[0]);
    sched_donate(&t[1]);
    ok(sched_choose() == &t[1], "a donated time slice runs its receiver, "
                                "whatever its priority");
    tick(&t[1]);
    ok(!tick(&t[3]), "... until the slice is over, and then the giver's equals");
    ok(t[0].slice_left == 3000 && t[1].slice_left == 3000,
       "... and the receiver's own slice is untouched, the giver's fresh");

    begin_with(4, p);
    sched_donate(&t[1]);
    change_priority(&t[4], p[4]);
    wake(&t[4]);
    ok(sched_choose() == &t[4], "who is above the giver preempts");

    begin_with(4, p);
    tick(&t[0]);
    tick(&t[0]);
    sched_donate(&t[1]);
    must(sched_choose() == &t[1]);
    sched_donate(&t[2]);
    must(sched_choose() == &t[2]);
    tick(&t[3]);
    ok(t[1].slice_left == 3000, "what is lent is passed on, and no more");

    begin_with(2, p);
    t[0].slice = t[0].slice_left = 0;
    sched_donate(&t[1]);
    must(sched_choose() == &t[1]);
    for (uint32_t us = 1000; us < DEFAULT_SLICE_US; us += 1000)
        tick(&t[1]);
    tick(&t[0]);
    ok(true, "of an endless slice it is ten milliseconds");
}

static void
delay(struct thread *t, uint8_t sensitive, uint32_t us, uint32_t flags)
{
    t->sensitive = sensitive;
    t->delay = t->delay_left = us;
    *flags_of(t) = X2_PREEMPTION_DELAY | flags;
}

static void
preemption_waits(void)
{
    static const uint32_t p[] = {5, 9, 10};
    struct thread *t = threads;

    begin_with(1, p);
    delay(t, 9, 3000, X2_PREEMPTION_SIGNAL);
    change_priority(&t[1], 9);
    wake(&t[1]);
    must(sched_choose() == &t[0]);
    ok((*flags_of(t) & X2_PREEMPTION_PENDING) != 0,
       "a preemption waits, and the thread is told");
    must(!tick(&t[0]));
    must(!tick(&t[0]));
    ok(tick(&t[1]), "when the delay is used up its scheduler is told");
    ok(!tick(&t[1]) && t[0].delay_left == 0, "... once");
    block(&t[1]);
    must(sched_choose() == &t[0]);
    sched_give_way();
    ok(*flags_of(t) == (X2_PREEMPTION_DELAY | X2_PREEMPTION_SIGNAL)
           && t[0].delay_left == 3000,
       "... and only a ThreadSwitch gives it anew, and takes the mark away");

    begin_with(1, p);
    delay(t, 9, 1000, 0);
    wake(&t[1]);
    must(sched_choose() == &t[0]);
    ok(!tick(&t[1]), "nobody is told who has not asked for it");

    begin_with(1, p);
    delay(t, 9, 3000, 0);
    change_priority(&t[2], 10);
    wake(&t[2]);
    ok(sched_choose() == &t[2] && *flags_of(t) == X2_PREEMPTION_DELAY,
       "who is above the sensitive priority does not wait");

    begin_with(1, p);
    delay(t, 9, 3000, 0);
    wake(&t[1]);
    must(sched_choose() == &t[0]);
    sched_give_way();
    ok(sched_choose() == &t[1], "who yields is not delayed");

    begin_with(1, p);
    delay(t, 9, 1000, X2_PREEMPTION_SIGNAL);
    t[0].restart = block; /* anything */
    wake(&t[1]);
    must(sched_choose() == &t[0]);
    must(!tick(&t[1]));
    block(&t[1]);
    t[0].restart = NULL;
    must(sched_choose() == &t[0]);
    must(!tick(&t[0]));
    wake(&t[1]);
    ok(tick(&t[1]), "used up inside the kernel, it is told of when it next "
                    "would be preempted");
}

static void
slice_waits(void)
{
    static const uint32_t p[] = {5, 5};
    struct thread *t = threads;

    begin_with(2, p);
    delay(t, 5, 2000, X2_PREEMPTION_SIGNAL);
    tick(&t[0]);
    tick(&t[0]);
    must(!tick(&t[0]) && (*flags_of(t) & X2_PREEMPTION_PENDING) != 0);
    must(sched_choose() == &t[0]);
    must(!tick(&t[0]));
    ok(tick(&t[1]), "the end of a time slice waits, too, but no longer");
    ok(t[0].slice_left == 3000, "... and then the slice is fresh");

    begin_with(1, (const uint32_t[]){0});
    delay(t, 9, 2000, X2_PREEMPTION_SIGNAL);
    for (uint32_t i = 0; i < 10; i++)
        must(!tick(&t[0]));
    ok((*flags_of(t) & X2_PREEMPTION_PENDING) == 0,
       "who is alone is not preempted, at priority 0 either");
}

static void
quantum_ends(void)
{
    start_over();
    change_priority(threads, 5);
    wake(threads);
    (void)sched_choose();
    threads[0].quantum_left = 2000;
    must(!tick(threads));
    must(tick(threads));
    ok(tick(threads), "the end of the quantum is told of with every tick");
    threads[0].restart = block; /* anything */
    ok(!tick(threads), "... but inside the kernel");
    threads[0].restart = NULL;
    ok(tick(threads), "... and behind it again");
}

static void
slice_ends(void)
{
    start_over();
    for (uint32_t i = 0; i < 2; i++) {
        change_priority(&threads[i], 5);
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
    plan(26);
    random_seed(7);
    start_over();
    random_run(rounds(200000, 5000000));
    ok(true, "200,000 random operations leave exactly the runnable queued, and "
             "the choice is the reference's");
    equals_take_turns();
    donation_goes_downward();
    preemption_waits();
    slice_waits();
    slice_ends();
    quantum_ends();
    start_over();
    ok(sched_choose() == NULL, "with nobody runnable there is nobody to run");
    return done();
}
