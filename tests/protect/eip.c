/*
 * eip.c - a return to an instruction pointer beyond the segment.
 *
 * EIP comes from start messages, answers to exceptions and ExchangeRegisters,
 * and the kernel's own IRET is what finds out that it lies outside: a #GP at
 * CPL 0. It has to be charged to the thread, as a limit fault of a small
 * space or an exception of a large one, and the kernel lives (R5).
 */
#include "subject.h"

#include <l4/ia32/specifics.h>
#include <l4/ipc.h>
#include <l4/schedule.h>
#include <l4/space.h>
#include <l4/thread.h>
#include <pn/libc.h>
#include <pn/space.h>
#include <pn/tap.h>

#define TOP          0xc0000000UL
#define EXREGS_ENTRY 0x850UL

static struct subject s;

static const L4_Word_t kernel_places[] = {
    0xc0000000, 0xc0000001, 0xc0400000, 0xdffffffe, 0xe0000000, 0xe0100000,
    0xff740000, 0xff7ec000, 0xff7ff000, 0xff7fffc8, 0xff800000, 0xff900000,
    0xff900020, 0xffa00000, 0xffc00000, 0xfffffffe, 0xffffffff,
};
#define KERNEL_PLACES (sizeof kernel_places / sizeof kernel_places[0])

/*
 * How a thread has to be after it went on at `to`: a page fault there if the
 * address is a large space's, else an exception there. `size` is the space's
 * before.
 */
static int
charged(const struct subject *t, L4_Word_t to)
{
    if (to < TOP)
        return t->event == EV_PAGE_FAULT && t->fault_address == to &&
               t->fault_ip == to && !subject_is_small(t);
    return t->event == EV_EXCEPTION && t->frame.eip == to &&
           t->frame.vector == VECTOR_PROTECTION && t->frame.error == 0;
}

static int
report(const struct subject *t, L4_Word_t to)
{
    if (charged(t, to))
        return 1;
    diag("at %lx", to);
    subject_explain(t);
    return 0;
}

/* The thread's registers are all as the answer set them. */
static int
registers_kept(const struct subject *t)
{
    return t->frame.eax == 0x11111111 && t->frame.ecx == 0x22222222 &&
           t->frame.edx == 0x33333333 && t->frame.ebx == 0x44444444 &&
           t->frame.ebp == 0x55555555 && t->frame.esi == 0x66666666 &&
           t->frame.edi == 0x77777777 && t->frame.esp == 0x88888888;
}

static void
set_registers(struct subject *t)
{
    L4_Word_t eip = t->frame.eip;

    t->frame = (struct frame){
        .eip = eip,
        .eflags = FLAGS_START,
        .edi = 0x77777777,
        .esi = 0x66666666,
        .ebp = 0x55555555,
        .esp = 0x88888888,
        .ebx = 0x44444444,
        .edx = 0x33333333,
        .ecx = 0x22222222,
        .eax = 0x11111111,
    };
}

/* Back to a known place, and small again; HLT awaits those who landed. */
static void
restore(void)
{
    struct code c;

    memset(landing_page(), 0xf4, PAGE);
    for (unsigned i = 0; i < 2 && s.event == EV_PAGE_FAULT; i++)
        (void)subject_land(&s);
    subject_unland();
    c = subject_code(&s);
    (void)code_end(&c);
    if (s.event != EV_PAGE_FAULT)
        (void)subject_go(&s);
    subject_shrink(&s);
}

/* --- the answer to an exception --- */

static int
answered(L4_Word_t to)
{
    int passed;

    s.frame.eip = to;
    set_registers(&s);
    (void)subject_go(&s);
    passed = report(&s, to);
    if (to >= TOP)
        passed &= registers_kept(&s);
    restore();
    return passed;
}

static L4_Word_t
random_word(void)
{
    static L4_Word_t x = 2463534242UL;

    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return x;
}

static void
answers(const char *who, L4_Word_t size, unsigned count)
{
    int passed = 1;

    if (size != TOP) {
        ok(answered(size) && answered(size + 1) && answered(size + 0x123),
           "%s: an answer's EIP at the limit is a limit fault", who);
    }
    for (unsigned i = 0; i < KERNEL_PLACES && passed; i++)
        passed &= answered(kernel_places[i]);
    ok(passed, "%s: an answer's EIP in the kernel is the thread's exception",
       who);
    passed = 1;
    for (unsigned i = 0; i < count && passed; i++) {
        L4_Word_t to = random_word();

        passed &= answered(to < 8 * PAGE ? to + TOP : to);
    }
    ok(passed, "%s: so are %u random ones", who, count);
}

/* With single step on, the fault comes first and the flag is kept. */
static void
stepping(const char *who)
{
    s.frame.eip = 0xffd00000UL;
    set_registers(&s);
    s.frame.eflags |= 0x100;
    (void)subject_go(&s);
    ok(report(&s, 0xffd00000UL) && registers_kept(&s) &&
           (s.frame.eflags & 0x100),
       "%s: the same with single step on", who);
    restore();
}

/* --- ExchangeRegisters --- */

/* In its own space: the twin sets the subject's EIP. */
static int
exchanged(struct subject *twin, L4_Word_t to)
{
    struct subject *list[] = {&s};
    struct code c = subject_code(twin);
    int passed;

    code_load(&c, EAX, s.tid.raw);
    code_load(&c, ECX, L4_ExReg_IP | L4_ExReg_AbortRecv);
    code_load(&c, ESI, to);
    code_call(&c, twin->kip + EXREGS_ENTRY);
    (void)code_end(&c);
    s.event = EV_NONE;
    twin->event = EV_END;
    subject_start(twin);
    while (s.event == EV_NONE && subject_wait(list, 1, 20000) != NULL)
        ;
    passed = report(&s, to);
    while (twin->event == EV_NONE)
        if (subject_wait((struct subject *[]){twin}, 1, 20000) == NULL)
            return 0;
    restore();
    return passed;
}

static void
exchanges(const char *who, L4_Word_t size)
{
    struct subject twin;
    int passed = 1;

    subject_twin(&twin, &s, 1);
    if (size != TOP)
        ok(exchanged(&twin, size) && exchanged(&twin, size + 1),
           "%s: ExchangeRegisters to the limit is a limit fault", who);
    for (unsigned i = 0; i < KERNEL_PLACES; i++)
        passed &= exchanged(&twin, kernel_places[i]);
    ok(passed,
       "%s: ExchangeRegisters into the kernel is the thread's exception", who);
    subject_kill(&twin);
}

/* --- the start message --- */

/*
 * A new thread has no exception handler, so beyond 3 GB it is halted, with a
 * line on the console; what counts is that everything else goes on.
 */
static int
started(L4_Word_t to)
{
    struct subject fresh = s;
    int passed;

    subject_bear(&fresh, &s, 2, L4_MyGlobalId());
    fresh.event = EV_NONE;
    passed = pn_thread_start(fresh.tid, to, 0);
    (void)subject_wait((struct subject *[]){&fresh}, 1, 2000);
    passed &= to < TOP ? charged(&fresh, to) : fresh.event == EV_NONE;
    subject_kill(&fresh);
    subject_shrink(&s);
    return passed;
}

static void
starts(const char *who, L4_Word_t size)
{
    int passed = 1;

    if (size != TOP)
        ok(started(size) && started(size + 1) && started(size + 0x456),
           "%s: a start at the limit is a limit fault", who);
    for (unsigned i = 0; i < KERNEL_PLACES; i++)
        passed &= started(kernel_places[i]);
    ok(passed, "%s: a start in the kernel halts the thread", who);
    restore();
    ok(s.event == EV_END, "%s: and its space lives on", who);
}

/* An IPC's return goes the fast path's own IRET. */
static void
fast_return(int small)
{
    struct subject partner, twin, *list[] = {&s};
    struct code c;

    subject_make(&partner, 3, 5, small ? PN_SmallPages(5) : 0);
    subject_twin(&twin, &s, 1);
    /* It waits; its twin moves its EIP; the partner's message lets it go. */
    c = subject_code(&s);
    code_ipc(&c, 0, partner.tid.raw, 0);
    (void)code_end(&c);
    subject_start(&s);
    L4_ThreadSwitch(s.tid);
    c = subject_code(&twin);
    code_load(&c, EAX, s.tid.raw);
    code_load(&c, ECX, L4_ExReg_IP);
    code_load(&c, ESI, 0xffd00000UL);
    code_call(&c, twin.kip + EXREGS_ENTRY);
    (void)code_end(&c);
    (void)subject_go(&twin);
    c = subject_code(&partner);
    code_ipc(&c, s.tid.raw, ~0UL, 3);
    (void)code_end(&c);
    s.event = EV_NONE;
    subject_start(&partner);
    (void)subject_wait(list, 1, 20000);
    if (!ok(charged(&s, 0xffd00000UL),
            "%s partner: a fast IPC to a thread whose EIP was moved away",
            small ? "small" : "large"))
        subject_explain(&s);
    subject_kill(&partner);
    subject_kill(&twin);
    restore();
}

/* --- SYSENTER: the thread itself names its EIP --- */

/* Through the slow path, or the fast one with a partner that answers. */
static int
entered(L4_Word_t to, const struct subject *partner)
{
    L4_Word_t whom = partner == NULL ? 0 : partner->tid.raw;
    struct code c = subject_code(&s);
    int passed;

    code_load(&c, EAX, whom);
    code_load(&c, EDX, whom);
    code_load(&c, ESI, partner == NULL ? 0 : 3);
    code_load(&c, ECX, 0);
    code_sysenter(&c, to, 0x88888888);
    (void)subject_go(&s);
    passed = report(&s, to);
    if (to >= TOP)
        passed &= s.frame.esp == 0x88888888;
    restore();
    return passed;
}

static void
entries(const char *who, L4_Word_t size, unsigned count,
        const struct subject *partner)
{
    const char *path = partner == NULL ? "slow path" : "fast path";
    int passed = 1;

    if (size != TOP)
        ok(entered(size, partner) && entered(size + 1, partner),
           "%s, %s: SYSENTER with an EIP at the limit is a limit fault", who,
           path);
    for (unsigned i = 0; i < KERNEL_PLACES && passed; i++)
        passed &= entered(kernel_places[i], partner);
    for (unsigned i = 0; i < count && passed; i++) {
        L4_Word_t to = random_word();

        passed &= entered(to < 8 * PAGE ? to + TOP : to, partner);
    }
    ok(passed, "%s, %s: with one in the kernel, or anywhere, it is the "
       "thread's fault", who, path);
}

static void
sysenters(const char *who, L4_Word_t size, unsigned count)
{
    struct subject partner;
    struct code c;
    L4_Word_t loop;

    subject_make(&partner, 3, 5, PN_SmallPages(5));
    c = subject_code(&partner);
    code_ipc(&c, 0, s.tid.raw, 0);
    loop = c.va;
    code_ipc(&c, s.tid.raw, s.tid.raw, 3);
    code_jump(&c, loop);
    subject_start(&partner);
    L4_ThreadSwitch(partner.tid);
    entries(who, size, count, NULL);
    entries(who, size, count, &partner);
    subject_kill(&partner);
}

static void
all(const char *who, L4_Word_t size, unsigned count)
{
    answers(who, size, count);
    stepping(who);
    exchanges(who, size);
    starts(who, size);
    fast_return(1);
    fast_return(0);
    if (uses_sysenter())
        sysenters(who, size, count / 10);
}

int
main(int argc, char **argv)
{
    unsigned count = 1000;

    if (argc > 1)
        count = strcmp(argv[1], "full") == 0 ? 8000 : 50;
    subject_make(&s, 1, 5, PN_SmallPages(5));
    all("small", 5 * PAGE, count);
    subject_kill(&s);
    subject_make(&s, 2, 5, 0);
    all("large", TOP, count);
    done();
}
