/*
 * sysenter.c - SYSENTER, the other way into the kernel (P6 and later).
 *
 * It saves nothing, and leaves TF and NT set (R3). So: whatever flags,
 * addresses and place a thread enters with, what comes of it is what INT 0x30
 * makes of the same; single step stops where it should, and once; nothing of
 * one thread's flags reaches another. From a small and from a large space, by
 * the slow path (an Ipc of neither phase) and by the fast one (a call).
 */
#include "subject.h"

#include <l4/kip.h>
#include <l4/schedule.h>
#include <l4/space.h>
#include <pn/libc.h>
#include <pn/space.h>
#include <pn/tap.h>

enum {
    F_TF = 1 << 8,
    F_IF = 1 << 9,
    F_DF = 1 << 10,
    F_NT = 1 << 14,
    F_AC = 1 << 18,
};

#define FORBIDDEN 0x1a3000UL /* IOPL, VM, VIF, VIP */
#define IPC_STUB  0xe0UL     /* its offset, in the interface page */
#define WORDS     3UL        /* of a message for the fast path */
#define ANYONE    (~0UL)
#define STEPS     40

enum way { INT, SYSENTER };
enum path { SLOW, FAST, PATHS };

static const char *const path_names[] = {"slow path", "fast path"};

static struct subject s, partner;

/* --- the partner --- */

/* It answers every call of the subject, for good. */
static void
serve(void)
{
    struct code c = subject_code(&partner);
    L4_Word_t loop;

    code_ipc(&c, 0, s.tid.raw, 0);
    loop = c.va;
    code_ipc(&c, s.tid.raw, s.tid.raw, WORDS);
    code_jump(&c, loop);
    subject_start(&partner);
    L4_ThreadSwitch(partner.tid);
}

static void
make(L4_Word_t control)
{
    subject_make(&s, 1, 5, control);
    subject_make(&partner, 2, 5, PN_SmallPages(5));
    serve();
}

static void
unmake(void)
{
    subject_kill(&partner);
    subject_kill(&s);
}

/* --- code --- */

/* Arguments of an Ipc that goes this path; EDI and EBP for SYSENTER. */
static void
code_arguments(struct code *c, enum path path)
{
    L4_Word_t whom = path == FAST ? partner.tid.raw : 0;

    code_standard(c);
    code_load(c, EAX, whom);
    code_load(c, EDX, whom);
    code_load(c, ESI, path == FAST ? WORDS : 0);
    code_load(c, ECX, 0);
}

/* EDI = whatever follows `bytes` more bytes of code, EBP = the stack. */
static void
code_return(struct code *c, unsigned bytes)
{
    code_load(c, EBP, s.stack);
    code_load(c, EDI, c->va + 5 + bytes);
}

/* popf of `flags`, and straight in. */
static void
code_enter_with(struct code *c, L4_Word_t flags, enum way way)
{
    code_return(c, 5 + 1 + 2);
    EMIT(c, 0x68);
    code_word(c, flags);
    EMIT(c, 0x9d);
    if (way == INT)
        EMIT(c, 0xcd, 0x30);
    else
        EMIT(c, 0x0f, 0x34);
}

/* --- the same as INT --- */

static int
run(enum way way, enum path path, L4_Word_t flags)
{
    struct code c = subject_code(&s);

    code_arguments(&c, path);
    code_enter_with(&c, flags, way);
    (void)code_end(&c);
    return subject_go(&s) == EV_END;
}

static int
equals_int(enum path path, L4_Word_t flags)
{
    struct frame wanted;

    if (!run(INT, path, flags)) {
        diag("INT");
        return 0;
    }
    wanted = s.frame;
    return run(SYSENTER, path, flags) &&
           (s.frame.eflags & (FORBIDDEN | F_IF)) == F_IF &&
           memcmp(&wanted, &s.frame, sizeof wanted) == 0;
}

static int
every_flag(enum path path)
{
    for (unsigned bit = 0; bit < 32; bit++)
        for (unsigned inverse = 0; inverse < 2; inverse++) {
            L4_Word_t flags = 1UL << bit;

            flags = (inverse ? ~flags : flags) & ~(L4_Word_t)F_TF;
            if (!equals_int(path, flags)) {
                diag("flags %lx", flags);
                subject_explain(&s);
                return 0;
            }
        }
    return 1;
}

static void
flags(const char *who)
{
    for (enum path path = SLOW; path < PATHS; path++)
        ok(every_flag(path),
           "%s, %s: with any flag set or clear, all registers and flags are "
           "as after INT",
           who, path_names[path]);
}

/* --- single step --- */

/* TF comes with the last instruction before SYSENTER. */
static int
traps_once(enum path path, L4_Word_t flags)
{
    struct code c = subject_code(&s);
    L4_Word_t stop;

    code_arguments(&c, path);
    code_enter_with(&c, flags | F_TF | F_IF, SYSENTER);
    EMIT(&c, 0x90);
    stop = c.va;
    (void)code_end(&c);
    if (subject_go(&s) != EV_EXCEPTION || s.frame.vector != VECTOR_DEBUG ||
        s.frame.eip != stop || s.frame.esp != s.stack ||
        (s.frame.eflags & (FORBIDDEN | F_TF | F_IF)) != (F_TF | F_IF) ||
        ((s.frame.eflags ^ flags) & (F_DF | F_NT | F_AC)) != 0)
        return 0;
    s.frame.eflags = FLAGS_START;
    return subject_go(&s) == EV_END;
}

static void
traps(const char *who)
{
    static const L4_Word_t sets[] = {
        0, F_NT, F_DF, F_AC, F_NT | F_DF | F_AC, 0x8d5,
    };

    for (enum path path = SLOW; path < PATHS; path++) {
        int passed = 1;

        for (unsigned i = 0; i < sizeof sets / sizeof sets[0] && passed; i++)
            if (!traps_once(path, sets[i])) {
                diag("flags %lx", sets[i]);
                subject_explain(&s);
                passed = 0;
            }
        ok(passed,
           "%s, %s: single step stops once, an instruction behind, and the "
           "flags are kept",
           who, path_names[path]);
    }
}

/* MOV SS holds back the trap for one instruction, and that is SYSENTER. */
static void
trap_held_back(const char *who)
{
    struct code c = subject_code(&s);
    L4_Word_t stop;

    code_arguments(&c, SLOW);
    code_load(&c, EBX, SELECTOR_DATA);
    code_return(&c, 5 + 1 + 2 + 2);
    EMIT(&c, 0x68);
    code_word(&c, F_TF | F_IF);
    EMIT(&c, 0x9d, 0x8e, 0xd3, 0x0f, 0x34, 0x90); /* popf; mov ss, bx; ... */
    stop = c.va;
    (void)code_end(&c);
    (void)subject_go(&s);
    if (!ok(s.event == EV_EXCEPTION && s.frame.vector == VECTOR_DEBUG &&
                s.frame.eip == stop,
            "%s: single step over MOV SS; SYSENTER stops once behind both",
            who))
        subject_explain(&s);
}

/* The stub in the interface page: a stop at each instruction, and back. */
static int
steps_through_page(enum path path)
{
    struct code c = subject_code(&s);
    const uint8_t *page = L4_KernelInterface(NULL, NULL, NULL);
    L4_Word_t stub = *(const L4_Word_t *)(const void *)(page + IPC_STUB);
    L4_Word_t behind, last = 0;
    unsigned i;

    code_arguments(&c, path);
    code_call(&c, s.kip + stub);
    EMIT(&c, 0x90);
    behind = c.va;
    (void)code_end(&c);
    s.frame.eflags = FLAGS_START | F_TF;
    for (i = 0; i < STEPS && subject_go(&s) == EV_EXCEPTION; i++) {
        if (s.frame.vector != VECTOR_DEBUG || !(s.frame.eflags & F_TF))
            return 0;
        if (s.frame.eip == behind)
            break;
        last = s.frame.eip - s.kip;
    }
    s.frame.eflags = FLAGS_START;
    return i < STEPS && s.frame.eip == behind && s.frame.esp == s.stack &&
           last < PAGE - 1 && page[last] == 0x0f && page[last + 1] == 0x34 &&
           subject_go(&s) == EV_END;
}

static void
page_steps(const char *who)
{
    for (enum path path = SLOW; path < PATHS; path++)
        if (!ok(steps_through_page(path),
                "%s, %s: single step goes through the interface page and back",
                who, path_names[path]))
            subject_explain(&s);
}

/* --- what the partner sees --- */

static void
flags_stay(const char *who)
{
    struct subject other, *both[] = {&other, &s};
    struct code c;

    subject_make(&other, 3, 5, PN_SmallPages(5));
    c = subject_code(&other);
    code_ipc(&c, 0, s.tid.raw, 0);
    EMIT(&c, 0x9c, 0x58);
    (void)code_end(&c);
    subject_start(&other);
    L4_ThreadSwitch(other.tid);
    c = subject_code(&s);
    code_load(&c, EAX, other.tid.raw);
    code_load(&c, EDX, ANYONE);
    code_load(&c, ESI, WORDS);
    code_load(&c, ECX, 0);
    code_enter_with(&c, F_TF | F_IF | F_DF | F_NT | F_AC, SYSENTER);
    (void)code_end(&c);
    other.event = EV_NONE;
    subject_start(&s);
    (void)subject_wait(both, 1, 20000);
    ok(other.event == EV_END &&
           (other.frame.eax & (F_TF | F_DF | F_NT | F_AC)) == 0 &&
           (other.frame.eax & F_IF) != 0,
       "%s: TF, DF, NT and AC stay with the thread that set them", who);
    subject_kill(&other);
}

/* --- hostile registers --- */

static const L4_Word_t stacks[] = {
    0, 1, 3, 0x1001, 0x5000, 0x5004, 0xbffffffc, 0xc0000000, 0xc0005004,
    0xff800000, 0xffbee000, 0xffbfffc8, 0xffc00000, 0xffd00000, 0xffe00000,
    0xffffffe0, 0xfffffffc, 0xffffffff,
};

/* An ESP is a number until it is used. */
static int
any_stack(enum path path, L4_Word_t esp)
{
    struct code c = subject_code(&s);

    code_arguments(&c, path);
    code_sysenter(&c, c.va + 12, esp);
    EMIT(&c, 0x89, 0xe0); /* mov eax, esp */
    (void)code_end(&c);
    return subject_go(&s) == EV_END && s.frame.eax == esp &&
           s.frame.esp == esp && subject_is_small(&s) == (s.control != 0);
}

static void
any_stacks(const char *who)
{
    for (enum path path = SLOW; path < PATHS; path++) {
        int passed = 1;

        for (unsigned i = 0; i < sizeof stacks / sizeof stacks[0]; i++)
            if (!any_stack(path, stacks[i])) {
                diag("ESP %lx", stacks[i]);
                subject_explain(&s);
                passed = 0;
            }
        ok(passed, "%s, %s: any ESP comes back and harms nobody", who,
           path_names[path]);
    }
}

/* --- where it stands --- */

/* SYSENTER in the last `n` bytes of the data page, which ends the space. */
static void
at_the_end(unsigned n)
{
    struct code c = subject_code(&s);
    char *end = subject_data_page(&s) + PAGE - n;
    char kept[2];

    memcpy(kept, end, n);
    memcpy(end, "\x0f\x34", n);
    code_arguments(&c, SLOW);
    code_return(&c, 5);
    code_jump(&c, subject_data(&s) + PAGE - n);
    (void)code_end(&c);
    (void)subject_go(&s);
    memcpy(end, kept, n);
}

static void
ends(const char *who)
{
    at_the_end(2);
    ok(s.event == EV_END && s.frame.esp == s.stack &&
           subject_is_small(&s) == (s.control != 0),
       "%s: SYSENTER works in the last two bytes of the space", who);
    at_the_end(1);
    if (!ok(s.event == EV_PAGE_FAULT && s.fault_address == 5 * PAGE,
            "%s: half of it beyond the end is a fault there", who))
        subject_explain(&s);
}

/* With a prefix it may mean nothing, but never more. */
static void
prefixes(const char *who)
{
    static const uint8_t bytes[] = {0x66, 0x67, 0xf2, 0xf3, 0xf0,
                                    0x2e, 0x36, 0x64, 0x65};
    int passed = 1;

    for (unsigned i = 0; i < sizeof bytes; i++) {
        struct code c = subject_code(&s);

        code_arguments(&c, SLOW);
        code_return(&c, 3);
        EMIT(&c, bytes[i], 0x0f, 0x34);
        (void)code_end(&c);
        (void)subject_go(&s);
        if (s.event != EV_END &&
            (s.event != EV_EXCEPTION || s.frame.vector != VECTOR_INVALID_OPCODE)) {
            diag("prefix %x", bytes[i]);
            subject_explain(&s);
            passed = 0;
        }
    }
    ok(passed, "%s: a prefix makes nothing else of SYSENTER", who);
}

static void
all(const char *who, L4_Word_t control)
{
    make(control);
    flags(who);
    traps(who);
    trap_held_back(who);
    page_steps(who);
    any_stacks(who);
    prefixes(who);
    flags_stay(who);
    unmake();
    make(control);
    ends(who);
    unmake();
}

int
main(void)
{
    if (!ok(uses_sysenter(), "the interface page enters by SYSENTER"))
        done();
    all("small", PN_SmallPages(5));
    all("large", 0);
    done();
}
