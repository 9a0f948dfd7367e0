/*
 * stale.c - no segment register carries one space into another.
 *
 * The processor keeps base and limit behind a selector, whatever the GDT says
 * by then. So a sender loads a segment register with each selector it can
 * load, then control passes to a receiver in every way there is, and the
 * receiver's first act is to look through the same register: it must see its
 * own mark, or fault, and never the sender's (SEG-6; DESIGN 5, R2).
 *
 * All spaces have their mark at the same offset, so a stale base shows.
 */
#include "subject.h"

#include <l4/ia32/specifics.h>
#include <l4/schedule.h>
#include <l4/ipc.h>
#include <l4/space.h>
#include <pn/libc.h>
#include <pn/program.h>
#include <pn/space.h>
#include <pn/tap.h>

#define PAGES        5UL
#define MARK_VA      ((PAGES - 1) * PAGE + MARK_OFFSET)
#define LOW_PRIORITY 20UL
#define UTCB_BYTES   512UL
#define TCR_BR0      16
#define ACCEPT_ALL   0x10UL
#define ANYONE       (~0UL)
#define SWITCH_ENTRY 0x870UL /* ThreadSwitch in the interface page */
#define LONG_US      20000UL
#define SPINS        15000UL
#define SLICE_US     1000UL
#define NEVER        0UL
#define ABSENT_PAGE  (3 * PAGE) /* between UTCBs and data: nothing there */

static const enum segment segments[] = {DS, ES, FS, GS};
static const uint8_t selectors[] = {
    0x00, 0x01, 0x02, 0x03, 0x18, 0x23, 0x19, 0x1a,
    0x1b, 0x20, 0x2b, 0x21, 0x22, 0x28, 0x29, 0x2a,
};
#define SELECTORS sizeof selectors

/* One way of passing control; true = nothing foreign was seen. */
typedef int (*passing)(enum segment s, unsigned selector);

static struct subject from, to, tenant;
static int quick; /* the negative controls need few selectors */

/* --- looking --- */

static void
look(struct code *c, enum segment s)
{
    code_read(c, s, MARK_VA);
    (void)code_end(c);
}

static int
sees_own(const struct subject *s)
{
    return s->event == EV_END && s->frame.eax == subject_mark(s);
}

static int
is_refused(const struct subject *s)
{
    return s->event == EV_EXCEPTION && s->frame.vector == VECTOR_PROTECTION;
}

/* Is it still what it was, small or large? Explains itself if not `passed`. */
static int
judge(const struct subject *s, int passed)
{
    if (passed && subject_is_small(s) == (s->control != 0))
        return 1;
    diag("space %u sees:", s->number);
    subject_explain(s);
    return 0;
}

/* After a system call: its own through DS and ES, nothing through FS (null)
 * and GS (four bytes). */
static int
standard(const struct subject *s, enum segment segment)
{
    int data = segment == DS || segment == ES;

    return judge(s, data ? sees_own(s) : is_refused(s));
}

/* What it had loaded itself is still loaded, over its own space. */
static int
kept(const struct subject *s, unsigned selector)
{
    unsigned index = selector & ~3U;
    int data = index == (SELECTOR_DATA & ~3U) || index == (SELECTOR_CODE & ~3U);

    return judge(s, data ? sees_own(s) : is_refused(s));
}

static void
every_selector(const char *how, passing pass)
{
    for (unsigned i = 0; i < 4; i++) {
        int passed = 1;

        for (unsigned j = 0; j < SELECTORS; j += quick ? 5 : 1)
            if (!pass(segments[i], selectors[j])) {
                diag("with selector %x", selectors[j]);
                passed = 0;
            }
        ok(passed, "%s: nothing foreign through %s", how,
           segment_name(segments[i]));
    }
}

/* --- placing --- */

static L4_Word_t
slot(L4_Word_t megabyte)
{
    return L4_SpaceControlSmall | L4_SmallSpace(megabyte, 4);
}

static void
make_pair(int from_small, int to_small)
{
    subject_make(&from, 1, PAGES, from_small ? slot(4) : 0);
    subject_make(&to, 2, PAGES, to_small ? slot(8) : 0);
}

static void
kill_pair(void)
{
    subject_kill(&from);
    subject_kill(&to);
}

/* --- an IPC --- */

static L4_Word_t timeouts; /* of the sender's call: NEVER = the fast path */
static L4_Word_t words;    /* of its message; three have code of their own */
static int one_space;      /* nothing is foreign then, and nothing reloaded */

static void
send_code(enum segment s, unsigned selector)
{
    struct code c = subject_code(&from);

    code_standard(&c);
    code_segment(&c, s, selector);
    code_load(&c, EAX, to.tid.raw);
    code_load(&c, EDX, ANYONE);
    code_load(&c, ESI, words);
    code_load(&c, ECX, timeouts);
    code_enter(&c);
    look(&c, s);
}

static void
receive_code(enum segment s)
{
    struct code c = subject_code(&to);

    code_standard(&c);
    code_ipc(&c, 0, from.tid.raw, 0);
    look(&c, s);
}

/* Let it run until it blocks. */
static void
run_to_block(struct subject *s)
{
    subject_start(s);
    L4_ThreadSwitch(s->tid);
}

/* Wake a subject that waits for anyone; it goes on to its look. */
static int
wake(struct subject *s)
{
    struct subject *list[] = {s};

    L4_Set_MsgTag(L4_Niltag);
    (void)L4_Reply(s->tid);
    return subject_wait(list, 1, LONG_US) == s;
}

static int
await(struct subject *s)
{
    struct subject *list[] = {s};

    s->event = EV_NONE;
    return subject_wait(list, 1, LONG_US) == s;
}

static int
by_ipc(enum segment s, unsigned selector)
{
    int passed;

    receive_code(s);
    send_code(s, selector);
    run_to_block(&to);
    subject_start(&from);
    if (one_space) {
        passed = await(&to) && judge(&to, sees_own(&to) || is_refused(&to));
        return wake(&from) && passed;
    }
    passed = await(&to) && standard(&to, s);
    return wake(&from) && standard(&from, s) && passed;
}

static void
same_space(const char *kind)
{
    char how[64];

    snprintf(how, sizeof how, "%s IPC in one space", kind);
    subject_make(&from, 1, PAGES, slot(4));
    subject_twin(&to, &from, 1);
    one_space = 1;
    every_selector(how, by_ipc);
    one_space = 0;
    subject_kill(&to);
    subject_kill(&from);
}

static void
ipc_between(const char *kind, int from_small, int to_small)
{
    char how[64];

    snprintf(how, sizeof how, "%s IPC %s to %s", kind,
             from_small ? "small" : "large", to_small ? "small" : "large");
    make_pair(from_small, to_small);
    every_selector(how, by_ipc);
    kill_pair();
}

static void
all_ipc(const char *kind, L4_Word_t with, L4_Word_t length)
{
    timeouts = with;
    words = length;
    ipc_between(kind, 1, 1);
    ipc_between(kind, 1, 0);
    ipc_between(kind, 0, 1);
    ipc_between(kind, 0, 0);
    same_space(kind);
    timeouts = NEVER;
}

/* The gate of Ipc differs while somebody is ready, be it of low priority. */
static void
ipc_among_others(void)
{
    struct subject spinner;
    struct code c;

    subject_make(&spinner, 4, PAGES, slot(12));
    (void)L4_Set_Priority(spinner.tid, LOW_PRIORITY);
    c = subject_code(&spinner);
    EMIT(&c, 0xeb, 0xfe); /* jmp $ */
    subject_start(&spinner);
    all_ipc("fast, others ready,", NEVER, 3);
    all_ipc("fast, others ready, 5 words,", NEVER, 5);
    subject_kill(&spinner);
}

/* FS and GS at once: the fast path looks at both together. */
static void
fs_gs_pairs(int small, L4_Word_t length)
{
    int passed = 1;

    make_pair(small, small);
    for (unsigned i = 0; i < SELECTORS * SELECTORS * 2; i++) {
        enum segment s = i % 2 == 0 ? FS : GS;
        struct code c = subject_code(&from);

        receive_code(s);
        code_standard(&c);
        code_segment(&c, FS, selectors[i / 2 % SELECTORS]);
        code_segment(&c, GS, selectors[i / 2 / SELECTORS]);
        code_ipc(&c, to.tid.raw, ANYONE, length);
        look(&c, s);
        run_to_block(&to);
        subject_start(&from);
        passed &= await(&to) && standard(&to, s);
        passed &= wake(&from) && standard(&from, s);
    }
    kill_pair();
    ok(passed, "no selectors in FS and GS pass an IPC of %lu words, %s", length,
       small ? "small to small" : "large to large");
}

/* Every thread's %gs:0 is its own local id after a switch, in each pair. */
static void
gs_word(void)
{
    int passed = 1;

    for (int kinds = 0; kinds < 4; kinds++) {
        struct code c;

        make_pair(kinds & 1, kinds >> 1);
        c = subject_code(&to);
        code_ipc(&c, 0, from.tid.raw, 0);
        code_read(&c, GS, 0);
        (void)code_end(&c);
        c = subject_code(&from);
        code_ipc(&c, to.tid.raw, ANYONE, 3);
        code_read(&c, GS, 0);
        (void)code_end(&c);
        run_to_block(&to);
        subject_start(&from);
        passed &= await(&to) && (to.frame.eax & ~511UL) == to.utcb;
        passed &= wake(&from) && (from.frame.eax & ~511UL) == from.utcb;
        kill_pair();
    }
    ok(passed, "%%gs:0 is the receiver's own local id after every IPC");
}

/* --- no IPC of the sender's: preemption, switch, idle --- */

/* One spins with the register loaded, the other looks all the time. */
static int
by_preemption(enum segment s, unsigned selector)
{
    struct subject *both[] = {&from, &to};
    struct code c = subject_code(&to);
    L4_Word_t loop;

    code_standard(&c);
    if (s == FS || s == GS)
        code_segment(&c, s, SELECTOR_DATA);
    loop = c.va;
    code_read(&c, s, MARK_VA);
    EMIT(&c, 0x3d); /* cmp eax, mark */
    code_word(&c, subject_mark(&to));
    EMIT(&c, 0x75, 0x03); /* jne out */
    EMIT(&c, 0x49);       /* dec ecx */
    EMIT(&c, 0x75);       /* jnz loop */
    EMIT(&c, (uint8_t)(loop - c.va - 1));
    (void)code_end(&c);
    to.frame.ecx = SPINS;

    c = subject_code(&from);
    code_standard(&c);
    code_segment(&c, s, selector);
    EMIT(&c, 0x49, 0x75, 0xfd); /* dec ecx; jnz $ - 1 */
    look(&c, s);
    from.frame.ecx = SPINS * 3;

    subject_start(&to);
    subject_start(&from);
    from.event = to.event = EV_NONE;
    for (unsigned i = 0; i < 2; i++)
        (void)subject_wait(both, 2, 10 * LONG_US);
    return kept(&from, selector) && judge(&to, sees_own(&to));
}

static void
preemption(int from_small, int to_small)
{
    char how[64];

    snprintf(how, sizeof how, "preemption, %s and %s",
             from_small ? "small" : "large", to_small ? "small" : "large");
    make_pair(from_small, to_small);
    (void)L4_Set_Timeslice(from.tid, L4_TimePeriod(SLICE_US), L4_Never);
    (void)L4_Set_Timeslice(to.tid, L4_TimePeriod(SLICE_US), L4_Never);
    every_selector(how, by_preemption);
    kill_pair();
}

static void
code_thread_switch(struct code *c, const struct subject *s,
                   const struct subject *dest)
{
    code_load(c, EAX, dest->tid.raw);
    code_call(c, s->kip + SWITCH_ENTRY);
}

static int
by_thread_switch(enum segment s, unsigned selector)
{
    struct code c = subject_code(&to);
    int passed;

    code_standard(&c);
    code_thread_switch(&c, &to, &from);
    look(&c, s);
    c = subject_code(&from);
    code_standard(&c);
    code_segment(&c, s, selector);
    code_thread_switch(&c, &from, &to);
    look(&c, s);
    subject_start(&from);
    subject_start(&to);
    passed = await(&to) && standard(&to, s);
    if (from.event == EV_NONE)
        (void)await(&from);
    return passed && standard(&from, s);
}

static void
code_sleep(struct code *c, const struct subject *s, L4_Word_t us)
{
    code_load(c, EAX, 0);
    code_load(c, EDX, s->tid.raw);
    code_load(c, ECX, L4_TimePeriod(us).raw);
    code_enter(c);
}

/* Both sleep; the machine is idle in between; the receiver wakes first. */
static int
through_idle(enum segment s, unsigned selector)
{
    struct code c = subject_code(&to);
    int passed;

    code_standard(&c);
    code_sleep(&c, &to, 3000);
    look(&c, s);
    c = subject_code(&from);
    code_standard(&c);
    code_segment(&c, s, selector);
    code_sleep(&c, &from, 6000);
    look(&c, s);
    run_to_block(&to);
    subject_start(&from);
    passed = await(&to) && standard(&to, s);
    return await(&from) && standard(&from, s) && passed;
}

/* --- messages the kernel sends --- */

/* The sender's fault goes to the receiver; the sender is made anew each time,
 * because nobody answers it. */
static int
by_fault(enum segment s, unsigned selector, int tcr, const uint8_t *fault,
         unsigned n)
{
    struct code c;
    int passed;

    receive_code(s);
    c = subject_code(&from);
    code_standard(&c);
    EMIT(&c, 0x65, 0xa1, 0, 0, 0, 0); /* mov eax, [gs:0] */
    EMIT(&c, 0xc7, 0x40, (uint8_t)(tcr * 4));
    code_word(&c, to.tid.raw);
    code_segment(&c, s, selector);
    code_bytes(&c, fault, n);
    run_to_block(&to);
    subject_start(&from);
    passed = await(&to) && standard(&to, s);
    subject_kill(&from);
    subject_make(&from, 1, PAGES, from.control);
    return passed;
}

static int
by_page_fault(enum segment s, unsigned selector)
{
    static const uint8_t touch[] = {0x36, 0xa1, 0, ABSENT_PAGE >> 8, 0, 0};

    return by_fault(s, selector, L4_TCR_PAGER, touch, sizeof touch);
}

static int
by_exception(enum segment s, unsigned selector)
{
    static const uint8_t closed_gate[] = {0xcd, 0x20};

    return by_fault(s, selector, L4_TCR_EXCEPTION_HANDLER, closed_gate,
                    sizeof closed_gate);
}

/* Only its own space can give a thread that never ran an exception handler. */
static void
give_handler(void)
{
    struct code c = subject_code(&to);

    EMIT(&c, 0x65, 0xa1, 0, 0, 0, 0); /* mov eax, [gs:0] */
    EMIT(&c, 0xc7, 0x80);             /* the next slot's */
    code_word(&c, UTCB_BYTES + 4UL * (L4_Word_t)L4_TCR_EXCEPTION_HANDLER);
    code_word(&c, L4_MyGlobalId().raw);
    (void)code_end(&c);
    (void)subject_go(&to);
}

/* The sender is the pager of a new thread and starts it. */
static int
by_start(enum segment s, unsigned selector)
{
    struct subject fresh = to;
    struct code c;
    int passed;

    fresh.code_va = TWIN_VA;
    c = subject_code(&fresh);
    look(&c, s);
    subject_bear(&fresh, &to, 1, from.tid);
    give_handler();
    c = subject_code(&from);
    code_standard(&c);
    EMIT(&c, 0x65, 0xa1, 0, 0, 0, 0); /* mov eax, [gs:0] */
    EMIT(&c, 0xc7, 0x40, 4);          /* MR1 = eip */
    code_word(&c, TWIN_VA);
    code_segment(&c, s, selector);
    code_ipc(&c, fresh.tid.raw, ANYONE, 2);
    look(&c, s);
    subject_start(&from);
    passed = await(&fresh) && standard(&fresh, s);
    subject_kill(&fresh);
    return wake(&from) && standard(&from, s) && passed;
}

/* --- the space changes under a loaded register --- */

/* Load the register, stop, and go on with a look. */
static void
loaded_code(struct subject *s, enum segment segment, unsigned selector)
{
    struct code c = subject_code(s);

    code_standard(&c);
    code_segment(&c, segment, selector);
    (void)code_end(&c);
    look(&c, segment);
}

static int
go_on(struct subject *s, unsigned selector)
{
    (void)subject_go_on(s);
    return kept(s, selector);
}

/* Beyond the limit; meanwhile a tenant moves into the slot. */
static int
by_promotion(enum segment s, unsigned selector)
{
    struct code c = subject_code(&from);
    int passed;

    code_standard(&c);
    code_segment(&c, s, selector);
    EMIT(&c, 0x36, 0xa1); /* mov eax, ss:[beyond] */
    code_word(&c, 4UL << 20);
    look(&c, s);
    if (subject_go(&from) != EV_PAGE_FAULT || subject_is_small(&from))
        return 0;
    subject_make(&tenant, 3, PAGES, slot(4));
    (void)subject_land(&from);
    from.control = 0;
    passed = kept(&from, selector);
    from.control = slot(4);
    subject_kill(&tenant);
    subject_unland();
    subject_shrink(&from);
    return passed;
}

/* A page for the receiver beyond its limit makes it large in its own IPC. */
static int
by_map_item(enum segment s, unsigned selector)
{
    struct code c = subject_code(&to);
    int passed;

    code_standard(&c);
    EMIT(&c, 0x65, 0xa1, 0, 0, 0, 0); /* mov eax, [gs:0] */
    EMIT(&c, 0xc7, 0x40, (uint8_t)(-4 * TCR_BR0));
    code_word(&c, ACCEPT_ALL);
    code_ipc(&c, 0, from.tid.raw, 0);
    look(&c, s);
    c = subject_code(&from);
    code_standard(&c);
    EMIT(&c, 0x65, 0xa1, 0, 0, 0, 0, 0xc7, 0x40, 0x04); /* MR1, MR2 */
    code_word(&c, 4UL << 20 | 8);
    EMIT(&c, 0xc7, 0x40, 0x08);
    code_word(&c, L4_FpageAddRights(L4_FpageLog2((PAGES - 1) * PAGE, 12),
                                    L4_FullyAccessible)
                      .raw);
    EMIT(&c, 0x36, 0xa1); /* the page must be there: mov eax, ss:[data] */
    code_word(&c, MARK_VA);
    code_segment(&c, s, selector);
    code_ipc(&c, to.tid.raw, ANYONE, 2 << 6);
    look(&c, s);
    run_to_block(&to);
    subject_start(&from);
    passed = await(&to) && !subject_is_small(&to);
    to.control = 0;
    passed = standard(&to, s) && passed;
    to.control = slot(8);
    passed = wake(&from) && standard(&from, s) && passed;
    (void)L4_UnmapFpage(
        L4_FpageAddRights(L4_FpageLog2((L4_Word_t)subject_data_page(&from), 12),
                          L4_FullyAccessible));
    subject_shrink(&to);
    return passed;
}

static int
by_demotion(enum segment s, unsigned selector)
{
    int passed;

    loaded_code(&from, s, selector);
    (void)subject_place(&from, L4_SpaceControlSmall | 0);
    passed = subject_go(&from) == EV_END && !subject_is_small(&from) &&
             subject_place(&from, slot(4));
    return passed && go_on(&from, selector);
}

static int
by_move(enum segment s, unsigned selector)
{
    int passed;

    loaded_code(&from, s, selector);
    (void)subject_place(&from, slot(4));
    passed = subject_go(&from) == EV_END && subject_place(&from, slot(12));
    subject_make(&tenant, 3, PAGES, slot(4));
    passed = passed && go_on(&from, selector);
    subject_kill(&tenant);
    return passed;
}

/* Killed with the register loaded; the next tenant looks at once. */
static int
by_reuse(enum segment s, unsigned selector)
{
    int passed;

    receive_code(s); /* waits for a thread that dies */
    loaded_code(&from, s, selector);
    run_to_block(&to);
    (void)subject_go(&from);
    subject_kill(&from);
    passed = await(&to) && standard(&to, s);
    subject_make(&tenant, 3, PAGES, slot(4));
    loaded_code(&tenant, s, 0);
    passed = passed && subject_go(&tenant) == EV_END && go_on(&tenant, 0);
    subject_kill(&tenant);
    subject_make(&from, 1, PAGES, slot(4));
    return passed;
}

static void
changes(void)
{
    make_pair(1, 1);
    every_selector("promotion", by_promotion);
    every_selector("promotion by a map item", by_map_item);
    every_selector("demotion", by_demotion);
    every_selector("move", by_move);
    (void)subject_place(&from, slot(4));
    every_selector("reuse of a slot", by_reuse);
    kill_pair();
}

static void
kernel_messages(int from_small, int to_small)
{
    char how[64];
    const char *a = from_small ? "small" : "large";
    const char *b = to_small ? "small" : "large";

    make_pair(from_small, to_small);
    snprintf(how, sizeof how, "page fault message %s to %s", a, b);
    every_selector(how, by_page_fault);
    snprintf(how, sizeof how, "exception message %s to %s", a, b);
    every_selector(how, by_exception);
    snprintf(how, sizeof how, "start message %s to %s", a, b);
    every_selector(how, by_start);
    kill_pair();
}

static void
others(int from_small, int to_small)
{
    char how[64];
    const char *a = from_small ? "small" : "large";
    const char *b = to_small ? "small" : "large";

    make_pair(from_small, to_small);
    snprintf(how, sizeof how, "ThreadSwitch %s to %s", a, b);
    every_selector(how, by_thread_switch);
    snprintf(how, sizeof how, "through idle, %s to %s", a, b);
    every_selector(how, through_idle);
    kill_pair();
}

int
main(int argc, char **argv)
{
    quick = argc > 1 && strcmp(argv[1], "quick") == 0;
    all_ipc("fast", NEVER, 3);
    all_ipc("fast, 5 words,", NEVER, 5);
    ipc_among_others();
    for (int small = 0; small <= 1 && !quick; small++) {
        fs_gs_pairs(small, 3);
        fs_gs_pairs(small, 5);
    }
    gs_word();
    all_ipc("slow", L4_TimePeriod(1UL << 20).raw, 3);
    for (int kinds = 0; kinds < 4; kinds++) {
        preemption(kinds & 1, kinds >> 1);
        others(kinds & 1, kinds >> 1);
        kernel_messages(kinds & 1, kinds >> 1);
    }
    changes();
    done();
}
