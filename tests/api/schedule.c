/*
 * tests/api/schedule.c - Schedule, ThreadSwitch, SystemClock and what the
 * scheduler itself promises (sheet section 11).
 *
 * With the argument "clock" also what needs a machine that loses no ticks:
 * QEMU with -icount is one, Bochs is none.
 */
#include "stage.h"

#include <pn/image.h>
#include <pn/program.h>
#include <pn/ticks.h>

#define UNCHANGED 0xffffffffUL
#define IGNORED   0xeeUL

static L4_ThreadId_t me;

static L4_Word_t old_time;

static L4_Word_t
schedule(L4_ThreadId_t id, L4_Word_t time, L4_Word_t cpu, L4_Word_t prio,
         L4_Word_t preemption)
{
    l4_tcr_set(L4_TCR_ERROR_CODE, IGNORED);
    return L4_Schedule(id, time, cpu, prio, preemption, &old_time);
}

static void
refused(L4_Word_t result, L4_Word_t error)
{
    EQUAL(result, 0);
    EQUAL(L4_ErrorCode(), error);
}

/* --- acts --- */

static volatile L4_Word_t counts[8], stop, ready;
static L4_Word_t counts_before[8];

/* How far each has counted since `begin`. */
static void
begin(void)
{
    for (int i = 0; i < 8; i++)
        counts_before[i] = counts[i];
}

static L4_Word_t
counted(int i)
{
    return counts[i] - counts_before[i];
}

static void
spin(L4_Word_t index)
{
    pn_image_touch();
    ready++;
    while (!stop)
        counts[index]++;
}

static void
receive(L4_Word_t unused)
{
    (void)unused;
    (void)L4_Receive(me);
}

static void
send(L4_Word_t unused)
{
    (void)unused;
    L4_Set_MsgTag(l4_tag(0));
    (void)L4_Send(me);
}

static void
halt_self(L4_Word_t unused)
{
    (void)unused;
    (void)L4_Stop(L4_Myself());
}

/* --- states --- */

static void
state_of(act_t act, L4_Word_t state, const char *what)
{
    for (enum kind kind = LARGE; kind <= SMALL; kind++) {
        L4_ThreadId_t id = stage_space(kind);

        (void)L4_Set_Priority(id, 50);
        stage_start(id, act, 0);
        stage_until_state(id, state);
        if (act == send)
            (void)L4_Receive_Timeout(id, ms(10));
        stop = 1;
        stage_kill(id);
        stop = 0;
    }
    verdict("a %s thread is in state %lu", what, state);
}

static void
states(void)
{
    L4_ThreadId_t id = stage_new_id();

    state_of(spin, L4_SchedRunning, "running");
    state_of(receive, L4_SchedWaiting, "receiving");
    state_of(send, L4_SchedPendingSend, "queueing");
    state_of(halt_self, L4_SchedInactive, "halted");
    EQUAL(schedule(me, UNCHANGED, UNCHANGED, UNCHANGED, UNCHANGED),
          L4_SchedRunning);
    EQUAL(schedule(L4_MyLocalId(), UNCHANGED, UNCHANGED, UNCHANGED, UNCHANGED),
          L4_SchedRunning);
    verdict("the caller itself is running; a local id names it, too");
    EXPECT(L4_ThreadControl(id, id, me, L4_nilthread, (void *)-1));
    EQUAL(stage_state(id), L4_SchedInactive);
    stage_kill(id);
    verdict("an inactive thread is in state 2");
    id = stage_space(LARGE);
    EQUAL(stage_state(id), L4_SchedWaiting);
    stage_kill(id);
    verdict("a thread that was never started is waiting");
}

/* --- refusals --- */

static void
ids(void)
{
    refused(stage_state(L4_GlobalId(1000, 1)), L4_ErrInvalidThread);
    refused(stage_state(L4_GlobalId(L4_ThreadNo(me), 2)), L4_ErrInvalidThread);
    refused(stage_state(L4_GlobalId(0x3ffff, 1)), L4_ErrInvalidThread);
    refused(stage_state(L4_nilthread), L4_ErrInvalidThread);
    refused(stage_state(L4_anythread), L4_ErrInvalidThread);
    verdict("Schedule on a thread that does not exist: 0, error 2");
    refused(stage_state(L4_GlobalId(3, 1)), L4_ErrInvalidThread);
    verdict("an unattached interrupt: 0, error 2");
}

/* Nothing may have changed: neither slice nor priority. */
static void
bad_parameters(void)
{
    L4_ThreadId_t id = stage_space(SMALL);
    L4_Word_t slice = (L4_Word_t)ms(8).raw << 16;

    EXPECT(schedule(id, slice, UNCHANGED, 70, UNCHANGED));
    refused(schedule(id, 0x80000000, UNCHANGED, 90, UNCHANGED),
            L4_ErrInvalidParam);
    refused(schedule(id, 0x00008001, UNCHANGED, 90, UNCHANGED),
            L4_ErrInvalidParam);
    refused(schedule(id, 0x000c8001, UNCHANGED, 0x003f0032, 0x06000000),
            L4_ErrInvalidParam);
    verdict("time points are refused with error 5");
    refused(schedule(id, (L4_Word_t)ms(3).raw << 16, 1, 90, UNCHANGED),
            L4_ErrInvalidParam);
    refused(schedule(id, UNCHANGED, 77, UNCHANGED, UNCHANGED),
            L4_ErrInvalidParam);
    verdict("another processor is refused with error 5");
    EXPECT(schedule(id, UNCHANGED, UNCHANGED, UNCHANGED, UNCHANGED));
    EQUAL(old_time >> 16, ms(8).raw);
    verdict("what was refused has not changed the time slice");
    EXPECT(schedule(id, UNCHANGED, 0, UNCHANGED, UNCHANGED));
    verdict("processor 0 is accepted");
    stage_kill(id);
}

static volatile L4_Word_t results[6], errors[6];

static void
try_priorities(L4_Word_t id)
{
    L4_ThreadId_t t = l4_id(id);

    results[0] = schedule(t, UNCHANGED, UNCHANGED, 101, UNCHANGED);
    errors[0] = L4_ErrorCode();
    results[1] = schedule(t, UNCHANGED, UNCHANGED, 255, UNCHANGED);
    errors[1] = L4_ErrorCode();
    results[2] = schedule(t, UNCHANGED, UNCHANGED, UNCHANGED, 101UL << 16);
    errors[2] = L4_ErrorCode();
    results[3] = schedule(t, UNCHANGED, UNCHANGED, 100, UNCHANGED);
    results[4] = schedule(t, UNCHANGED, UNCHANGED, UNCHANGED, 100UL << 16);
    results[5] = schedule(t, UNCHANGED, UNCHANGED, 0x1ff, UNCHANGED);
}

static void
entitled(void)
{
    L4_ThreadId_t id = stage_space(SMALL), scheduler = stage_space(LARGE);
    L4_ThreadId_t colleague = stage_thread(scheduler);

    stage_start(colleague, try_priorities, id.raw);
    stage_wait(colleague);
    for (int i = 0; i < 6; i++)
        EQUAL(results[i], 0);
    EQUAL(errors[0], L4_ErrNoPrivilege);
    stage_kill(colleague);
    verdict("a thread of a space that is not the scheduler's: 0, error 1");
    EXPECT(L4_ThreadControl(id, id, scheduler, L4_nilthread, (void *)-1));
    colleague = stage_thread(scheduler);
    stage_start(colleague, try_priorities, id.raw);
    stage_wait(colleague);
    EQUAL(results[3], L4_SchedWaiting);
    verdict("any thread of the scheduler's space may schedule");
    EQUAL(results[0], 0);
    EQUAL(results[1], 0);
    EQUAL(errors[0], L4_ErrNoPrivilege);
    EQUAL(errors[1], L4_ErrNoPrivilege);
    verdict("nobody gives more priority than he has: 0, error 1");
    EQUAL(results[2], 0);
    EQUAL(errors[2], L4_ErrNoPrivilege);
    EQUAL(results[4], L4_SchedWaiting);
    verdict("nor a higher sensitive priority");
    EQUAL(results[5], L4_SchedWaiting);
    verdict("priority 0x1FF means unchanged, whoever asks");
    stage_kill(colleague);
    stage_kill(scheduler);
    stage_kill(id);
}

/* --- priorities obeyed --- */

static void
open_race(unsigned n, L4_ThreadId_t *t, const L4_Word_t *priority,
          L4_Word_t slice_ms)
{
    stop = ready = 0;
    for (unsigned i = 0; i < n; i++) {
        t[i] = stage_space(i % 2 ? SMALL : LARGE);
        stage_start(t[i], spin, i);
        /* alone at first, so that it gets through its page faults */
        (void)L4_Set_Priority(t[i], 120);
        while (ready <= i)
            sleep_ms(1);
        (void)L4_Set_Priority(t[i], 1);
        if (slice_ms)
            (void)L4_Set_Timeslice(t[i], ms(slice_ms * (i + 1)), L4_Never);
    }
    for (unsigned i = 0; i < n; i++)
        (void)L4_Set_Priority(t[i], priority[i]);
    begin();
}

static void
close_race(unsigned n, L4_ThreadId_t *t)
{
    for (unsigned i = 0; i < n; i++)
        stage_kill(t[i]);
    stop = 1;
}

static void
strict_priorities(void)
{
    static const L4_Word_t p[] = {20, 40, 30};
    L4_ThreadId_t t[3];

    open_race(3, t, p, 0);
    sleep_ms(40);
    EXPECT(counted(1) > 0);
    EQUAL(counted(0) | counted(2), 0);
    verdict("while the higher runs the lower do not");
    (void)L4_Set_Priority(t[1], 25);
    begin();
    sleep_ms(40);
    EQUAL(counted(0) | counted(1), 0);
    EXPECT(counted(2) > 0);
    verdict("lowered, it gives way at once");
    (void)L4_Set_Priority(t[0], 60);
    begin();
    sleep_ms(40);
    EXPECT(counted(0) > 0);
    EQUAL(counted(1) | counted(2), 0);
    verdict("raised, another one takes over at once");
    EXPECT(schedule(t[0], UNCHANGED, UNCHANGED, 0x1ff, UNCHANGED));
    EXPECT(schedule(t[0], UNCHANGED, UNCHANGED, 0x0032ffff, UNCHANGED));
    EXPECT(schedule(t[0], UNCHANGED, UNCHANGED, UNCHANGED, UNCHANGED));
    begin();
    sleep_ms(10);
    EXPECT(counted(0) > 0);
    EQUAL(counted(1) | counted(2), 0);
    verdict("0x1FF in the low bits, and all ones, leave the priority alone");
    close_race(3, t);
}

static void
round_robin(void)
{
    static const L4_Word_t p[] = {30, 30, 30};
    L4_ThreadId_t t[3];
    L4_Word_t all;

    open_race(3, t, p, 0);
    sleep_ms(300);
    all = counted(0) + counted(1) + counted(2);
    for (int i = 0; i < 3; i++)
        if (counted(i) < all / 300 * 75 || counted(i) > all / 300 * 125)
            EQUAL(counted(i), all / 3);
    verdict("three of equal priority share the processor alike");
    close_race(3, t);
}

static void
slices(void)
{
    static const L4_Word_t p[] = {30, 30};
    L4_ThreadId_t t[2];

    open_race(2, t, p, 10);
    sleep_ms(600);
    EXPECT(counted(1) > counted(0) / 10 * 16);
    EXPECT(counted(1) < counted(0) / 10 * 24);
    verdict("with twice the time slice it gets twice the time");
    (void)L4_Set_Timeslice(t[0], L4_Never, L4_Never);
    sleep_ms(50);
    begin();
    sleep_ms(100);
    EXPECT(counted(0) > 0);
    EQUAL(counted(1), 0);
    verdict("without end of its time slice it is not preempted by an equal");
    close_race(2, t);
}

static void
told_times(void)
{
    L4_ThreadId_t id = stage_space(SMALL);
    L4_Time_t slice, quantum;

    EQUAL(L4_Timeslice(id, &slice, &quantum), L4_SchedWaiting);
    EXPECT(l4_period_us(slice) <= 10000 && l4_period_us(slice) >= 9900);
    EQUAL(quantum.raw, 0);
    verdict("by default the time slice is 10 ms and the quantum endless");
    EXPECT(L4_Set_Timeslice(id, ms(32), ms(500)));
    (void)L4_Timeslice(id, &slice, &quantum);
    EQUAL(slice.raw, ms(32).raw);
    EQUAL(quantum.raw, ms(500).raw);
    verdict("time slice and quantum read back as the periods that were set");
    EXPECT(L4_Set_Timeslice(id, L4_Never, L4_Never));
    (void)L4_Timeslice(id, &slice, &quantum);
    EQUAL(slice.raw, 0);
    EQUAL(quantum.raw, 0);
    verdict("endless reads back as endless");
    stage_kill(id);
}

/* --- ticks of the clock that found it running --- */

static L4_Word_t
ticks_of(L4_ThreadId_t id)
{
    L4_Word_t ticks = IGNORED;

    EXPECT(PN_Ticks(id, &ticks) != 0);
    return ticks;
}

static void
tell_ticks(L4_Word_t unused)
{
    L4_Word_t ticks = IGNORED;

    (void)unused;
    counts[0] = PN_Ticks(me, &ticks);
    counts[1] = L4_ErrorCode();
    counts[2] = ticks;
    ready = 1;
}

static void
ticks(void)
{
    L4_ThreadId_t busy = stage_space(SMALL), idle = stage_space(LARGE);
    L4_Word_t before;

    stop = 0;
    stage_start(busy, spin, 0);
    stage_start(idle, receive, 0);
    stage_until_state(idle, L4_SchedWaiting);
    before = ticks_of(idle);
    EXPECT(before <= 2); /* faults of its first page */
    for (int i = 0; i < 1000 && ticks_of(busy) < 20; i++)
        sleep_ms(2);
    EXPECT(ticks_of(busy) >= 20);
    EQUAL(ticks_of(idle), before);
    stop = 1;
    stage_kill(idle);
    stage_kill(busy);
    stop = ready = 0;
    verdict("Schedule counts the ticks that found a thread running");

    before = IGNORED;
    refused(PN_Ticks(stage_new_id(), &before), 2);
    EQUAL(before, IGNORED);
    busy = stage_space(SMALL);
    stage_start(busy, tell_ticks, 0);
    stage_until(&ready);
    EQUAL(counts[0], 0);
    EQUAL(counts[1], 1);
    EQUAL(counts[2], IGNORED);
    stage_kill(busy);
    ready = 0;
    verdict("and tells nobody but who may schedule it");
}

/* --- preemption --- */

static volatile L4_Word_t woke_late;

/* Bochs drops a tick now and then when its host is busy: five tries. */
static void
wake_often(L4_Word_t unused)
{
    (void)unused;
    for (int tries = 0; tries < 5; tries++) {
        L4_Word_t late = 0;

        for (int i = 0; i < 20; i++) {
            L4_Word64_t begin = now_us();

            sleep_ms(2);
            late += now_us() - begin > 2000 + 1500;
        }
        woke_late = late;
        if (late == 0)
            break;
    }
}

static void
preemption(void)
{
    static const L4_Word_t p[] = {50};
    L4_ThreadId_t t[1], waker = stage_space(SMALL);

    woke_late = 0;
    open_race(1, t, p, 0);
    stage_start(waker, wake_often, 0);
    stage_wait(waker);
    EQUAL(woke_late, 0);
    EXPECT(counted(0) > 0);
    close_race(1, t);
    stage_kill(waker);
    verdict("a sleeper of higher priority runs within a tick of its time");
}

/* --- ThreadSwitch --- */

static void
switch_to(L4_ThreadId_t to)
{
    struct raw r = {.eax = to.raw,
                    .ebx = 0x0b0b0b0b,
                    .ecx = 0x0c0c0c0c,
                    .edx = 0x0d0d0d0d,
                    .esi = 0x51515151,
                    .edi = 0xd1d1d1d1,
                    .ebp = 0xbabababa};

    l4_tcr_set(L4_TCR_ERROR_CODE, IGNORED);
    raw_call(l4_entries[L4_ENTRY_THREAD_SWITCH], &r);
    EQUAL(r.eax, to.raw);
    EQUAL(r.ebx, 0x0b0b0b0b);
    EQUAL(r.ecx, 0x0c0c0c0c);
    EQUAL(r.edx, 0x0d0d0d0d);
    EQUAL(r.esi, 0x51515151);
    EQUAL(r.edi, 0xd1d1d1d1);
    EQUAL(r.ebp, 0xbabababa);
    EQUAL(L4_ErrorCode(), IGNORED);
}

static void
switch_registers(void)
{
    L4_ThreadId_t id = stage_space(LARGE);

    switch_to(L4_nilthread);
    switch_to(me);
    switch_to(L4_MyLocalId());
    switch_to(id);
    switch_to(L4_GlobalId(1000, 1));
    switch_to(L4_anythread);
    stage_kill(id);
    verdict("ThreadSwitch to nil, oneself, a waiting thread or nobody keeps "
            "all registers and ErrorCode");
}

enum { TURNS = 40 };

static volatile L4_Word_t turns[2 * TURNS], turn, open_gate;

static void
take_turns(L4_Word_t who)
{
    pn_image_touch();
    ready++;
    while (!open_gate)
        L4_Yield();
    for (int i = 0; i < TURNS && turn < 2 * TURNS; i++) {
        turns[turn++] = who;
        L4_Yield();
    }
}

static void
yielding(enum placement p)
{
    L4_Word_t alike = 0;

    ready = turn = open_gate = 0;
    pair_make(p);
    (void)L4_Set_Timeslice(pair_a, L4_Never, L4_Never);
    (void)L4_Set_Timeslice(pair_b, L4_Never, L4_Never);
    stage_start(pair_a, take_turns, 0);
    stage_start(pair_b, take_turns, 1);
    while (ready < 2)
        sleep_ms(1);
    open_gate = 1;
    stage_wait(pair_a);
    stage_wait(pair_b);
    for (unsigned i = 2; i + 4 < turn; i++)
        alike += turns[i] == turns[i - 1];
    EQUAL(turn, 2 * TURNS);
    EXPECT(alike <= 2);
    pair_kill();
    verdict("%s: two that yield to each other take turns", placement_name[p]);
}

static L4_ThreadId_t beneficiary;
static volatile L4_Word_t donated_counts;

static void
donate(L4_Word_t unused)
{
    L4_Word_t before = counts[0];

    (void)unused;
    for (int i = 0; i < 5; i++)
        L4_ThreadSwitch(beneficiary);
    donated_counts = counts[0] - before;
}

static void
donation(void)
{
    static const L4_Word_t p[] = {20};
    L4_ThreadId_t t[1], middle = stage_space(SMALL), donor = stage_space(LARGE);

    open_race(1, t, p, 0);
    beneficiary = t[0];
    (void)L4_Set_Priority(middle, 40);
    (void)L4_Set_Priority(donor, 60);
    stage_start(middle, spin, 1);
    stage_start(donor, donate, 0);
    stage_wait(donor);
    EXPECT(donated_counts > 0);
    stop = 1;
    stage_kill(donor);
    stage_kill(middle);
    close_race(1, t);
    verdict("ThreadSwitch to a ready thread lets it run, past a higher one");
}

/* --- SystemClock --- */

static L4_Word64_t
tsc(void)
{
    L4_Word64_t t;

    __asm__ volatile("rdtsc" : "=A"(t));
    return t;
}

static void
clock_monotonic(L4_Word_t unused)
{
    L4_Word64_t last = now_us();

    (void)unused;
    for (int i = 0; i < 5000; i++) {
        L4_Word64_t t = now_us();

        EXPECT(t >= last);
        last = t;
    }
}

static void
clock_rate(void)
{
    L4_Word_t mhz = L4_ProcDescInternalFreq(L4_ProcDesc(NULL, 0)) / 1000;
    L4_Word64_t us = now_us(), cycles = tsc();
    L4_Word_t told, real;

    sleep_ms(100);
    told = (L4_Word_t)(now_us() - us);
    real = (L4_Word_t)(tsc() - cycles) / mhz;
    EXPECT(told >= l4_period_us(ms(100)) && told < 110000);
    EXPECT(told > real / 100 * 99 && told < real / 100 * 101);
    verdict("the clock agrees with the processor's cycles to 1 %%");
}

static void
clocks(void)
{
    struct raw r = {.ebx = 0x0b0b0b0b, .ecx = 0x0c0c0c0c, .ebp = 0xbabababa};

    raw_call(l4_entries[L4_ENTRY_SYSTEM_CLOCK], &r);
    EQUAL(r.ebx, 0x0b0b0b0b);
    EQUAL(r.ecx, 0x0c0c0c0c);
    EQUAL(r.ebp, 0xbabababa);
    verdict("SystemClock keeps EBX, ECX and EBP");
    clock_monotonic(0);
    verdict("the clock never goes back in 5000 reads");
    for (enum kind kind = LARGE; kind <= SMALL; kind++) {
        L4_ThreadId_t id = stage_space(kind);

        stage_start(id, clock_monotonic, 0);
        stage_wait(id);
        stage_kill(id);
        verdict("it never goes back in a %s space",
                kind == SMALL ? "small" : "large");
    }
}

int
main(int argc, char **argv)
{
    me = L4_Myself();
    stage_open();
    states();
    ids();
    bad_parameters();
    entitled();
    strict_priorities();
    if (has_argument(argc, argv, "clock")) {
        round_robin();
        slices();
        clock_rate();
    }
    told_times();
    ticks();
    preemption();
    switch_registers();
    FOR_PLACEMENTS(p)
    {
        yielding(p);
    }
    donation();
    clocks();
    done();
}
