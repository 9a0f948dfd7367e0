/*
 * tables.c - what the processor tells ring 3 about the kernel, and the FPU.
 *
 * SGDT, SIDT, STR, SLDT and SMSW cannot be stopped on a Pentium, so what they
 * tell has to be a constant: the same in every space, whatever others have
 * done in between (running, moving, using the FPU). Registers of the FPU are
 * switched so that nothing of another's is ever seen (R6), and so are the
 * general registers a system call returns.
 */
#include "subject.h"

#include <l4/ia32/specifics.h>
#include <l4/schedule.h>
#include <l4/space.h>
#include <pn/libc.h>
#include <pn/space.h>
#include <pn/tap.h>

#define TABLE_OFFSET 0x200UL /* results, in the data page */
#define IMAGE_OFFSET 0x300UL /* an FPU image */
#define IMAGE_BYTES  108
#define REGISTERS    28 /* offset of ST0..ST7 in the image */

static struct subject a, b, c3;

static uint8_t *
result(const struct subject *s, L4_Word_t offset)
{
    return (uint8_t *)subject_data_page(s) + offset;
}

/* --- tables --- */

struct told {
    uint8_t gdt[6], spare0[2], idt[6], spare1[2];
    uint16_t tr, ldt, msw, spare2;
};

/* What the subject is told just now. */
static struct told
ask(struct subject *s)
{
    L4_Word_t at = subject_data(s) + TABLE_OFFSET;
    struct code c = subject_code(s);
    struct told t;

    memset(result(s, TABLE_OFFSET), 0, sizeof t);
    code_standard(&c);
    EMIT(&c, 0x0f, 0x01, 0x05); /* sgdt */
    code_word(&c, at);
    EMIT(&c, 0x0f, 0x01, 0x0d); /* sidt */
    code_word(&c, at + 8);
    EMIT(&c, 0x0f, 0x00, 0x0d); /* str */
    code_word(&c, at + 16);
    EMIT(&c, 0x0f, 0x00, 0x05); /* sldt */
    code_word(&c, at + 18);
    EMIT(&c, 0x0f, 0x01, 0x25); /* smsw */
    code_word(&c, at + 20);
    (void)code_end(&c);
    (void)subject_go(s);
    memcpy(&t, result(s, TABLE_OFFSET), sizeof t);
    return t;
}

static int
same(const struct told *x, const struct told *y, const char *when)
{
    if (memcmp(x, y, sizeof *x) == 0)
        return 1;
    diag("%s: msw %x, was %x; tr %x, was %x", when, x->msw, y->msw, x->tr,
         y->tr);
    return 0;
}

static void
use_fpu(struct subject *s)
{
    struct code c = subject_code(s);

    EMIT(&c, 0xdb, 0xe3, 0xd9, 0xe8); /* fninit; fld1 */
    (void)code_end(&c);
    (void)subject_go(s);
}

static void
constants(void)
{
    struct told first = ask(&a), next;
    int passed = 1;

    next = ask(&b);
    passed &= same(&next, &first, "in another small space");
    next = ask(&c3);
    passed &= same(&next, &first, "in a large space");
    (void)subject_place(&a, L4_SpaceControlSmall | 0);
    next = ask(&a);
    passed &= same(&next, &first, "after a promotion");
    (void)subject_place(&a, PN_SmallPages(5));
    next = ask(&a);
    passed &= same(&next, &first, "after a demotion");
    ok(passed, "SGDT, SIDT, STR, SLDT, SMSW tell the same in every space");
    is(first.ldt, 0, "there is no LDT");
}

/* Does CR0.TS tell a thread that another has used the FPU? */
static void
fpu_use_shows_not(void)
{
    struct told mine, later;

    use_fpu(&a);
    mine = ask(&a);
    use_fpu(&b);
    later = ask(&a);
    ok(same(&later, &mine, "after another's use of the FPU"),
       "nor do they tell who else uses the FPU");
    use_fpu(&a);
    mine = ask(&b);
    use_fpu(&b);
    use_fpu(&c3);
    later = ask(&b);
    ok(same(&later, &mine, "after a third one's use"), "whoever used it last");
}

/* --- the FPU's registers --- */

static void
fill_registers(struct subject *s, L4_Word_t pattern)
{
    L4_Word_t at = subject_data(s) + IMAGE_OFFSET;
    struct code c = subject_code(s);

    memcpy(result(s, IMAGE_OFFSET), &pattern, 4);
    memcpy(result(s, IMAGE_OFFSET) + 4, &pattern, 4);
    memcpy(result(s, IMAGE_OFFSET) + 8, &(uint16_t){0x3fff}, 2);
    code_standard(&c);
    EMIT(&c, 0xdb, 0xe3);
    for (unsigned i = 0; i < 8; i++) {
        EMIT(&c, 0xdb, 0x2d); /* fld m80 */
        code_word(&c, at);
    }
    (void)code_end(&c);
    (void)subject_go(s);
}

/*
 * All eight registers as they are: first an environment whose tags say that
 * all of them are in use, so that no emptiness hides them.
 */
static void
save_registers(struct subject *s)
{
    static const L4_Word_t environment[7] = {
        0xffff037f, 0xffff0000, 0xffff0000, 0, 0, 0, 0};
    L4_Word_t at = subject_data(s) + IMAGE_OFFSET;
    struct code c = subject_code(s);

    memset(result(s, IMAGE_OFFSET), 0, IMAGE_BYTES);
    memcpy(result(s, IMAGE_OFFSET), environment, sizeof environment);
    code_standard(&c);
    EMIT(&c, 0xd9, 0x25); /* fldenv */
    code_word(&c, at);
    EMIT(&c, 0xdd, 0x35); /* fnsave */
    code_word(&c, at);
    (void)code_end(&c);
    (void)subject_go(s);
}

/* Does the saved image show what fill_registers(pattern) put there? */
static int
shows(const struct subject *s, L4_Word_t pattern)
{
    const uint8_t *image = result(s, IMAGE_OFFSET) + REGISTERS;

    for (unsigned i = 0; i + 4 <= IMAGE_BYTES - REGISTERS; i++)
        if (memcmp(image + i, &pattern, 4) == 0)
            return 1;
    return 0;
}

static void
fpu_registers(void)
{
    /* With the top bit set: a normal number's mantissa. */
    const L4_Word_t mine = 0xc1a551f5UL, yours = 0xd00dfeedUL;

    fill_registers(&a, mine);
    save_registers(&a);
    ok(shows(&a, mine), "a thread's own FPU registers are seen");
    fill_registers(&a, mine);
    save_registers(&b);
    ok(b.event == EV_END && !shows(&b, mine),
       "a thread new to the FPU finds nothing of another's registers");
    fill_registers(&a, mine);
    fill_registers(&b, yours);
    save_registers(&a);
    ok(shows(&a, mine) && !shows(&a, yours),
       "nor does one that comes back to it, which finds its own");
    fill_registers(&a, mine);
    subject_kill(&a);
    subject_make(&a, 1, 5, PN_SmallPages(5));
    save_registers(&a);
    ok(!shows(&a, mine) && !shows(&a, yours),
       "nor does a new thread with a dead one's number");
    fill_registers(&a, mine);
    subject_kill(&a);
    save_registers(&c3);
    ok(!shows(&c3, mine), "nor anybody after the owner's death");
    subject_make(&a, 1, 5, PN_SmallPages(5));
}

/* 1 / 0 with the exception not masked: it waits for the next FPU instruction.
 */
static void
leave_pending(struct subject *s)
{
    struct code c = subject_code(s);

    EMIT(&c, 0xdb, 0xe3);                         /* fninit */
    EMIT(&c, 0x68, 0x7b, 0x03, 0, 0);             /* push control word */
    EMIT(&c, 0xd9, 0x2c, 0x24);                   /* fldcw [esp] */
    EMIT(&c, 0xd9, 0xe8, 0xd9, 0xee, 0xde, 0xf9); /* fld1; fldz; fdivp */
    (void)code_end(&c);
    (void)subject_go(s);
    c = subject_code(s);
    EMIT(&c, 0x9b); /* fwait */
    (void)code_end(&c);
}

/* Whoever uses the FPU next must not get it, the kernel least of all. */
static void
pending_exceptions(void)
{
    leave_pending(&a);
    use_fpu(&b);
    ok(b.event == EV_END, "a pending FPU exception does not hit the next user");
    (void)subject_go(&a);
    ok(a.event == EV_EXCEPTION && a.frame.vector == VECTOR_FPU,
       "but awaits its own thread");
    leave_pending(&a);
    subject_kill(&a);
    use_fpu(&c3);
    ok(c3.event == EV_END, "and dies with it");
    subject_make(&a, 1, 5, PN_SmallPages(5));
    use_fpu(&a);
    ok(a.event == EV_END, "and with its control block's contents");
}

/* --- general registers --- */

/* Addresses only the kernel has: its window, its hot page, its stack. */
static int
is_kernel_address(L4_Word_t word)
{
    return word >= 0xe0000000UL && word < 0xfffffff0UL;
}

static int
registers_clean(const struct frame *f)
{
    const L4_Word_t all[] = {f->eax, f->ecx, f->edx, f->ebx,
                             f->ebp, f->esi, f->edi};

    for (unsigned i = 0; i < 7; i++)
        if (is_kernel_address(all[i]))
            return 0;
    return 1;
}

/* Every entry of the interface page, with arguments that succeed or fail. */
static void
system_calls(void)
{
    int passed = 1;

    for (unsigned i = 0; i < 9; i++)
        for (L4_Word_t argument = 0; argument < 4; argument++) {
            struct code c = subject_code(&a);

            code_standard(&c);
            for (unsigned r = EAX; r <= EDI; r++)
                if (r != ESP)
                    code_load(&c, r, argument);
            code_call(&c, a.kip + 0x800 + 16 * i);
            (void)code_end(&c);
            if (subject_go(&a) != EV_END || !registers_clean(&a.frame)) {
                diag("call %u with %lx", i, argument);
                subject_explain(&a);
                passed = 0;
            }
        }
    ok(passed, "no system call returns a kernel address in a register");
}

/* The registers of a new thread: its starter's affair, never the kernel's. */
static void
fresh_registers(void)
{
    struct subject fresh = a, *list[] = {&fresh};
    struct code c;

    c = subject_code(&a);
    EMIT(&c, 0x65, 0xa1, 0, 0, 0, 0, 0xc7, 0x80);
    code_word(&c, 512UL + 4UL * (L4_Word_t)L4_TCR_EXCEPTION_HANDLER);
    code_word(&c, L4_MyGlobalId().raw);
    (void)code_end(&c);
    subject_bear(&fresh, &a, 1, L4_MyGlobalId());
    (void)subject_go(&a);
    fresh.code_va = TWIN_VA;
    c = subject_code(&fresh);
    (void)code_end(&c);
    fresh.event = EV_NONE;
    (void)pn_thread_start(fresh.tid, TWIN_VA, 0);
    (void)subject_wait(list, 1, 20000);
    ok(fresh.event == EV_END && registers_clean(&fresh.frame),
       "a new thread has no kernel address in a register");
    subject_kill(&fresh);
}

int
main(void)
{
    subject_make(&a, 1, 5, PN_SmallPages(5));
    subject_make(&b, 2, 5, PN_SmallPages(5));
    subject_make(&c3, 3, 5, 0);
    constants();
    fpu_use_shows_not();
    subject_kill(&b);
    subject_make(&b, 2, 5, PN_SmallPages(5));
    fpu_registers();
    pending_exceptions();
    system_calls();
    fresh_registers();
    done();
}
