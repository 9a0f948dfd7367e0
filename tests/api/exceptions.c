/*
 * tests/api/exceptions.c - exceptions as messages (sheet 13.3).
 *
 * A victim executes one instruction with all registers known; its handler, in
 * every placement, compares the message, changes all registers and asks for
 * EFLAGS that no user may have; the victim looks at what it got.
 */
#include "registers.h"
#include "stage.h"

#include <pn/image.h>
#include <pn/program.h>

static const char *where;

INSTRUCTION(do_ud2, "ud2");
INSTRUCTION(do_lock, ".byte 0xf0, 0x0f, 0x0b");
INSTRUCTION(do_div, "divl %ecx");
INSTRUCTION(do_cli, "cli");
INSTRUCTION(do_sti, "sti");
INSTRUCTION(do_hlt, "hlt");
INSTRUCTION(do_cr0, "movl %cr0, %eax");
INSTRUCTION(do_cr3, "movl %eax, %cr3");
INSTRUCTION(do_lgdt, "lgdt (%esi)");
INSTRUCTION(do_ltr, "ltr %ax");
INSTRUCTION(do_clts, "clts");
INSTRUCTION(do_wrmsr, "wrmsr");
INSTRUCTION(do_int2, "int $0x02");
INSTRUCTION(do_int8, "int $0x08");
INSTRUCTION(do_int14, "int $0x0e");
INSTRUCTION(do_int32, "int $0x20");
INSTRUCTION(do_int128, "int $0x80");
INSTRUCTION(do_int255, "int $0xff");
INSTRUCTION(do_syscall_gate, "int $0x31");
INSTRUCTION(do_into, "into");
INSTRUCTION(do_bound, "boundl %eax, (%esi)");
INSTRUCTION(do_kernel_ds, "movl %eax, %ds");
INSTRUCTION(do_int3_other, "int3; .byte 0x3c, 0x77");
INSTRUCTION(do_nop, "nop");

/* Registers before; ESI points at something readable. */
static L4_Word_t bounds[2] = {0, 1};

#define FLAG_CF   0x1UL
#define FLAG_TF   0x100UL
#define FLAG_IF   0x200UL
#define FLAG_OF   0x800UL
#define FLAG_IOPL 0x3000UL
#define FLAG_NT   0x4000UL
#define FLAG_RF   0x10000UL
#define FLAG_VM   0x20000UL
#define FLAG_VIF  0x180000UL

static struct registers
before(void)
{
    struct registers r = {8,          0x0b0b0b0b,           0,
                          0x0d0d0d0d, (L4_Word_t)bounds,    0x0e0e0e0e,
                          0x0f0f0f0f, FLAG_OF | FLAG_CF | 2};

    return r;
}

struct trial {
    const char *what;
    void (*run)(struct registers *);
    const char *eip, *on;
    L4_Word_t vector, code;
};

static const struct trial trials[] = {
    {"ud2", do_ud2, do_ud2_at, do_ud2_on, 6, 0},
    {"ud2 behind a lock", do_lock, do_lock_at, do_lock_on, 6, 0},
    {"a division by zero", do_div, do_div_at, do_div_on, 0, 0},
    {"cli", do_cli, do_cli_at, do_cli_on, 13, 0},
    {"sti", do_sti, do_sti_at, do_sti_on, 13, 0},
    {"hlt", do_hlt, do_hlt_at, do_hlt_on, 13, 0},
    {"a read of CR0", do_cr0, do_cr0_at, do_cr0_on, 13, 0},
    {"a write to CR3", do_cr3, do_cr3_at, do_cr3_on, 13, 0},
    {"lgdt", do_lgdt, do_lgdt_at, do_lgdt_on, 13, 0},
    {"ltr", do_ltr, do_ltr_at, do_ltr_on, 13, 0},
    {"clts", do_clts, do_clts_at, do_clts_on, 13, 0},
    {"wrmsr", do_wrmsr, do_wrmsr_at, do_wrmsr_on, 13, 0},
    {"int 2", do_int2, do_int2_at, do_int2_on, 13, 0x12},
    {"int 8", do_int8, do_int8_at, do_int8_on, 13, 0x42},
    {"int 14", do_int14, do_int14_at, do_int14_on, 13, 0x72},
    {"int 32", do_int32, do_int32_at, do_int32_on, 13, 0x102},
    {"int 128", do_int128, do_int128_at, do_int128_on, 13, 0x402},
    {"int 255", do_int255, do_int255_at, do_int255_on, 13, 0x7fa},
    {"int 0x31 of one's own", do_syscall_gate, do_syscall_gate_at,
     do_syscall_gate_on, 13, 0x18a},
    {"into", do_into, do_into_on, do_into_on, 4, 0},
    {"bound", do_bound, do_bound_at, do_bound_on, 5, 0},
    {"a kernel selector in DS", do_kernel_ds, do_kernel_ds_at, do_kernel_ds_on,
     13, 8},
};
enum { TRIALS = sizeof trials / sizeof *trials };

/* --- victim --- */

static L4_Word_t
utcb_word(int i)
{
    return 0x61000000UL + (L4_Word_t)(i + 64);
}

static void
after(const struct registers *r)
{
    EQUAL(r->eax, 0xa1);
    EQUAL(r->ebx, 0xb1);
    EQUAL(r->ecx, 0xc1);
    EQUAL(r->edx, 0xd1);
    EQUAL(r->esi, 0x51);
    EQUAL(r->edi, 0xe1);
    EQUAL(r->ebp, 0xf1);
    EQUAL(r->eflags & FLAG_CF, 0);
    EQUAL(r->eflags & FLAG_OF, FLAG_OF);
    EQUAL(r->eflags & FLAG_IF, FLAG_IF);
    EQUAL(r->eflags & (FLAG_IOPL | FLAG_NT | FLAG_VM | FLAG_RF | FLAG_VIF), 0);
}

static void
suffer(L4_Word_t index)
{
    struct registers r = before();

    pn_image_touch();
    L4_Set_ExceptionHandler(pair_a);
    for (int i = 0; i < L4_MRS; i++)
        L4_LoadMR(i, utcb_word(i));
    L4_LoadBR(0, utcb_word(-1));
    l4_tcr_set(L4_TCR_ERROR_CODE, 0x99);
    trials[index].run(&r);
    after(&r);
    for (int i = 0; i < L4_MRS; i++)
        EQUAL(l4_utcb()[i], utcb_word(i));
    EQUAL(l4_utcb()[L4_TCR_BR0], utcb_word(-1));
    EQUAL(L4_ErrorCode(), 0x99);
}

/* --- handler --- */

static void
check_message(const struct trial *t, L4_MsgTag_t tag)
{
    const L4_Word_t *mr = l4_utcb();
    struct registers r = before();

    EQUAL(tag.raw, 0xffb0000c);
    EQUAL(mr[L4_ExcEip], (L4_Word_t)t->eip);
    EQUAL(mr[L4_ExcEflags] & 0xcd5, r.eflags & 0xcd5 & ~2UL);
    EQUAL(mr[L4_ExcEflags] & FLAG_IF, FLAG_IF);
    EQUAL(mr[L4_ExcVector], t->vector);
    EQUAL(mr[L4_ExcErrorCode], t->code);
    EQUAL(mr[L4_ExcEdi], r.edi);
    EQUAL(mr[L4_ExcEsi], r.esi);
    EQUAL(mr[L4_ExcEbp], r.ebp);
    EQUAL(mr[L4_ExcEbx], r.ebx);
    EQUAL(mr[L4_ExcEdx], r.edx);
    EQUAL(mr[L4_ExcEcx], r.ecx);
    EQUAL(mr[L4_ExcEax], r.eax);
}

static void
change_registers(const struct trial *t)
{
    L4_Word_t *mr = l4_utcb();

    mr[L4_ExcEip] = (L4_Word_t)t->on;
    mr[L4_ExcEflags] =
        FLAG_OF | FLAG_IOPL | FLAG_NT | FLAG_RF | FLAG_VM | FLAG_VIF;
    mr[L4_ExcVector] = 0xbad;
    mr[L4_ExcErrorCode] = 0xbad;
    mr[L4_ExcEdi] = 0xe1;
    mr[L4_ExcEsi] = 0x51;
    mr[L4_ExcEbp] = 0xf1;
    mr[L4_ExcEbx] = 0xb1;
    mr[L4_ExcEdx] = 0xd1;
    mr[L4_ExcEcx] = 0xc1;
    mr[L4_ExcEax] = 0xa1;
    L4_Set_MsgTag(l4_tag(L4_ExceptionWords));
}

static void
handle(L4_Word_t index)
{
    L4_ThreadId_t from;
    L4_MsgTag_t tag;

    pn_image_touch();
    tag = L4_Wait_Timeout(ms(500), &from);
    EXPECT(L4_IpcSucceeded(tag));
    check_message(&trials[index], tag);
    change_registers(&trials[index]);
    EXPECT(L4_IpcSucceeded(L4_Reply(from)));
}

static void
try_all(enum placement p)
{
    for (L4_Word_t i = 0; i < TRIALS; i++) {
        int small;

        pair_make(p);
        small = stage_is_small(pair_b);
        stage_start(pair_a, handle, i);
        stage_start(pair_b, suffer, i);
        stage_wait(pair_a);
        stage_wait(pair_b);
        if (trials[i].run != do_kernel_ds)
            EQUAL(stage_is_small(pair_b), small);
        pair_kill();
        verdict("%s: %s is exception %lu, code 0x%lx, and the handler sets "
                "all registers",
                where, trials[i].what, trials[i].vector, trials[i].code);
    }
}

/* --- short answers --- */

static volatile L4_Word_t repeats;

static void
suffer_ud2(L4_Word_t unused)
{
    struct registers r = before(), wanted = r;

    (void)unused;
    pn_image_touch();
    L4_Set_ExceptionHandler(pair_a);
    do_ud2(&r);
    EQUAL(r.eax, wanted.eax);
    EQUAL(r.ebx, wanted.ebx);
    EQUAL(r.ebp, wanted.ebp);
    EQUAL(r.eflags & 0xcd5, wanted.eflags & 0xcd5);
}

/* Nothing at first, then the instruction pointer alone. */
static void
handle_briefly(L4_Word_t unused)
{
    L4_ThreadId_t from;
    L4_MsgTag_t tag = L4_Wait_Timeout(ms(500), &from);

    (void)unused;
    for (repeats = 0; repeats < 3; repeats++) {
        EQUAL(tag.raw, 0xffb0000c);
        EQUAL(l4_utcb()[L4_ExcEip], (L4_Word_t)do_ud2_at);
        L4_Set_MsgTag(l4_tag(0));
        tag = L4_ReplyWait_Timeout(from, ms(500), &from);
    }
    for (int i = 1; i <= 12; i++)
        L4_LoadMR(i, i == L4_ExcEip ? (L4_Word_t)do_ud2_on : 0xbad);
    L4_Set_MsgTag(l4_tag(1));
    EXPECT(L4_IpcSucceeded(L4_Reply(from)));
}

/* --- int3 --- */

static void
unknown_int3(L4_Word_t unused)
{
    struct registers r = before(), wanted = r;

    (void)unused;
    L4_Set_ExceptionHandler(pair_a);
    do_int3_other(&r);
    EQUAL(r.eax, wanted.eax);
    EQUAL(r.ebx, wanted.ebx);
    EQUAL(r.edx, wanted.edx);
    EQUAL(r.esi, wanted.esi);
    EQUAL(r.edi, wanted.edi);
    EQUAL(r.ebp, wanted.ebp);
}

static void
idle(L4_Word_t unused)
{
    (void)unused;
}

/* --- single step --- */

static void
step(L4_Word_t unused)
{
    struct registers r = before();

    (void)unused;
    pn_image_touch();
    L4_Set_ExceptionHandler(pair_a);
    r.eflags |= FLAG_TF;
    do_nop(&r);
    EQUAL(r.eax, 8);
    EQUAL(r.eflags & FLAG_TF, 0);
}

static void
handle_step(L4_Word_t unused)
{
    L4_ThreadId_t from;
    L4_MsgTag_t tag = L4_Wait_Timeout(ms(500), &from);

    (void)unused;
    EQUAL(tag.raw, 0xffb0000c);
    EQUAL(l4_utcb()[L4_ExcVector], 1);
    EXPECT(l4_utcb()[L4_ExcEip] == (L4_Word_t)do_nop_at ||
           l4_utcb()[L4_ExcEip] == (L4_Word_t)do_nop_on);
    l4_utcb()[L4_ExcEip] = (L4_Word_t)do_nop_on;
    l4_utcb()[L4_ExcEflags] &= ~FLAG_TF;
    L4_Set_MsgTag(l4_tag(L4_ExceptionWords));
    EXPECT(L4_IpcSucceeded(L4_Reply(from)));
}

/* --- flags that a user may set, carried through system calls --- */

static void
odd_flags(L4_Word_t unused)
{
    L4_Word_t flags;

    (void)unused;
    for (int i = 0; i < 50; i++) {
        __asm__ volatile("pushfl\n\t"
                         "orl $0x44000, (%%esp)\n\t" /* NT, AC */
                         "popfl"
                         :
                         :
                         : "memory", "cc");
        (void)L4_Receive_Timeout(pair_a, i % 2 ? L4_ZeroTime : ms(1));
        (void)L4_GetKernelInterface();
        L4_Yield();
        __asm__ volatile("pushfl; popl %0" : "=r"(flags));
        EQUAL(flags & (FLAG_IOPL | FLAG_VM), 0);
        EQUAL(flags & FLAG_IF, FLAG_IF);
        __asm__ volatile("pushl $2; popfl" : : : "cc");
    }
}

static void
ask_for_iopl(L4_Word_t unused)
{
    L4_Word_t flags;

    (void)unused;
    __asm__ volatile("pushfl\n\t"
                     "orl $0x3000, (%%esp)\n\t"
                     "andl $~0x200, (%%esp)\n\t"
                     "popfl\n\t"
                     "pushfl\n\t"
                     "popl %0"
                     : "=r"(flags)
                     :
                     : "memory", "cc");
    EQUAL(flags & FLAG_IOPL, 0);
    EQUAL(flags & FLAG_IF, FLAG_IF);
}

/* --- no handler --- */

static volatile L4_Word_t stop_counting, counted;

static void
count(L4_Word_t unused)
{
    (void)unused;
    while (!stop_counting) {
        counted++;
        sleep_ms(1);
    }
}

static void
raise_for(L4_Word_t handler)
{
    struct registers r = before();

    L4_Set_ExceptionHandler(l4_id(handler));
    do_ud2(&r);
}

static volatile L4_Word_t resumed;

static void
run_again(L4_Word_t unused)
{
    (void)unused;
    resumed = 1;
}

static L4_ThreadId_t halted;

static void
resume(L4_Word_t unused)
{
    struct l4_exregs r = l4_exregs_call(
        halted, 0x118, stage_stack(halted, run_again, 0), stage_entry(), 0);

    (void)unused;
    EXPECT(r.thread != 0);
    EQUAL(r.control & L4_ExReg_Halt, L4_ExReg_Halt);
    EQUAL(r.ip, (L4_Word_t)do_ud2_at);
}

static void
without_handler(L4_Word_t handler, const char *what)
{
    for (enum kind kind = LARGE; kind <= SMALL; kind++) {
        L4_ThreadId_t neighbour, waker;
        L4_Word_t seen;

        halted = stage_space(kind);
        neighbour = stage_thread(halted);
        waker = stage_thread(halted);
        stop_counting = resumed = 0;
        stage_start(neighbour, count, 0);
        stage_start(halted, raise_for, handler);
        stage_until_state(halted, L4_SchedInactive);
        seen = counted;
        sleep_ms(10);
        EXPECT(counted > seen);
        verdict("an exception with %s halts the thread of a %s space, and its "
                "neighbour lives",
                what, kind == SMALL ? "small" : "large");
        stage_start(waker, resume, 0);
        stage_wait(waker);
        stage_wait(halted);
        EQUAL(resumed, 1);
        stop_counting = 1;
        stage_wait(neighbour);
        stage_kill(waker);
        stage_kill(neighbour);
        stage_kill(halted);
        verdict("ExchangeRegisters makes it run again elsewhere");
    }
}

static void
handler_dies(void)
{
    L4_ThreadId_t id = stage_space(LARGE), handler = stage_space(SMALL);

    stage_start(id, raise_for, handler.raw);
    stage_until_state(id, L4_SchedPendingSend);
    stage_kill(handler);
    sleep_ms(5);
    EQUAL(stage_state(id), L4_SchedInactive);
    stage_kill(id);
    verdict("if the handler dies with an exception queued the thread halts");
}

int
main(int argc, char **argv)
{
    (void)argc;
    (void)argv;

    stage_open();
    FOR_PLACEMENTS(p)
    {
        where = placement_name[p];
        try_all(p);
        pair_run(p, handle_briefly, suffer_ud2, 0);
        verdict("%s: an answer changes as many registers as it has words; "
                "none: the instruction runs again",
                where);
        pair_run(p, handle_step, step, 0);
        verdict("%s: a single step is exception 1", where);
    }
    pair_run(SAME_SMALL, idle, unknown_int3, 0);
    pair_run(LARGE_LARGE, idle, unknown_int3, 0);
    verdict("an int3 with an unknown marker does nothing");
    for (enum kind kind = LARGE; kind <= SMALL; kind++) {
        enum placement p = kind == SMALL ? SMALL_SMALL : LARGE_LARGE;

        pair_run(p, idle, odd_flags, 0);
        verdict("NT and AC, set by a user, survive system calls harmlessly in "
                "a %s space",
                kind == SMALL ? "small" : "large");
        pair_run(p, idle, ask_for_iopl, 0);
        verdict("popf gives no IOPL and takes no IF in a %s space",
                kind == SMALL ? "small" : "large");
    }
    without_handler(0, "no handler");
    without_handler(L4_GlobalId(1000, 1).raw, "a handler that does not exist");
    handler_dies();
    done();
}
