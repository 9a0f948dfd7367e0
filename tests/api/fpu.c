/*
 * tests/api/fpu.c - the floating-point unit belongs to the thread: its state
 * survives IPC and preemption, and nobody sees another's (R6).
 *
 * Written in assembly language, as the compiler is told to use no FPU.
 */
#include "stage.h"

#include <pn/image.h>

enum { DEPTH = 8, THREADS = 4 };

/* FNSAVE's picture in 32-bit protected mode. */
struct fpu_state {
    L4_Word_t control, status, tags, ip, cs, data, ds;
    unsigned char st[DEPTH][10];
} __attribute__((packed));

static void
load_numbers(const int *n)
{
    __asm__ volatile("fninit");
    for (int i = 0; i < DEPTH; i++)
        __asm__ volatile("fildl %0" : : "m"(n[i]));
}

static void
take_numbers(int *n)
{
    for (int i = DEPTH - 1; i >= 0; i--)
        __asm__ volatile("fistpl %0" : "=m"(n[i]));
}

static void
set_control(unsigned short word)
{
    __asm__ volatile("fldcw %0" : : "m"(word));
}

static unsigned short
get_control(void)
{
    unsigned short word;

    __asm__ volatile("fnstcw %0" : "=m"(word));
    return word;
}

static void
numbers_of(L4_Word_t seed, int *n)
{
    for (int i = 0; i < DEPTH; i++)
        n[i] = (int)(random_word(&seed) >> 1);
}

static void
check_numbers(const int *wanted)
{
    int n[DEPTH];

    take_numbers(n);
    for (int i = 0; i < DEPTH; i++)
        EQUAL(n[i], wanted[i]);
}

/* Every rounding mode and precision is someone's. */
static unsigned short
control_of(L4_Word_t seed)
{
    return (unsigned short)(0x037f & ~0x0c00U) |
           (unsigned short)(seed % 4 << 10);
}

/* --- preemption --- */

static volatile L4_Word_t stop;

static void
spin_with_state(L4_Word_t seed)
{
    int n[DEPTH];

    numbers_of(seed, n);
    while (!stop) {
        load_numbers(n);
        set_control(control_of(seed));
        for (volatile int i = 0; i < 3000; i++)
            ;
        EQUAL(get_control(), control_of(seed));
        check_numbers(n);
    }
}

static void
preemption(void)
{
    L4_ThreadId_t t[THREADS];

    stop = 0;
    for (L4_Word_t i = 0; i < THREADS; i++) {
        t[i] = i == 3 ? stage_thread(t[2]) : stage_space(i % 2 ? SMALL : LARGE);
        (void)L4_Set_Timeslice(t[i], ms(1), L4_Never);
        stage_start(t[i], spin_with_state, i + 11);
    }
    sleep_ms(100);
    stop = 1;
    for (int i = 0; i < THREADS; i++) {
        stage_wait(t[i]);
        stage_kill(t[i]);
    }
    verdict("four threads that preempt each other keep their FPU registers");
}

/* --- IPC --- */

enum { ROUNDS = 60 };

static void
ask(L4_Word_t seed)
{
    int n[DEPTH];

    numbers_of(seed, n);
    for (int i = 0; i < ROUNDS; i++) {
        load_numbers(n);
        set_control(control_of(1));
        L4_Set_MsgTag(l4_tag(3));
        EXPECT(L4_IpcSucceeded(L4_Call_Timeouts(pair_b, ms(500), ms(500))));
        EQUAL(get_control(), control_of(1));
        check_numbers(n);
        n[i % DEPTH] ^= i;
    }
}

/* Uses the FPU at every third request only. */
static void
answer(L4_Word_t seed)
{
    L4_ThreadId_t from;
    int n[DEPTH];

    numbers_of(seed + 99, n);
    load_numbers(n);
    set_control(control_of(2));
    (void)L4_Wait(&from);
    for (int i = 1; i < ROUNDS; i++) {
        if (i % 3 == 0) {
            EQUAL(get_control(), control_of(2));
            check_numbers(n);
            load_numbers(n);
            set_control(control_of(2));
        }
        L4_Set_MsgTag(l4_tag(3));
        (void)L4_ReplyWait(from, &from);
    }
    check_numbers(n);
    L4_Set_MsgTag(l4_tag(3));
    (void)L4_Reply(from);
}

/* --- fresh threads --- */

#define SECRET 0x5ec7e7a1

static void
keep_secret(L4_Word_t unused)
{
    int n[DEPTH];

    (void)unused;
    for (int i = 0; i < DEPTH; i++)
        n[i] = SECRET;
    load_numbers(n);
    set_control(0x0f7f);
}

static struct fpu_state found;
static volatile int found_secret;

static void
look(L4_Word_t unused)
{
    struct fpu_state s;
    L4_Word_t sum = 0;

    (void)unused;
    __asm__ volatile("fnsave %0" : "=m"(s));
    found = s;
    for (int i = 0; i < DEPTH; i++)
        for (int b = 0; b < 10; b++)
            sum |= s.st[i][b];
    found_secret = sum != 0;
}

static void
fresh(enum kind kind)
{
    L4_ThreadId_t keeper = stage_space(kind), snoop;

    stage_start(keeper, keep_secret, 0);
    stage_wait(keeper);
    snoop = stage_space(kind);
    stage_start(snoop, look, 0);
    stage_wait(snoop);
    EQUAL(found.control & 0xffff, 0x037f);
    EQUAL(found.status & 0xffff, 0);
    EQUAL(found.tags & 0xffff, 0xffff);
    verdict("a new thread of a %s space finds the FPU as after FNINIT",
            kind == SMALL ? "small" : "large");
    EXPECT(!found_secret);
    EQUAL(found.ip | found.data, 0);
    stage_kill(snoop);
    stage_kill(keeper);
    verdict("and nothing of another thread's numbers or addresses in it");
}

static void
after_deletion(void)
{
    L4_ThreadId_t id = stage_space(LARGE);

    stage_start(id, keep_secret, 0);
    stage_wait(id);
    stage_kill(id);
    id = stage_space(LARGE);
    stage_start(id, look, 0);
    stage_wait(id);
    EXPECT(!found_secret);
    EQUAL(found.control & 0xffff, 0x037f);
    stage_kill(id);
    verdict("what a deleted thread had in the FPU is gone with it");
}

/* --- errors --- */

static void
divide_by_zero(L4_Word_t unused)
{
    int one = 1;

    (void)unused;
    pn_image_touch();
    L4_Set_ExceptionHandler(pair_a);
    __asm__ volatile("fninit\n\t"
                     "fldcw %0\n\t"
                     "fildl %1\n\t"
                     "fldz\n\t"
                     "fdivrp\n\t"
                     "fwait"
                     :
                     : "m"((unsigned short){0x037b}), "m"(one));
    __asm__ volatile("fninit");
}

static volatile L4_Word_t vector, code;

static void
handle_error(L4_Word_t unused)
{
    L4_ThreadId_t from;
    L4_MsgTag_t tag;

    (void)unused;
    pn_image_touch();
    tag = L4_Wait_Timeout(ms(500), &from);
    EXPECT(L4_IpcSucceeded(tag) && L4_IsException(tag));
    L4_StoreMR(L4_ExcVector, (L4_Word_t *)&vector);
    L4_StoreMR(L4_ExcErrorCode, (L4_Word_t *)&code);
    l4_utcb()[L4_ExcEip] += 1; /* fwait */
    L4_Set_MsgTag(l4_tag(1));
    EXPECT(L4_IpcSucceeded(L4_Reply(from)));
}

int
main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    stage_open();
    fresh(LARGE);
    fresh(SMALL);
    after_deletion();
    preemption();
    FOR_PLACEMENTS(p)
    {
        pair_run(p, ask, answer, 5 + (L4_Word_t)p);
        verdict("%s: both keep their FPU registers over %d round trips",
                placement_name[p], ROUNDS);
    }
    pair_run(SMALL_LARGE, handle_error, divide_by_zero, 0);
    EQUAL(vector, 16);
    EQUAL(code, 0);
    verdict("an unmasked division by zero is exception 16");
    done();
}
