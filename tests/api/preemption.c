/*
 * tests/api/preemption.c - delayed preemption, total quantum, lent time (X.2
 * "PreemptionFlags", "Schedule", "ThreadSwitch", "Preemption Protocol").
 *
 * A holder of priority 50 does not want to be preempted; a waker of priority 60
 * sleeps for 5 ms, or waits for the real-time clock, and then wants to run. The
 * director, of priority 255, looks on and delays nobody.
 */
#include "rtc.h"

#include <pn/image.h>

enum {
    LOW = 20,
    HOLDER = 50,
    WAKER = 60,
    BOSS = 70,
    NAP_US = 5000,
    PATIENCE_US = 60000,
    NO_LIMIT = 0xffff,
    TICK_US = 1000,
    PREEMPTED = 0xffd00002,
    S = L4_PREEMPTION_SIGNAL,
    D = L4_PREEMPTION_DELAY,
    I = L4_PREEMPTION_PENDING,
};

#define UNCHANGED 0xffffffffUL

static L4_ThreadId_t holder, waker, boss;
static const char *where;

/* --- actors ------------------------------------------------------------------
 */

static L4_Word_t
touch(L4_Word_t unused, L4_Word_t unused2, L4_Word_t unused3)
{
    (void)unused;
    (void)unused2;
    (void)unused3;
    pn_image_touch();
    return 1;
}

/* It gets through its page faults before anything is measured. */
static L4_ThreadId_t
prepared(L4_ThreadId_t servant, L4_Word_t priority)
{
    EQUAL(errand(servant, touch, 0, 0, 0), 1);
    (void)L4_Set_Priority(servant, priority);
    return servant;
}

static volatile L4_Word_t spins, spinning;

static void
spin(L4_Word_t unused)
{
    (void)unused;
    pn_image_touch();
    for (spinning = 1;; spins++)
        ;
}

static void
let_spin(L4_ThreadId_t id, L4_Word_t priority)
{
    spinning = 0;
    stage_start(id, spin, 0);
    stage_until(&spinning);
    (void)L4_Set_Priority(id, priority);
    spins = 0;
}

/* --- errands ----------------------------------------------------------------
 */

static volatile L4_Word_t woken, late_us, flags_seen, held_us, turns;
static volatile L4_Word64_t seen_at, woken_at;

static L4_Word_t
nap(L4_Word_t us, L4_Word_t unused, L4_Word_t unused2)
{
    L4_Word64_t begin;

    (void)unused;
    (void)unused2;
    begin = now_us();
    L4_Sleep(L4_TimePeriod(us));
    woken_at = now_us();
    late_us = (L4_Word_t)(woken_at - begin) - us;
    woken = 1;
    return 1;
}

/* The same, woken by an interrupt. */
static L4_Word_t
interrupted(L4_Word_t unused, L4_Word_t unused2, L4_Word_t unused3)
{
    L4_MsgTag_t tag;

    (void)unused;
    (void)unused2;
    (void)unused3;
    tag = L4_Receive_Timeout(rtc_line(), ms(200));
    woken_at = now_us();
    woken = 1;
    rtc_stop();
    return tag.raw;
}

enum manner { ON_AND_ON, ASKS_THE_KERNEL, GIVES_WAY, CALLS };

/*
 * Hold on with these flags until the waker has run. Seen from here: when I was
 * set, and for how long that held.
 */
static L4_Word_t
hold(L4_Word_t flags, L4_Word_t manner, L4_Word_t partner)
{
    volatile L4_Word8_t *mine = l4_preemption_flags();
    L4_Word64_t begin;

    L4_Yield(); /* a fresh time slice */
    *mine = (L4_Word8_t)flags;
    seen_at = 0;
    begin = now_us();
    while (!woken && now_us() - begin < PATIENCE_US) {
        if (manner == ASKS_THE_KERNEL) {
            (void)L4_Flush(L4_Nilpage);
            L4_ThreadSwitch(L4_Myself());
        }
        if (seen_at != 0 || (*mine & I) == 0)
            continue;
        seen_at = now_us();
        if (manner == GIVES_WAY)
            L4_Yield();
        if (manner == CALLS) {
            L4_Set_MsgTag(l4_tag(0));
            (void)L4_Call_Timeouts(l4_id(partner), L4_Never, ms(50));
        }
        flags_seen = *mine;
        if (manner == GIVES_WAY || manner == CALLS)
            break;
    }
    if (manner == ON_AND_ON || manner == ASKS_THE_KERNEL)
        flags_seen = *mine;
    held_us = seen_at != 0 ? (L4_Word_t)(woken_at - seen_at) : 0;
    *mine = 0;
    return woken;
}

/* Serve one call; was the waker ahead of it? */
static L4_Word_t
serve(L4_Word_t unused, L4_Word_t unused2, L4_Word_t unused3)
{
    L4_ThreadId_t from;
    L4_Word_t was;

    (void)unused;
    (void)unused2;
    (void)unused3;
    if (L4_IpcFailed(L4_Wait_Timeout(ms(100), &from)))
        return 2;
    was = woken;
    L4_Set_MsgTag(l4_tag(0));
    (void)L4_Reply(from);
    return was;
}

static volatile L4_Word_t told, told_from, told_tag;
static volatile L4_Word64_t told_at, told_clock;

/* Wait for a message of preemption; how many came. */
static L4_Word_t
oversee(L4_Word_t us, L4_Word_t unused, L4_Word_t unused2)
{
    L4_ThreadId_t from;
    L4_MsgTag_t tag;
    L4_Word_t clock[2] = {0, 0};

    (void)unused;
    (void)unused2;
    told = 0;
    tag = L4_Wait_Timeout(L4_TimePeriod(us), &from);
    if (L4_IpcFailed(tag))
        return 0;
    told_at = now_us();
    L4_StoreMRs(1, 2, clock);
    told_clock = clock[1] * 0x100000000ULL + clock[0];
    told_from = from.raw;
    told_tag = tag.raw;
    told = 1;
    L4_Set_MsgTag(l4_tag(0));
    (void)L4_Reply(from);
    return 1;
}

/* --- delayed preemption
 * ------------------------------------------------------- */

static void
may_delay(L4_Word_t sensitive, L4_Word_t us)
{
    EXPECT(L4_Set_PreemptionDelay(holder, sensitive, us) != L4_SchedErr);
}

static void
contend(L4_Word_t flags, enum manner manner, L4_ThreadId_t partner)
{
    woken = 0;
    flags_seen = held_us = 0;
    errand_begin(waker, nap, NAP_US, 0, 0);
    errand_begin(holder, hold, flags, manner, partner.raw);
    EQUAL(errand_end(holder), 1);
    EQUAL(errand_end(waker), 1);
}

/* Delayed for `us`, to the tick. */
static void
held_for(L4_Word_t us)
{
    EXPECT(held_us > us - TICK_US / 2 && held_us < us + TICK_US / 2);
}

static void
not_held(void)
{
    EQUAL(held_us, 0);
    EXPECT(late_us < 3 * TICK_US / 2);
}

static void
delayed(void)
{
    may_delay(WAKER, 6000);
    contend(D, ON_AND_ON, L4_nilthread);
    held_for(6000);
    EQUAL(flags_seen, D | I);
    verdict("%s: a preemption is delayed for the maximum, and I is set", where);
    contend(D, ASKS_THE_KERNEL, L4_nilthread);
    held_for(6000);
    EQUAL(flags_seen, D | I);
    verdict(
        "%s: system calls meanwhile, and a switch to oneself, change nothing",
        where);
    may_delay(WAKER, 3300);
    contend(D, ON_AND_ON, L4_nilthread);
    held_for(4000);
    verdict("%s: the maximum is rounded up to ticks", where);
    may_delay(255, 0xffff);
    contend(D, GIVES_WAY, L4_nilthread);
    EXPECT(held_us < TICK_US / 2);
    EQUAL(flags_seen, D);
    verdict("%s: ThreadSwitch gives way at once and clears I", where);
}

static void
undelayed(void)
{
    may_delay(WAKER, 6000);
    contend(0, ON_AND_ON, L4_nilthread);
    not_held();
    EQUAL(flags_seen, 0);
    verdict("%s: without d there is no delay", where);
    may_delay(WAKER - 1, 6000);
    contend(D | S, ON_AND_ON, L4_nilthread);
    not_held();
    EQUAL(flags_seen, D | S);
    verdict("%s: nor from above the sensitive priority", where);
    may_delay(WAKER, 0);
    contend(D | S, ON_AND_ON, L4_nilthread);
    not_held();
    EQUAL(flags_seen, D | S);
    verdict("%s: nor if the maximum is nil", where);
    may_delay(WAKER, 6000);
    EQUAL(L4_Schedule(holder, 0x80000000, UNCHANGED, UNCHANGED, 0,
                      &(L4_Word_t){0}),
          0);
    EQUAL(L4_ErrorCode(), L4_ErrInvalidParam);
    EXPECT(L4_Schedule(holder, UNCHANGED, UNCHANGED, 0x1ff, UNCHANGED,
                       &(L4_Word_t){0}));
    contend(D, ON_AND_ON, L4_nilthread);
    held_for(6000);
    verdict("%s: what is refused, and all ones, leave the delay alone", where);
}

/* The partner has less priority than the waker, and less than the holder. */
static void
ipc_gives_way(enum kind kind)
{
    L4_ThreadId_t partner = prepared(servant_space(kind), LOW);

    may_delay(255, 0xffff);
    errand_begin(partner, serve, 0, 0, 0);
    contend(D, CALLS, partner);
    EQUAL(errand_end(partner), 1);
    EXPECT(held_us < TICK_US / 2);
    EQUAL(flags_seen, D | I);
    verdict("%s: who waits for an answer gives way at once", where);
    stage_kill(partner);
}

static void
by_interrupt(void)
{
    L4_Word_t tag;

    EXPECT(L4_AssociateInterrupt(rtc_line(), waker));
    may_delay(WAKER, 6000);
    woken = 0;
    rtc_start(RATE_64);
    errand_begin(waker, interrupted, 0, 0, 0);
    errand_begin(holder, hold, D, ON_AND_ON, 0);
    EQUAL(errand_end(holder), 1);
    tag = errand_end(waker);
    EQUAL(tag, INTERRUPT);
    /* it comes anywhere between two ticks */
    EXPECT(held_us > 4500 && held_us < 6500);
    EQUAL(flags_seen, D | I);
    EXPECT(L4_DeassociateInterrupt(rtc_line()));
    verdict("%s: a preemption by a driver is delayed as well", where);
}

static void
signalled(void)
{
    EXPECT(L4_ThreadControl(holder, holder, boss, L4_nilthread, (void *)-1));
    may_delay(WAKER, 4000);
    errand_begin(boss, oversee, 40000, 0, 0);
    contend(D | S, ON_AND_ON, L4_nilthread);
    EQUAL(errand_end(boss), 1);
    EQUAL(told_tag, PREEMPTED);
    EQUAL(told_from, holder.raw);
    EXPECT(told_at - told_clock < TICK_US);
    held_for(4000);
    EXPECT(told_at >= seen_at + 3500 && told_at <= woken_at);
    verdict("%s: with s, the scheduler is told when the delay is used up",
            where);
    errand_begin(boss, oversee, 30000, 0, 0);
    contend(D, ON_AND_ON, L4_nilthread);
    EQUAL(errand_end(boss), 0);
    verdict("%s: without s it is not", where);
    errand_begin(boss, oversee, 30000, 0, 0);
    contend(D | S, GIVES_WAY, L4_nilthread);
    EQUAL(errand_end(boss), 0);
    verdict("%s: nor if the holder gives way in time", where);
    errand_begin(boss, oversee, 30000, 0, 0);
    contend(S, ON_AND_ON, L4_nilthread);
    EQUAL(errand_end(boss), 0);
    verdict("%s: nor of a preemption that was not delayed", where);
    EXPECT(L4_ThreadControl(holder, holder, L4_Myself(), L4_nilthread,
                            (void *)-1));
}

/* Twice the waker, with one budget of delay. */
static L4_Word_t
hold_twice(L4_Word_t renew, L4_Word_t unused, L4_Word_t unused2)
{
    volatile L4_Word8_t *mine = l4_preemption_flags();
    L4_Word64_t begin;

    (void)unused;
    (void)unused2;
    L4_Yield();
    *mine = D;
    for (L4_Word_t i = 1; i <= 2; i++) {
        seen_at = 0;
        *mine = D;
        begin = now_us();
        while (turns < i && now_us() - begin < PATIENCE_US)
            if (seen_at == 0 && (*mine & I) != 0)
                seen_at = now_us();
        if (renew)
            L4_Yield();
    }
    held_us = seen_at != 0 ? (L4_Word_t)(woken_at - seen_at) : 0;
    *mine = 0;
    return turns;
}

static L4_Word_t
nap_twice(L4_Word_t us, L4_Word_t unused, L4_Word_t unused2)
{
    (void)nap(us, unused, unused2);
    turns++;
    (void)nap(us, unused, unused2);
    turns++;
    return 1;
}

static void
budget(void)
{
    for (L4_Word_t renew = 0; renew <= 1; renew++) {
        may_delay(WAKER, 3000);
        turns = 0;
        errand_begin(waker, nap_twice, NAP_US, 0, 0);
        errand_begin(holder, hold_twice, renew, 0, 0);
        EQUAL(errand_end(holder), 2);
        EQUAL(errand_end(waker), 1);
        if (renew)
            held_for(3000);
        else
            EQUAL(held_us, 0);
    }
    verdict(
        "%s: ThreadSwitch renews what may be delayed, and nothing else does",
        where);
}

/* --- the end of a time slice
 * --------------------------------------------------- */

/* How long until an equal gets the processor, from the start of a slice. */
static L4_Word_t
until_equal(L4_Word_t flags, L4_Word_t unused, L4_Word_t unused2)
{
    volatile L4_Word8_t *mine = l4_preemption_flags();
    L4_Word_t before;
    L4_Word64_t begin, last, now;

    (void)unused;
    (void)unused2;
    *mine = (L4_Word8_t)flags;
    L4_Yield();
    begin = now = now_us();
    before = spins;
    do { /* a reading during which the equal ran does not count */
        last = now;
        now = now_us();
    } while (spins == before);
    *mine = 0;
    return (L4_Word_t)(last - begin);
}

static void
at_slice_end(enum kind kind)
{
    L4_ThreadId_t equal = stage_space(kind);
    L4_Word_t us;

    let_spin(equal, HOLDER);
    (void)L4_Set_Timeslice(equal, ms(3), L4_Never);
    (void)L4_Set_Timeslice(holder, ms(5), L4_Never);
    may_delay(HOLDER - 1, 4000);
    us = errand(holder, until_equal, D, 0, 0);
    EXPECT(us > 4 * TICK_US && us < 6 * TICK_US);
    may_delay(HOLDER, 4000);
    us = errand(holder, until_equal, D, 0, 0);
    EXPECT(us > 8 * TICK_US && us < 10 * TICK_US);
    us = errand(holder, until_equal, 0, 0, 0);
    EXPECT(us > 4 * TICK_US && us < 6 * TICK_US);
    stage_kill(equal);
    (void)L4_Set_Timeslice(holder, ms(10), L4_Never);
    verdict("%s: the end of a time slice is delayed, too", where);
}

/* --- total quantum -----------------------------------------------------------
 */

/* Run for so long by the clock, with nobody in between. */
static L4_Word_t
run_for(L4_Word_t us, L4_Word_t unused, L4_Word_t unused2)
{
    L4_Word64_t begin;

    (void)unused;
    (void)unused2;
    begin = now_us();
    while (now_us() - begin < us)
        ;
    return 1;
}

static L4_Word_t
quantum_left(L4_ThreadId_t id)
{
    L4_Time_t slice, quantum;

    (void)L4_Timeslice(id, &slice, &quantum);
    return quantum.raw == L4_Never.raw ? 0 : (L4_Word_t)l4_period_us(quantum);
}

static void
quantum(enum placement p)
{
    L4_Word64_t begin;

    pair_make_servants(p);
    (void)prepared(pair_a, BOSS);
    (void)prepared(pair_b, HOLDER);
    EXPECT(L4_ThreadControl(pair_b, pair_b, pair_a, L4_nilthread, (void *)-1));
    EXPECT(L4_Set_Timeslice(pair_b, ms(3), ms(20)));
    EQUAL(errand(pair_b, run_for, 8000, 0, 0), 1);
    EXPECT(quantum_left(pair_b) > 10 * TICK_US);
    EXPECT(quantum_left(pair_b) < 13 * TICK_US);
    verdict("%s: Schedule tells what is left of the quantum",
            placement_name[p]);

    begin = now_us();
    errand_begin(pair_a, oversee, 100000, 0, 0);
    errand_begin(pair_b, run_for, 16000, 0, 0);
    EQUAL(errand_end(pair_a), 1);
    EQUAL(told_tag, PREEMPTED);
    EXPECT(told_at - begin > 10 * TICK_US && told_at - begin < 14 * TICK_US);
    EXPECT(told_at - told_clock < TICK_US);
    if (!placement_is_same(p))
        EQUAL(told_from, pair_b.raw);
    else
        EQUAL(told_from, stage_utcb(pair_b) + 256);
    verdict("%s: at its end the scheduler gets the message", placement_name[p]);

    EQUAL(errand(pair_a, oversee, 100000, 0, 0), 1);
    EXPECT(L4_Set_Timeslice(pair_b, ms(3), ms(50)));
    EQUAL(errand(pair_a, oversee, 10000, 0, 0), 0);
    EQUAL(errand_end(pair_b), 1);
    EXPECT(quantum_left(pair_b) > 30 * TICK_US);
    verdict("%s: with the next tick again, until it gives more",
            placement_name[p]);

    EXPECT(L4_Set_Timeslice(pair_b, ms(3), l4_time(0x0400)));
    errand_begin(pair_b, run_for, 5000, 0, 0);
    EQUAL(errand(pair_a, oversee, 10000, 0, 0), 1);
    EXPECT(L4_Set_Timeslice(pair_b, ms(3), L4_Never));
    EQUAL(errand_end(pair_b), 1);
    EQUAL(quantum_left(pair_b), 0);
    verdict("%s: a quantum of nil is over with the first tick",
            placement_name[p]);
    pair_kill();
}

static void
nobody_to_tell(void)
{
    L4_ThreadId_t scheduler = stage_space(SMALL);
    L4_ThreadId_t id = prepared(servant_space(LARGE), HOLDER);

    EXPECT(L4_ThreadControl(id, id, scheduler, L4_nilthread, (void *)-1));
    EXPECT(L4_Set_Timeslice(id, ms(3), ms(3)));
    stage_kill(scheduler);
    errand_begin(id, run_for, 20000, 0, 0);
    sleep_ms(50);
    EQUAL(stage_state(id), L4_SchedInactive);
    stage_kill(id);
    verdict("without a scheduler the thread halts");
}

/* --- time slices
 * ------------------------------------------------------------------ */

static L4_Word_t
slice_left(L4_ThreadId_t id)
{
    L4_Time_t slice, quantum_time;

    (void)L4_Timeslice(id, &slice, &quantum_time);
    return (L4_Word_t)l4_period_us(slice);
}

static void
slice_told(void)
{
    EXPECT(L4_Set_Timeslice(holder, ms(30), L4_Never));
    EQUAL(errand(holder, run_for, 10000, 0, 0), 1);
    EXPECT(slice_left(holder) > 18 * TICK_US);
    EXPECT(slice_left(holder) < 22 * TICK_US);
    verdict("%s: Schedule tells what is left of the time slice", where);
    EXPECT(L4_Set_Timeslice(holder, ms(30), L4_Never));
    EXPECT(slice_left(holder) > 29 * TICK_US);
    verdict("%s: setting it makes it fresh", where);
    EXPECT(L4_Set_Timeslice(holder, l4_time(0x0400), L4_Never));
    EXPECT(slice_left(holder) > 0);
    verdict("%s: a slice of nil is the shortest, not an endless one", where);
    (void)L4_Set_Timeslice(holder, ms(10), L4_Never);
}

/* --- lent time
 * --------------------------------------------------------------------- */

static volatile L4_Word_t lent_spins, lent_spinning;

static void
spin_low(L4_Word_t unused)
{
    (void)unused;
    pn_image_touch();
    for (lent_spinning = 1;; lent_spins++)
        ;
}

/* Switch to it; for how long was one away? */
static L4_Word_t
lend(L4_Word_t to, L4_Word_t first_us, L4_Word_t unused)
{
    L4_Word64_t begin;

    (void)unused;
    L4_Yield(); /* a fresh time slice */
    (void)run_for(first_us, 0, 0);
    begin = now_us();
    L4_ThreadSwitch(l4_id(to));
    return (L4_Word_t)(now_us() - begin);
}

static void
lending(enum placement p)
{
    L4_ThreadId_t middle = stage_space(SMALL);
    L4_Word_t us;

    pair_a = stage_space(placement_kind_a(p));
    pair_b = placement_is_same(p) ? servant_thread(pair_a)
                                  : servant_space(placement_kind_b(p));
    (void)prepared(pair_b, WAKER);
    lent_spinning = 0;
    stage_start(pair_a, spin_low, 0);
    stage_until(&lent_spinning);
    (void)L4_Set_Priority(pair_a, LOW);
    let_spin(middle, HOLDER);
    (void)L4_Set_Timeslice(pair_b, ms(20), L4_Never);
    sleep_ms(1);
    lent_spins = spins = 0;
    us = errand(pair_b, lend, pair_a.raw, 5000, 0);
    EXPECT(us > 13 * TICK_US && us < 17 * TICK_US);
    EXPECT(lent_spins > 0);
    EQUAL(spins, 0);
    verdict("%s: what is left of a time slice is lent downward, for its length",
            placement_name[p]);
    (void)L4_Set_Timeslice(pair_b, L4_Never, L4_Never);
    us = errand(pair_b, lend, pair_a.raw, 1000, 0);
    EXPECT(us > 8 * TICK_US && us < 11 * TICK_US);
    verdict("%s: of an endless one ten milliseconds", placement_name[p]);
    us = errand(pair_b, lend, L4_GlobalId(1000, 1).raw, 0, 0);
    EXPECT(us < TICK_US);
    us = errand(pair_b, lend, stage_pager().raw, 0, 0);
    EXPECT(us < TICK_US);
    verdict("%s: nothing is lent to nobody, or to a thread that waits",
            placement_name[p]);
    stage_kill(middle);
    pair_kill();
}

int
main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    stage_open();
    rtc_open();
    for (enum kind k = LARGE; k <= SMALL; k++) {
        where = k == SMALL ? "small" : "large";
        holder = prepared(servant_space(k), HOLDER);
        waker = prepared(servant_space(k == SMALL ? LARGE : SMALL), WAKER);
        boss = prepared(servant_space(k), BOSS);
        delayed();
        undelayed();
        ipc_gives_way(k == SMALL ? LARGE : SMALL);
        by_interrupt();
        signalled();
        budget();
        at_slice_end(k);
        slice_told();
        stage_kill(holder);
        stage_kill(waker);
        stage_kill(boss);
    }
    FOR_PLACEMENTS(p)
    {
        quantum(p);
        lending(p);
    }
    nobody_to_tell();
    done();
}
