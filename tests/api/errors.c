/*
 * tests/api/errors.c - every error code of every system call, provoked once
 * (sheet 1.4, 6.5; the table is in README.md). Why a call is refused in each
 * single case is the business of the other chapters; this one is complete.
 *
 * The calls come from the director, from a small and from a large space; the
 * errors of an IPC in every placement, by the entries of Ipc and of Lipc.
 * (Error 8, out of memory, takes a kernel that has little: recycle.c.)
 */
#include "stage.h"

#include <l4/misc.h>
#include <pn/notify.h>
#include <pn/program.h>

#define NIL     L4_nilthread
#define KEEP    ((void *)-1)
#define IGNORED 0xeeUL
#define SAME    (~0UL)

static const char *where;

/* --- the calls --- */

static L4_ThreadId_t me;
static L4_ThreadId_t nobody;   /* a good id that no thread has */
static L4_ThreadId_t bare;     /* inactive, in a space without areas */
static L4_ThreadId_t inactive; /* in the space of `active` */
static L4_ThreadId_t active;
static L4_ThreadId_t guarded; /* its space has a redirector */
static L4_ThreadId_t ward;    /* whose scheduler the actor is */

static L4_Word_t
thread(L4_ThreadId_t id, L4_ThreadId_t space, L4_ThreadId_t scheduler,
       L4_ThreadId_t pager, L4_Word_t utcb)
{
    return L4_ThreadControl(id, space, scheduler, pager, (void *)utcb);
}

static L4_Word_t
space(L4_ThreadId_t id, L4_Fpage_t kip, L4_Fpage_t utcb, L4_ThreadId_t director)
{
    L4_Word_t old;

    return L4_SpaceControl(id, 0, kip, utcb, director, &old);
}

static L4_Word_t
schedule(L4_ThreadId_t id, L4_Word_t time, L4_Word_t processor,
         L4_Word_t priority, L4_Word_t preemption)
{
    L4_Word_t old;

    return L4_Schedule(id, time, processor, priority, preemption, &old);
}

static L4_Word_t
memory(L4_Word_t control, L4_Word_t attribute)
{
    L4_Word_t attributes[4] = {attribute, attribute, attribute, attribute};

    L4_LoadMR(0, (L4_Word_t)arena);
    return L4_MemoryControl(control, attributes);
}

static L4_Word_t
exchange(L4_ThreadId_t id)
{
    return l4_exregs_call(id, 0, 0, 0, 0).thread;
}

static L4_ThreadId_t
irq(L4_Word_t line)
{
    return L4_GlobalId(line, 1);
}

/* X(call, error, why, expression): by a thread of a privileged space. */
#define PRIVILEGED(X)                                                       \
    X("ThreadControl", 2, "a kernel thread's number",                       \
      thread(L4_GlobalId(20, 1), me, me, NIL, SAME))                        \
    X("ThreadControl", 2, "the caller's own end",                           \
      thread(me, NIL, NIL, NIL, SAME))                                      \
    X("ThreadControl", 2, "the clock's interrupt",                          \
      thread(irq(0), irq(0), NIL, me, SAME))                                \
    X("ThreadControl", 2, "a handler that does not exist",                  \
      thread(irq(5), irq(5), NIL, nobody, SAME))                            \
    X("ThreadControl", 2, "the end of what handles no interrupt",           \
      thread(irq(5), irq(5), NIL, irq(5), SAME))                            \
    X("ThreadControl", 3, "the space of nobody",                            \
      thread(nobody, irq(40), me, NIL, SAME))                               \
    X("ThreadControl", 3, "activation in a space without areas",            \
      thread(bare, bare, NIL, me, STAGE_UTCB))                              \
    X("ThreadControl", 3, "an active thread as the first of its space",     \
      thread(nobody, nobody, me, me, STAGE_UTCB))                           \
    X("ThreadControl", 4, "a new thread without scheduler",                 \
      thread(nobody, me, NIL, NIL, SAME))                                   \
    X("ThreadControl", 6, "a misaligned UTCB",                              \
      thread(inactive, active, NIL, me, STAGE_UTCB + 256))                  \
    X("ThreadControl", 6, "a UTCB outside the area",                        \
      thread(inactive, active, NIL, me, STAGE_UTCB - 512))                  \
    X("ThreadControl", 6, "activation without a UTCB",                      \
      thread(inactive, active, NIL, me, SAME))                              \
    X("ThreadControl", 6, "another UTCB for an active thread",              \
      thread(active, active, NIL, NIL, STAGE_UTCB))                         \
    X("SpaceControl", 3, "the space of nobody",                             \
      space(nobody, stage_kip_area(), stage_utcb_area(), NIL))              \
    X("SpaceControl", 5, "a redirector that does not exist",                \
      space(active, L4_Nilpage, L4_Nilpage, nobody))                        \
    X("SpaceControl", 6, "a UTCB area that is too small",                   \
      space(bare, stage_kip_area(), L4_FpageLog2(STAGE_UTCB, 11), NIL))     \
    X("SpaceControl", 6, "a UTCB area outside the user's part",             \
      space(bare, stage_kip_area(), L4_FpageLog2(0xc0000000, 15), NIL))     \
    X("SpaceControl", 7, "an interface page outside the user's part",       \
      space(bare, L4_FpageLog2(0xc0000000, 12), stage_utcb_area(), NIL))    \
    X("SpaceControl", 7, "areas that overlap",                              \
      space(bare, L4_FpageLog2(STAGE_UTCB, 12), stage_utcb_area(), NIL))    \
    X("Schedule", 2, "nobody", schedule(nobody, SAME, SAME, SAME, SAME))    \
    X("Schedule", 5, "a point in time as time slice",                       \
      schedule(active, 0x80010000, SAME, SAME, SAME))                       \
    X("Schedule", 5, "a point in time as quantum",                          \
      schedule(active, 0x00008001, SAME, SAME, SAME))                       \
    X("Schedule", 5, "another processor",                                   \
      schedule(active, SAME, 1, SAME, SAME))                                \
    X("ExchangeRegisters", 2, "a thread of another space and pager",        \
      exchange(active))                                                     \
    X("ExchangeRegisters", 2, "nobody", exchange(nobody))                   \
    X("ProcessorControl", 5, "a processor that does not exist",             \
      L4_ProcessorControl(1, 0, 0, 0))                                      \
    X("MemoryControl", 5, "more than 64 fpages", memory(64, 0))             \
    X("MemoryControl", 5, "an attribute that does not exist", memory(0, 3)) \
    X("Notify", 1, "a thread behind a redirector", PN_Notify(guarded, 1))   \
    X("Notify", 2, "nobody", PN_Notify(nobody, 1))

/* The same by a thread of an ordinary one. */
#define ORDINARY(X)                                                            \
    X("ThreadControl", 1, "creation, without privilege",                       \
      thread(nobody, L4_Myself(), L4_Myself(), NIL, SAME))                     \
    X("ThreadControl", 1, "deletion, without privilege",                       \
      thread(active, NIL, NIL, NIL, SAME))                                     \
    X("ThreadControl", 1, "an interrupt, without privilege",                   \
      thread(irq(5), irq(5), NIL, L4_Myself(), SAME))                          \
    X("SpaceControl", 1, "without privilege",                                  \
      space(L4_Myself(), L4_Nilpage, L4_Nilpage, NIL))                         \
    X("ProcessorControl", 1, "without privilege",                              \
      L4_ProcessorControl(0, 0, 0, 0))                                         \
    X("MemoryControl", 1, "without privilege", memory(0, 0))                   \
    X("Schedule", 1, "a thread of another scheduler",                          \
      schedule(active, SAME, SAME, SAME, SAME))                                \
    X("Schedule", 1, "a priority above the caller's",                          \
      schedule(ward, SAME, SAME, 101, SAME))                                   \
    X("Schedule", 1, "a sensitive priority above the caller's",                \
      schedule(ward, SAME, SAME, SAME, 101UL << 16))                           \
    X("Schedule", 2, "nobody", schedule(nobody, SAME, SAME, SAME, SAME))       \
    X("Schedule", 5, "another processor", schedule(ward, SAME, 1, SAME, SAME)) \
    X("ExchangeRegisters", 2, "a thread of another space and pager",           \
      exchange(active))                                                        \
    X("ExchangeRegisters", 2, "an inactive thread", exchange(inactive))        \
    X("Notify", 2, "nobody", PN_Notify(nobody, 1))                             \
    X("Notify", 2, "an inactive thread", PN_Notify(inactive, 1))

enum {
#define COUNT(call, error, why, expression) +1
    PRIVILEGED_CASES = 0 PRIVILEGED(COUNT),
    ORDINARY_CASES = 0 ORDINARY(COUNT),
};

static const struct {
    const char *call;
    L4_Word_t error;
    const char *why;
} cases[] = {
#define DESCRIBE(call, error, why, expression) {call, error, why},
    PRIVILEGED(DESCRIBE) ORDINARY(DESCRIBE)};

/* ErrorCode of case n, 0 if the call succeeds. */
static L4_Word_t
provoke(L4_Word_t n, L4_Word_t b, L4_Word_t c)
{
    L4_Word_t at = 0, result = 1;

    (void)b, (void)c;
    l4_tcr_set(L4_TCR_ERROR_CODE, IGNORED);
#define TRY(call, error, why, expression) \
    if (n == at++)                        \
        result = (expression);
    PRIVILEGED(TRY)
    ORDINARY(TRY)
    return result ? 0 : L4_ErrorCode();
}

static void
set_scene(L4_ThreadId_t actor)
{
    nobody = stage_new_id();
    bare = stage_new_id();
    EXPECT(thread(bare, bare, me, NIL, SAME));
    active = stage_space_paged(LARGE, nobody); /* no pager may touch it */
    inactive = stage_new_id();
    EXPECT(thread(inactive, active, me, NIL, SAME));
    guarded = stage_space(SMALL);
    EXPECT(space(guarded, L4_Nilpage, L4_Nilpage, active));
    ward = stage_space(LARGE);
    if (!L4_IsNilThread(actor))
        EXPECT(thread(ward, ward, actor, NIL, SAME));
}

static void
strike_scene(void)
{
    stage_kill(ward);
    stage_kill(guarded);
    stage_kill(inactive);
    stage_kill(active);
    stage_kill(bare);
    stage_free_id(nobody);
}

static void
refused_calls(void)
{
    where = "the root server";
    set_scene(NIL);
    for (L4_Word_t n = 0; n < PRIVILEGED_CASES; n++) {
        EQUAL(provoke(n, 0, 0), cases[n].error);
        verdict("%s: %s, error %lu: %s", where, cases[n].call, cases[n].error,
                cases[n].why);
    }
    strike_scene();
    for (enum kind kind = LARGE; kind <= SMALL; kind++) {
        L4_ThreadId_t actor = servant_space(kind);

        where = kind == SMALL ? "a small space" : "a large space";
        set_scene(actor);
        for (L4_Word_t i = 0; i < ORDINARY_CASES; i++) {
            L4_Word_t n = PRIVILEGED_CASES + i;

            EQUAL(errand(actor, provoke, n, 0, 0), cases[n].error);
            verdict("%s: %s, error %lu: %s", where, cases[n].call,
                    cases[n].error, cases[n].why);
        }
        EQUAL(stage_state(active), L4_SchedWaiting);
        EQUAL(stage_state(ward), L4_SchedWaiting);
        strike_scene();
        stage_kill(actor);
    }
}

/* --- IPC --- */

enum { IPC, LIPC, ENTRIES };

enum {
    TIMEOUT = 1,
    NO_PARTNER,
    CANCELLED,
    OVERFLOW,
    OWN_XFER_TIMEOUT,
    PARTNERS_XFER_TIMEOUT,
    ABORTED,
    SENDS = 0,
    RECEIVES = 1,
};

#define SENT(e) ((L4_Word_t)(e) << 1 | SENDS)
#define GOT(e)  ((L4_Word_t)(e) << 1 | RECEIVES)

static int entry;
static L4_Word_t item[2], items;           /* of what A sends */
static L4_Word_t buffers[3], buffer_words; /* of B */
static L4_Word_t xfer[2];                  /* transfer timeouts of both */

static L4_Word_t
ipc(L4_ThreadId_t to, L4_ThreadId_t from, L4_Word_t send, L4_Word_t receive)
{
    L4_Word_t timeouts = L4_Timeouts(l4_time(send), l4_time(receive));
    L4_MsgTag_t tag = entry == LIPC ? L4_Lipc(to, from, timeouts, NULL)
                                    : L4_Ipc(to, from, timeouts, NULL);

    return L4_IpcSucceeded(tag) ? 0 : L4_ErrorCode();
}

static L4_Word_t
send(L4_Word_t to, L4_Word_t timeout, L4_Word_t c)
{
    (void)c;
    L4_Set_XferTimeouts(xfer[SENDS] << 16);
    L4_LoadMRs(1, 2, item);
    L4_Set_MsgTag(l4_tag(items << 6));
    return ipc(l4_id(to), NIL, timeout, 0);
}

static L4_Word_t
receive(L4_Word_t from, L4_Word_t timeout, L4_Word_t c)
{
    L4_Word_t error;

    (void)c;
    L4_Set_XferTimeouts(xfer[RECEIVES]);
    L4_LoadBRs(0, (int)buffer_words, buffers);
    error = ipc(NIL, l4_id(from), 0, timeout);
    L4_LoadBR(0, 0);
    return error;
}

static L4_Word_t
stop(L4_Word_t id, L4_Word_t b, L4_Word_t c)
{
    (void)b, (void)c;
    return l4_exregs_call(l4_id(id), L4_ExReg_AbortSend | L4_ExReg_AbortRecv, 0,
                          0, 0)
               .thread != 0;
}

static L4_Word_t
zero(void)
{
    return L4_ZeroTime.raw;
}

static void
plain(void)
{
    items = 0;
    buffers[0] = 0;
    buffer_words = 1;
    xfer[SENDS] = xfer[RECEIVES] = 0;
}

/* A string out of a page that A has not, for a buffer of B. */
static void
string(L4_Word_t sends_within, L4_Word_t receives_within)
{
    item[0] = 100UL << 10;
    item[1] = FREE_LOW + 0x30000;
    items = 2;
    buffers[0] = 1;
    buffers[1] = 100UL << 10;
    buffers[2] = (L4_Word_t)arena;
    buffer_words = 3;
    xfer[SENDS] = sends_within;
    xfer[RECEIVES] = receives_within;
}

static void
told(const char *what, L4_Word_t code)
{
    verdict("%s, %s: %s, codes %lu and %lu", where,
            entry == LIPC ? "Lipc" : "Ipc", what, code << 1, code << 1 | 1);
}

/* Both sides' codes of a message from A to B. */
static void
carry(L4_Word_t sent, L4_Word_t got)
{
    errand_begin(pair_b, receive, pair_a.raw, 0, 0);
    EQUAL(errand(pair_a, send, pair_b.raw, 0, 0), sent);
    EQUAL(errand_end(pair_b), got);
}

static void
without_partner(void)
{
    L4_Word_t wrong[] = {
        L4_GlobalId(1000, 1).raw,
        L4_GlobalId(L4_ThreadNo(pair_b), L4_Version(pair_b) + 64).raw,
        L4_GlobalId(20, 1).raw,
    };

    plain();
    EQUAL(errand(pair_a, send, pair_b.raw, zero(), 0), SENT(TIMEOUT));
    EQUAL(errand(pair_a, receive, pair_b.raw, zero(), 0), GOT(TIMEOUT));
    EQUAL(errand(pair_a, send, pair_b.raw, ms(2).raw, 0), SENT(TIMEOUT));
    EQUAL(errand(pair_a, receive, pair_b.raw, ms(2).raw, 0), GOT(TIMEOUT));
    told("timeout", TIMEOUT);
    for (unsigned i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        EQUAL(errand(pair_a, send, wrong[i], 0, 0), SENT(NO_PARTNER));
        EQUAL(errand(pair_a, receive, wrong[i], 0, 0), GOT(NO_PARTNER));
    }
    EQUAL(errand(pair_a, send, L4_anythread.raw, 0, 0), SENT(NO_PARTNER));
    told("no partner", NO_PARTNER);
}

static void
cancelled(L4_ThreadId_t helper)
{
    plain();
    errand_begin(pair_a, send, pair_b.raw, 0, 0);
    stage_until_state(pair_a, L4_SchedPendingSend);
    EQUAL(errand(helper, stop, pair_a.raw, 0, 0), 1);
    EQUAL(errand_end(pair_a), SENT(CANCELLED));
    errand_begin(pair_a, receive, pair_b.raw, 0, 0);
    stage_until_state(pair_a, L4_SchedWaiting);
    EQUAL(errand(helper, stop, pair_a.raw, 0, 0), 1);
    EQUAL(errand_end(pair_a), GOT(CANCELLED));
    told("cancelled", CANCELLED);
}

static void
overflowing(void)
{
    plain();
    item[0] = L4_MapItem(l4_fpage((L4_Word_t)arena | 12 << 4 | 7), 0).raw[0];
    item[1] = (L4_Word_t)arena | 12 << 4 | 7;
    items = 2;
    carry(SENT(OVERFLOW), GOT(OVERFLOW));
    told("message overflow", OVERFLOW);
}

static int
no_answer(L4_ThreadId_t from, L4_MsgTag_t tag)
{
    (void)from;
    return L4_IsPageFault(tag) &&
                   l4_utcb()[1] / PAGE == (FREE_LOW + 0x30000) / PAGE
               ? -1
               : 0;
}

static void
transfers(L4_ThreadId_t helper)
{
    stage_fault_hook = no_answer;
    string(zero(), 0);
    carry(SENT(OWN_XFER_TIMEOUT), GOT(PARTNERS_XFER_TIMEOUT));
    string(0, zero());
    carry(SENT(PARTNERS_XFER_TIMEOUT), GOT(OWN_XFER_TIMEOUT));
    verdict("%s, %s: transfer timeouts, codes 10 to 13", where,
            entry == LIPC ? "Lipc" : "Ipc");
    string(0, 0);
    errand_begin(pair_b, receive, pair_a.raw, 0, 0);
    errand_begin(pair_a, send, pair_b.raw, 0, 0);
    stage_until_state(pair_a, L4_SchedSending);
    EQUAL(errand(helper, stop, pair_a.raw, 0, 0), 1);
    EQUAL(errand_end(pair_a), SENT(ABORTED));
    EQUAL(errand_end(pair_b), GOT(ABORTED));
    stage_fault_hook = NULL;
    told("aborted", ABORTED);
}

/* --- a local id that is nobody's: its translation is the caller's own --- */

static void
bogus_local_ids(void)
{
    L4_Word_t bogus = FREE_LOW + 0x40100;

    plain();
    EQUAL(fault_count, 0);
    EQUAL(errand(pair_a, send, bogus, 0, 0), SENT(NO_PARTNER));
    EQUAL(fault_count, 1);
    EQUAL(fault_log[0].from, pair_a.raw);
    EQUAL(fault_log[0].address, bogus - 60);
    verdict("%s, %s: a bogus local id faults in the caller, then it is nobody",
            where, entry == LIPC ? "Lipc" : "Ipc");
}

static void
failing_ipc(void)
{
    FOR_PLACEMENTS(p)
    {
        where = placement_name[p];
        for (entry = IPC; entry < ENTRIES; entry++) {
            L4_ThreadId_t helper;

            pair_make_servants(p);
            helper = servant_thread(pair_a);
            without_partner();
            cancelled(helper);
            overflowing();
            transfers(helper);
            bogus_local_ids();
            stage_kill(helper);
            pair_kill();
        }
    }
}

/* --- answers to the kernel's own messages with what has no place there --- */

static L4_ThreadId_t victim;
static volatile L4_Word_t answer_error, seen_vector, was_started;

/* With a string, which neither a fault nor an exception can take. */
static L4_Word_t
answer_with_string(L4_ThreadId_t to, L4_Word_t words)
{
    L4_LoadMR((int)words + 1, 100UL << 10);
    L4_LoadMR((int)words + 2, (L4_Word_t)arena);
    L4_Set_MsgTag(l4_tag(2UL << 6 | words));
    return L4_IpcSucceeded(L4_Reply(to)) ? 0 : L4_ErrorCode();
}

static void
touch_hole(L4_Word_t at)
{
    seen_vector = *(volatile L4_Word_t *)at;
}

static int
answer_fault_badly(L4_ThreadId_t from, L4_MsgTag_t tag)
{
    if (answer_error != 0 || !L4_IsPageFault(tag) ||
        l4_utcb()[1] / PAGE != (FREE_LOW + 0x50000) / PAGE)
        return 0;
    answer_error = answer_with_string(from, 0);
    return -1;
}

/* The fault is over all the same, and comes again. */
static void
bad_answer_to_a_fault(enum kind kind)
{
    answer_error = seen_vector = 0;
    stage_fault_hook = answer_fault_badly;
    victim = stage_space(kind);
    stage_start(victim, touch_hole, FREE_LOW + 0x50000);
    stage_wait(victim);
    stage_fault_hook = NULL;
    EQUAL(answer_error, SENT(OVERFLOW));
    EQUAL(seen_vector, HOLE);
    stage_kill(victim);
    verdict("%s: a string for a page fault is an overflow, and the fault comes "
            "again",
            where);
}

static void
raise(L4_Word_t handler)
{
    L4_Set_ExceptionHandler(l4_id(handler));
    __asm__ volatile("ud2; .globl errors_behind_ud2; errors_behind_ud2:");
}

extern char errors_behind_ud2[];

static void
bad_answer_to_an_exception(enum kind kind)
{
    L4_MsgTag_t tag;

    victim = stage_space(kind);
    stage_start(victim, raise, me.raw);
    tag = L4_Receive_Timeout(victim, ms(500));
    EQUAL(tag.raw, 0xffb0000c);
    L4_LoadMR(1, (L4_Word_t)errors_behind_ud2);
    EQUAL(answer_with_string(victim, 1), SENT(OVERFLOW));
    stage_wait(victim);
    stage_kill(victim);
    verdict("%s: a string for an exception is an overflow, the words count",
            where);
}

static void
note_start(L4_Word_t unused)
{
    (void)unused;
    was_started = 1;
}

static void
bad_start(enum kind kind)
{
    was_started = 0;
    victim = stage_space_paged(kind, me);
    L4_LoadMR(1, stage_entry());
    L4_LoadMR(2, stage_stack(victim, note_start, 0));
    EXPECT(L4_ThreadControl(victim, victim, NIL, stage_pager(), KEEP));
    EQUAL(answer_with_string(victim, 2), SENT(OVERFLOW));
    stage_wait(victim);
    EQUAL(was_started, 1);
    stage_kill(victim);
    verdict("%s: a string in a start message is an overflow, the thread starts",
            where);
}

int
main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    me = L4_Myself();
    stage_open();
    refused_calls();
    failing_ipc();
    for (enum kind kind = LARGE; kind <= SMALL; kind++) {
        where = kind == SMALL ? "a small space" : "a large space";
        bad_answer_to_a_fault(kind);
        bad_answer_to_an_exception(kind);
        bad_start(kind);
    }
    done();
}
