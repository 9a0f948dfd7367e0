/*
 * flags.c - what ring 3 can do to EFLAGS, and what the kernel makes of it.
 *
 * However a thread comes by its flags (POPF, IRET, ExchangeRegisters, the
 * answer to an exception), IOPL stays 0, IF stays 1, VM stays 0, and the kernel
 * survives whatever else it set: NT, AC, DF, RF, single step across every way
 * into the kernel (R3).
 */
#include "subject.h"

#include <l4/ia32/specifics.h>
#include <l4/ipc.h>
#include <l4/kip.h>
#include <l4/schedule.h>
#include <l4/space.h>
#include <l4/thread.h>
#include <pn/libc.h>
#include <pn/space.h>
#include <pn/tap.h>

enum {
    F_CF = 1 << 0,
    F_TF = 1 << 8,
    F_IF = 1 << 9,
    F_DF = 1 << 10,
    F_IOPL = 3 << 12,
    F_NT = 1 << 14,
    F_RF = 1 << 16,
    F_VM = 1 << 17,
    F_AC = 1 << 18,
    F_VIF = 1 << 19,
    F_VIP = 1 << 20,
    F_ID = 1 << 21,
};

#define FORBIDDEN ((L4_Word_t)(F_IOPL | F_VM | F_VIF | F_VIP))
/* R3: CF PF AF ZF SF TF DF OF AC are all that an answer may set. */
#define ANSWERABLE 0x40dd5UL

#define CLOCK_ENTRY  0x860UL /* SystemClock in the interface page */
#define EXREGS_ENTRY 0x850UL
#define SPACE_ENTRY  0x800UL
#define RANDOM_POPS  10000

static struct subject s;

static int
good(L4_Word_t flags)
{
    return (flags & FORBIDDEN) == 0 && (flags & F_IF) != 0;
}

/* --- POPF --- */

/* push value; popf; pushf; pop eax: what has become of it. */
static int
pop_flags(L4_Word_t value)
{
    struct code c = subject_code(&s);

    EMIT(&c, 0x68);
    code_word(&c, value);
    EMIT(&c, 0x9d, 0x9c, 0x58);
    (void)code_end(&c);
    for (unsigned i = 0; i < 4 && subject_go(&s) == EV_EXCEPTION; i++) {
        if (s.frame.vector != VECTOR_DEBUG) /* single step is ours to see */
            return 0;
        s.frame.eflags &= ~(L4_Word_t)F_TF;
    }
    return s.event == EV_END && good(s.frame.eax) && good(s.frame.eflags);
}

static void
every_bit(void)
{
    int passed = 1;

    for (unsigned bit = 0; bit < 32; bit++)
        if (!pop_flags(1UL << bit) || !pop_flags(~(1UL << bit))) {
            diag("bit %u", bit);
            subject_explain(&s);
            passed = 0;
        }
    ok(passed, "POPF of every bit leaves IOPL 0 and IF 1");
}

/*
 * A loop of its own: x = x * 1103515245 + 12345; popf of x (without TF); all
 * flags that ever came back are gathered by OR (ESI) and AND (EDI).
 */
static void
random_pops(unsigned count)
{
    struct code c = subject_code(&s);
    L4_Word_t loop;

    code_load(&c, ESI, 0);
    code_load(&c, EDI, ~0UL);
    code_load(&c, EBX, 12345);
    loop = c.va;
    EMIT(&c, 0x69, 0xdb); /* imul ebx, ebx, 1103515245 */
    code_word(&c, 1103515245UL);
    EMIT(&c, 0x81, 0xc3); /* add ebx, 12345 */
    code_word(&c, 12345);
    EMIT(&c, 0x89, 0xd8, 0xc1, 0xc0, 0x10); /* mov eax, ebx; rol eax, 16 */
    EMIT(&c, 0x25);                         /* and eax, ~TF */
    code_word(&c, ~(L4_Word_t)F_TF);
    EMIT(&c, 0x50, 0x9d, 0x9c, 0x58); /* push eax; popf; pushf; pop eax */
    EMIT(&c, 0x09, 0xc6, 0x21, 0xc7); /* or esi, eax; and edi, eax */
    EMIT(&c, 0x49, 0x75, (uint8_t)(loop - c.va - 3)); /* dec ecx; jnz */
    (void)code_end(&c);
    s.frame.ecx = count;
    subject_patience = 10UL * count; /* some 15 instructions a round */
    (void)subject_go(&s);
    subject_patience = 200000UL;
    if (!ok(s.event == EV_END && (s.frame.esi & FORBIDDEN) == 0 &&
                (s.frame.edi & F_IF) != 0,
            "%u random POPFs leave IOPL 0 and IF 1", count))
        diag("or %lx and %lx", s.frame.esi, s.frame.edi);
}

/* --- IRET --- */

static int
user_iret(L4_Word_t flags)
{
    struct code c = subject_code(&s);
    L4_Word_t target;

    EMIT(&c, 0x68);
    code_word(&c, flags);
    EMIT(&c, 0x6a, SELECTOR_CODE, 0x68);
    target = c.va + 5;
    code_word(&c, target);
    EMIT(&c, 0xcf, 0x9c, 0x58); /* iret; pushf; pop eax */
    (void)code_end(&c);
    for (unsigned i = 0; i < 4 && subject_go(&s) == EV_EXCEPTION; i++) {
        if (s.frame.vector != VECTOR_DEBUG)
            return 0;
        s.frame.eflags &= ~(L4_Word_t)F_TF;
    }
    return s.event == EV_END && good(s.frame.eax);
}

static void
forged_frames(void)
{
    int passed = 1;

    for (unsigned bit = 0; bit < 32; bit++)
        passed &= user_iret(1UL << bit) && user_iret(~(1UL << bit));
    ok(passed, "IRET with every flag leaves IOPL 0, IF 1 and VM 0");
}

/* NT makes IRET a task switch to nowhere: #TS, as the manual says. */
static void
nested_task(void)
{
    struct code c = subject_code(&s);

    EMIT(&c, 0x68, 0x02, 0x42, 0, 0, 0x9d); /* push NT | IF; popf */
    EMIT(&c, 0x68, 0x02, 0x02, 0, 0, 0x6a, SELECTOR_CODE, 0x68);
    code_word(&c, c.va + 5);
    EMIT(&c, 0xcf);
    (void)code_end(&c);
    ok(subject_go(&s) == EV_EXCEPTION && s.frame.vector == VECTOR_TSS,
       "IRET with NT set is #TS for the thread");
}

/* --- flags across the kernel --- */

/* Ways into the kernel and out again, to be run with strange flags. */
static void
code_entries(struct code *c)
{
    code_ipc(c, 0, 0, 0);
    code_call(c, s.kip + CLOCK_ENTRY);
    EMIT(c, 0xf0, 0x90);       /* lock nop: the interface page */
    EMIT(c, 0xcc, 0x90, 0x90); /* int3, no debugger's call */
    code_read(c, SS, subject_data(&s));
}

static int
enter_with(L4_Word_t flags)
{
    struct code c = subject_code(&s);

    code_standard(&c);
    EMIT(&c, 0x68);
    code_word(&c, flags | F_IF);
    EMIT(&c, 0x9d);
    code_entries(&c);
    EMIT(&c, 0x9c, 0x58);
    (void)code_end(&c);
    return subject_go(&s) == EV_END && good(s.frame.eax);
}

static void
strange_entries(void)
{
    static const struct {
        const char *name;
        L4_Word_t flags;
    } sets[] = {
        {"DF", F_DF},
        {"NT", F_NT},
        {"AC", F_AC},
        {"ID", F_ID},
        {"all arithmetic", 0x8d5},
        {"DF NT AC", F_DF | F_NT | F_AC},
    };

    for (unsigned i = 0; i < sizeof sets / sizeof sets[0]; i++)
        if (!ok(enter_with(sets[i].flags), "system calls with %s set return",
                sets[i].name))
            subject_explain(&s);
}

/* Message registers copied by a kernel that was entered with DF set. */
static void
direction(void)
{
    struct subject partner, *list[] = {&partner};
    struct code c;
    L4_Word_t mark = 0x1234abcdUL;

    subject_make(&partner, 2, 5, PN_SmallPages(5));
    c = subject_code(&partner);
    code_ipc(&c, 0, s.tid.raw, 0);
    EMIT(&c, 0x65, 0xa1, 0, 0, 0, 0); /* mov eax, [gs:0] */
    EMIT(&c, 0x8b, 0x40, 0x28);       /* mov eax, [eax + 40]: MR10 */
    (void)code_end(&c);
    subject_start(&partner);
    c = subject_code(&s);
    EMIT(&c, 0x65, 0xa1, 0, 0, 0, 0, 0xc7, 0x40, 0x28);
    code_word(&c, mark);
    EMIT(&c, 0xfd); /* std */
    code_ipc(&c, partner.tid.raw, 0, 12);
    EMIT(&c, 0xfc);
    (void)code_end(&c);
    subject_start(&s);
    partner.event = s.event = EV_NONE;
    (void)subject_wait(list, 1, 20000);
    ok(partner.event == EV_END && partner.frame.eax == mark &&
           (partner.frame.eflags & F_DF) == 0,
       "a message sent with DF set arrives, and DF stays with its sender");
    while (s.event == EV_NONE)
        (void)subject_wait((struct subject *[]){&s}, 1, 20000);
    subject_kill(&partner);
}

/* The same for a call whose arguments the kernel copies. */
static void
direction_of_arguments(void)
{
    struct code c = subject_code(&s);

    code_standard(&c);
    code_load(&c, EAX, s.tid.raw);
    code_load(&c, ECX, L4_ExReg_UserHandle);
    code_load(&c, EBX, 0x1ab31UL);
    EMIT(&c, 0xfd); /* std */
    code_call(&c, s.kip + EXREGS_ENTRY);
    code_load(&c, EAX, s.tid.raw);
    code_load(&c, ECX, 0);
    code_load(&c, EBX, 0);
    code_call(&c, s.kip + EXREGS_ENTRY);
    EMIT(&c, 0xfc);
    (void)code_end(&c);
    (void)subject_go(&s);
    ok(s.event == EV_END && s.frame.ebx == 0x1ab31UL &&
           (s.frame.eax & ~511UL) == s.utcb,
       "ExchangeRegisters with DF set does what it should");
}

/* And for one that makes page tables: SpaceControl, in a privileged space. */
static void
direction_of_spaces(void)
{
    L4_Word_t kip = (L4_Word_t)L4_KernelInterface(NULL, NULL, NULL);
    struct subject inside;
    struct code c;

    subject_inside(&inside, 3, 1);
    c = subject_code(&inside);
    code_load(&c, EAX, s.tid.raw);
    code_load(&c, ECX, L4_SpaceControlSmall | 0);
    code_load(&c, EDX, 0);
    code_load(&c, ESI, 0);
    code_load(&c, EDI, 0);
    EMIT(&c, 0xfd); /* std */
    code_call(&c, kip + SPACE_ENTRY);
    EMIT(&c, 0xfc);
    (void)code_end(&c);
    (void)subject_go(&inside);
    c = subject_code(&s);
    code_read(&c, DS, subject_data(&s) + MARK_OFFSET);
    (void)code_end(&c);
    (void)subject_go(&s);
    ok(inside.event == EV_END && !subject_is_small(&s) && s.event == EV_END &&
           s.frame.eax == subject_mark(&s),
       "SpaceControl with DF set does what it should");
    subject_shrink(&s);
    subject_kill(&inside);
}

/* AC with a misaligned access: nothing, or #AC for the thread. */
static void
alignment(void)
{
    struct code c = subject_code(&s);

    code_standard(&c);
    EMIT(&c, 0x68);
    code_word(&c, F_AC | F_IF);
    EMIT(&c, 0x9d);
    code_read(&c, DS, subject_data(&s) + 1);
    code_ipc(&c, 0, 0, 0);
    (void)code_end(&c);
    (void)subject_go(&s);
    ok(s.event == EV_END ||
           (s.event == EV_EXCEPTION && s.frame.vector == VECTOR_ALIGNMENT),
       "a misaligned access with AC set harms nobody");
}

/* --- single step --- */

/*
 * Run from the code's start; `stops` are the addresses at which a #DB must
 * show, and no others. An IRET that sets TF traps behind the instruction it
 * returns to (Intel, Pentium manual 3, 17.3), so a step over a system call
 * ends one instruction later.
 */
static int
steps(const L4_Word_t *stops, unsigned n)
{
    s.frame.eflags = FLAGS_START | F_TF;
    for (unsigned i = 0; i < n; i++) {
        if (subject_go(&s) != EV_EXCEPTION || s.frame.vector != VECTOR_DEBUG ||
            s.frame.eip != stops[i] || !(s.frame.eflags & F_TF) ||
            !good(s.frame.eflags)) {
            diag("step %u, wanted at %lx", i, stops[i]);
            subject_explain(&s);
            return 0;
        }
    }
    s.frame.eflags &= ~(L4_Word_t)F_TF;
    return subject_go(&s) == EV_END;
}

static void
step_over(const char *what, const uint8_t *instruction, unsigned n)
{
    struct code c = subject_code(&s);
    L4_Word_t stops[2];

    EMIT(&c, 0x90);
    stops[0] = c.va;
    code_bytes(&c, instruction, n);
    EMIT(&c, 0x90);
    stops[1] = c.va;
    (void)code_end(&c);
    s.frame.eax = s.frame.edx = s.frame.ecx = s.frame.esi = 0;
    ok(steps(stops, 2), "single step over %s stops once behind it", what);
}

/* MOV SS holds back the trap for one instruction: INT must not run into it. */
static void
step_mov_ss(void)
{
    struct code c = subject_code(&s);
    L4_Word_t stops[2];

    code_load(&c, EBX, SELECTOR_DATA);
    stops[0] = c.va;
    EMIT(&c, 0x8e, 0xd3); /* mov ss, bx */
    EMIT(&c, 0xcd, 0x30, 0x90);
    stops[1] = c.va;
    (void)code_end(&c);
    s.frame.eax = s.frame.edx = s.frame.ecx = s.frame.esi = 0;
    ok(steps(stops, 2), "single step over MOV SS; INT stops once behind both");
}

static void
step_call(const char *what, L4_Word_t entry)
{
    struct code c = subject_code(&s);
    L4_Word_t stops[2];

    code_call(&c, s.kip + entry);
    stops[0] = s.kip + entry; /* INT */
    stops[1] = c.va;          /* behind RET */
    (void)code_end(&c);
    ok(steps(stops, 2), "single step through %s stops before and behind it",
       what);
}

static void
single_step(void)
{
    static const uint8_t ipc[] = {0xcd, 0x30}, lock_nop[] = {0xf0, 0x90};

    step_over("Ipc", ipc, sizeof ipc);
    step_over("LOCK NOP", lock_nop, sizeof lock_nop);
    step_call("SystemClock", CLOCK_ENTRY);
    step_mov_ss();
}

/* The other thread of an IPC must not inherit the sender's TF. */
static void
step_stays(void)
{
    struct subject partner, *both[] = {&partner, &s};
    struct code c;

    subject_make(&partner, 2, 5, PN_SmallPages(5));
    c = subject_code(&partner);
    code_ipc(&c, 0, s.tid.raw, 0);
    EMIT(&c, 0x9c, 0x58);
    (void)code_end(&c);
    subject_start(&partner);
    L4_ThreadSwitch(partner.tid);
    c = subject_code(&s);
    code_load(&c, EAX, partner.tid.raw);
    code_load(&c, EDX, ~0UL);
    code_load(&c, ESI, 3);
    code_load(&c, ECX, 0);
    EMIT(&c, 0x68);
    code_word(&c, FLAGS_START | F_TF | F_DF | F_NT | F_AC);
    EMIT(&c, 0x9d, 0xcd, 0x30);
    (void)code_end(&c);
    partner.event = EV_NONE;
    subject_start(&s);
    (void)subject_wait(both, 1, 20000);
    ok(partner.event == EV_END &&
           (partner.frame.eax & (F_TF | F_DF | F_NT | F_AC)) == 0,
       "TF, DF, NT and AC stay with the thread that set them");
    subject_kill(&partner);
    subject_kill(&s);
    subject_make(&s, 1, 5, PN_SmallPages(5));
}

/* --- flags given by others --- */

/* The answer to an exception carries EFLAGS. */
static void
answers(void)
{
    int passed = 1;

    for (unsigned i = 0; i < 64 && passed; i++) {
        L4_Word_t flags = i < 32 ? 1UL << i : ~(1UL << (i - 32));
        struct code c = subject_code(&s);

        flags &= ~(L4_Word_t)F_TF;
        EMIT(&c, 0x9c, 0x58);
        (void)code_end(&c);
        s.frame.eflags = flags;
        if (subject_go(&s) != EV_END || !good(s.frame.eax) ||
            (s.frame.eax & ~(L4_Word_t)F_RF) !=
                ((flags & ANSWERABLE) | FLAGS_START)) {
            diag("%lx became %lx", flags, s.frame.eax);
            passed = 0;
        }
    }
    ok(passed, "an exception's answer sets arithmetic flags, TF, DF and AC only");
}

/* ExchangeRegisters on a thread of the caller's space: here the supervisor's.
 */
static void
exchange(void)
{
    struct subject inside;
    int passed = 1, old = 1;

    subject_inside(&inside, 3, 1);
    for (unsigned i = 0; i < 64 && passed; i++) {
        L4_Word_t flags = i < 32 ? 1UL << i : ~(1UL << (i - 32));
        struct code c = subject_code(&inside);
        struct l4_exregs regs;

        flags &= ~(L4_Word_t)F_TF;
        EMIT(&c, 0x9c, 0x58);
        (void)code_end(&c);
        regs = l4_exregs_call(inside.tid,
                              L4_ExReg_Flags | L4_ExReg_IP | L4_ExReg_SP |
                                  L4_ExReg_AbortRecv,
                              inside.frame.esp, inside.frame.eip, flags);
        old &= good(regs.flags);
        inside.event = EV_NONE;
        (void)subject_wait((struct subject *[]){&inside}, 1, 20000);
        if (inside.event != EV_END || !good(inside.frame.eax) ||
            (inside.frame.eax & F_NT) != 0) {
            diag("%lx became %lx", flags, inside.frame.eax);
            subject_explain(&inside);
            passed = 0;
        }
    }
    ok(passed, "ExchangeRegisters sets no flag beyond the user's");
    ok(old, "and tells none");
    subject_kill(&inside);
}

/* A thread's very first flags: start message and ExchangeRegisters. */
static void
first_flags(void)
{
    struct code c;

    subject_kill(&s);
    subject_make(&s, 1, 5, PN_SmallPages(5));
    ok(good(s.frame.eflags) && (s.frame.eflags & F_NT) == 0,
       "a new thread starts with IOPL 0 and IF 1");
    c = subject_code(&s);
    EMIT(&c, 0xfa); /* cli */
    (void)code_end(&c);
    ok(subject_go(&s) == EV_EXCEPTION && s.frame.vector == VECTOR_PROTECTION &&
           s.frame.error == 0,
       "so CLI is refused");
}

int
main(int argc, char **argv)
{
    unsigned count = RANDOM_POPS;

    if (argc > 1 && strcmp(argv[1], "full") == 0)
        count *= 100;
    subject_make(&s, 1, 5, PN_SmallPages(5));
    first_flags();
    every_bit();
    random_pops(count);
    forged_frames();
    nested_task();
    strange_entries();
    direction();
    direction_of_arguments();
    direction_of_spaces();
    alignment();
    single_step();
    step_stays();
    answers();
    exchange();
    done();
}
