/*
 * tests/api/stage.c - actors, their pager, and what the tests judge by.
 *
 * The image is mapped 1:1 into every space (pn/share.h), so all of these
 * variables are everybody's. Nothing here is used by two threads at once that
 * could disturb each other, but for the log of failed expectations, where a
 * lost line does no harm.
 */
#include "stage.h"

#include <pn/image.h>
#include <pn/program.h>
#include <pn/share.h>
#include <pn/space.h>

enum {
    STACK = 8192,
    LABEL_START = 0x57a7,
    FAILURES = 8,
    DIRECTOR_PRIORITY = 255,
};

struct actor {
    int used;
    volatile int finished;
    L4_Word_t version;
};

static struct actor actors[ACTORS];
static char stacks[ACTORS][STACK] __attribute__((aligned(16)));
static char pager_stack[STACK] __attribute__((aligned(16)));
static L4_ThreadId_t pager_id, director;

L4_ThreadId_t
stage_pager(void)
{
    return pager_id;
}

/* --- ids --- */

/* With 13 bits, on both sides of the edge between the control blocks' pages. */
static L4_Word_t
first_number(void)
{
    if (L4_ThreadIdBits(NULL) > 12)
        return 4096 - ACTORS / 2;
    return L4_ThreadNo(director) + 8;
}

static unsigned
index_of(L4_ThreadId_t id)
{
    return (unsigned)(L4_ThreadNo(id) - first_number());
}

L4_ThreadId_t
stage_new_id(void)
{
    for (unsigned i = 0; i < ACTORS; i++) {
        struct actor *a = &actors[i];

        if (a->used)
            continue;
        a->used = 1;
        a->finished = 0;
        a->version = a->version % 63 + 1;
        return L4_GlobalId(first_number() + i, a->version);
    }
    printf("Bail out! the stage has no room for another actor\n");
    pn_exit(2);
}

void
stage_free_id(L4_ThreadId_t id)
{
    actors[index_of(id)].used = 0;
}

L4_Word_t
stage_utcb(L4_ThreadId_t id)
{
    return STAGE_UTCB + index_of(id) * 512;
}

L4_Word_t
stage_home_utcb(L4_ThreadId_t id)
{
    return pn_own_utcb_slot(0) + (index_of(id) + 8) * 512;
}

L4_Fpage_t
stage_kip_area(void)
{
    return L4_FpageLog2(STAGE_KIP, 12);
}

L4_Fpage_t
stage_utcb_area(void)
{
    return L4_FpageLog2(STAGE_UTCB, STAGE_UTCB_LOG2);
}

/* --- making --- */

L4_Word_t
stage_small_pages(void)
{
    return pn_image_high() / PAGE + 16;
}

int
stage_is_small(L4_ThreadId_t member)
{
    return pn_space_is_small(member);
}

L4_ThreadId_t
stage_space_paged(enum kind kind, L4_ThreadId_t pager)
{
    L4_ThreadId_t id = stage_new_id();
    L4_Word_t old;

    EXPECT(L4_ThreadControl(id, id, director, L4_nilthread, (void *)-1));
    EXPECT(L4_SpaceControl(id, 0, stage_kip_area(), stage_utcb_area(),
                           L4_nilthread, &old));
    EXPECT(L4_ThreadControl(id, id, director, pager, (void *)stage_utcb(id)));
    if (kind == SMALL)
        EXPECT(pn_space_resize(id, stage_small_pages()));
    return id;
}

L4_ThreadId_t
stage_space(enum kind kind)
{
    return stage_space_paged(kind, pager_id);
}

L4_ThreadId_t
stage_thread_paged(L4_ThreadId_t member, L4_ThreadId_t pager)
{
    L4_ThreadId_t id = stage_new_id();
    L4_Word_t location = L4_IsThreadEqual(member, director)
                             ? stage_home_utcb(id)
                             : stage_utcb(id);

    EXPECT(L4_ThreadControl(id, member, director, pager, (void *)location));
    return id;
}

L4_ThreadId_t
stage_thread(L4_ThreadId_t member)
{
    return stage_thread_paged(member, pager_id);
}

void
stage_kill(L4_ThreadId_t id)
{
    EXPECT(pn_thread_kill(id));
    stage_free_id(id);
}

/* --- running --- */

static void
run(act_t act, L4_Word_t argument, L4_Word_t index)
{
    act(argument);
    actors[index].finished = 1;
    pn_sleep_forever();
}

L4_Word_t
stage_entry(void)
{
    return (L4_Word_t)run;
}

L4_Word_t
stage_stack(L4_ThreadId_t id, act_t act, L4_Word_t argument)
{
    unsigned index = index_of(id);
    L4_Word_t *sp = (L4_Word_t *)(void *)(stacks[index] + STACK);

    *--sp = index;
    *--sp = argument;
    *--sp = (L4_Word_t)act;
    *--sp = 0; /* where run never returns to */
    return (L4_Word_t)sp;
}

static int
send_start(L4_ThreadId_t id, L4_Word_t sp)
{
    L4_Set_MsgTag(l4_tag(2));
    L4_LoadMR(1, stage_entry());
    L4_LoadMR(2, sp);
    return L4_IpcSucceeded(L4_Send_Timeout(id, ms(100))) != 0;
}

int
stage_start_message(L4_ThreadId_t id, act_t act, L4_Word_t argument)
{
    return send_start(id, stage_stack(id, act, argument));
}

int
stage_start(L4_ThreadId_t id, act_t act, L4_Word_t argument)
{
    L4_MsgTag_t tag;
    L4_Word_t result = 0;

    L4_Set_MsgTag(l4_tag((L4_Word_t)LABEL_START << 16 | 2));
    L4_LoadMR(1, id.raw);
    L4_LoadMR(2, stage_stack(id, act, argument));
    tag = L4_Call_Timeouts(pager_id, ms(1000), ms(1000));
    if (L4_IpcSucceeded(tag))
        L4_StoreMR(1, &result);
    EXPECT(result == 1);
    return result == 1;
}

int
stage_finished(L4_ThreadId_t id)
{
    return actors[index_of(id)].finished;
}

int
stage_wait_ms(L4_ThreadId_t id, unsigned n)
{
    for (unsigned waited = 0; waited < n && !stage_finished(id); waited++)
        sleep_ms(1);
    EXPECT(stage_finished(id));
    return stage_finished(id);
}

int
stage_wait(L4_ThreadId_t id)
{
    return stage_wait_ms(id, 1000);
}

int
stage_until(const volatile L4_Word_t *flag)
{
    for (unsigned waited = 0; waited < 1000 && !*flag; waited++)
        sleep_ms(1);
    EXPECT(*flag);
    return *flag != 0;
}

L4_Word_t
stage_state(L4_ThreadId_t id)
{
    L4_Word_t old;

    return L4_Schedule(id, ~0UL, ~0UL, ~0UL, ~0UL, &old);
}

int
stage_until_state(L4_ThreadId_t id, L4_Word_t state)
{
    for (unsigned i = 0; i < 1000 && stage_state(id) != state; i++)
        sleep_ms(1);
    EQUAL(stage_state(id), state);
    return stage_state(id) == state;
}

/* --- servants --- */

enum { ERRAND_WORDS = 4, NO_RESULT = 0xdead };

static void
serve_errands(L4_Word_t unused)
{
    L4_Word_t w[ERRAND_WORDS];

    (void)unused;
    for (;;) {
        if (L4_IpcFailed(L4_Receive(director)))
            continue;
        L4_StoreMRs(1, ERRAND_WORDS, w);
        w[0] = ((errand_t)w[0])(w[1], w[2], w[3]);
        L4_Set_MsgTag(l4_tag(1));
        L4_LoadMR(1, w[0]);
        (void)L4_Send(director);
    }
}

L4_ThreadId_t
servant_space(enum kind kind)
{
    L4_ThreadId_t id = stage_space(kind);

    stage_start(id, serve_errands, 0);
    return id;
}

L4_ThreadId_t
servant_thread(L4_ThreadId_t member)
{
    L4_ThreadId_t id = stage_thread(member);

    stage_start(id, serve_errands, 0);
    return id;
}

void
errand_begin(L4_ThreadId_t servant, errand_t f, L4_Word_t a, L4_Word_t b,
             L4_Word_t c)
{
    L4_Word_t w[ERRAND_WORDS] = {(L4_Word_t)f, a, b, c};

    L4_Set_MsgTag(l4_tag(ERRAND_WORDS));
    L4_LoadMRs(1, ERRAND_WORDS, w);
    EXPECT(L4_IpcSucceeded(L4_Send_Timeout(servant, ms(10000))));
}

L4_Word_t
errand_end(L4_ThreadId_t servant)
{
    L4_MsgTag_t tag = L4_Receive_Timeout(servant, ms(10000));
    L4_Word_t result = NO_RESULT;

    EXPECT(L4_IpcSucceeded(tag));
    if (L4_IpcSucceeded(tag))
        L4_StoreMR(1, &result);
    return result;
}

L4_Word_t
errand(L4_ThreadId_t servant, errand_t f, L4_Word_t a, L4_Word_t b, L4_Word_t c)
{
    errand_begin(servant, f, a, b, c);
    return errand_end(servant);
}

/* --- pairs --- */

const char *const placement_name[PLACEMENTS] = {
    "one small space", "one large space", "small to small",
    "small to large",  "large to small",  "large to large",
};

L4_ThreadId_t pair_a, pair_b;

int
placement_is_same(enum placement p)
{
    return p <= SAME_LARGE;
}

enum kind
placement_kind_a(enum placement p)
{
    return p == SAME_SMALL || p == SMALL_SMALL || p == SMALL_LARGE ? SMALL
                                                                   : LARGE;
}

enum kind
placement_kind_b(enum placement p)
{
    return p == SAME_SMALL || p == SMALL_SMALL || p == LARGE_SMALL ? SMALL
                                                                   : LARGE;
}

void
pair_make(enum placement p)
{
    pair_a = stage_space(placement_kind_a(p));
    pair_b = placement_is_same(p) ? stage_thread(pair_a)
                                  : stage_space(placement_kind_b(p));
}

void
pair_make_servants(enum placement p)
{
    pair_make(p);
    stage_start(pair_a, serve_errands, 0);
    stage_start(pair_b, serve_errands, 0);
}

void
pair_kill(void)
{
    stage_kill(pair_a);
    stage_kill(pair_b);
}

void
pair_run(enum placement p, act_t a, act_t b, L4_Word_t argument)
{
    pair_make(p);
    stage_start(pair_b, b, argument);
    stage_start(pair_a, a, argument);
    stage_wait(pair_a);
    stage_wait(pair_b);
    pair_kill();
}

/* --- the pager --- */

volatile unsigned fault_count;
volatile struct fault fault_log[FAULT_LOG];
volatile L4_Word_t (*arena)[PAGE / 4];
/* Aligned by hand: the linker would align the whole file with it. */
static char arena_room[2 * ARENA_PAGES * PAGE];
static L4_Word_t hole[PAGE / 4] __attribute__((aligned(PAGE)));

void
arena_fill(L4_Word_t tag)
{
    for (L4_Word_t i = 0; i < ARENA_PAGES; i++)
        arena[i][0] = tag + i;
}

static void
log_fault(L4_ThreadId_t from, L4_MsgTag_t tag)
{
    volatile struct fault *f = &fault_log[fault_count % FAULT_LOG];

    f->from = from.raw;
    f->tag = tag.raw;
    f->address = l4_utcb()[1];
    f->ip = l4_utcb()[2];
    fault_count++;
}

static int
fill_hole(L4_MsgTag_t tag)
{
    L4_Word_t address = l4_utcb()[1];
    L4_MapItem_t item;

    if (!L4_IsPageFault(tag) || address < FREE_LOW || address >= FREE_HIGH)
        return 0;
    for (unsigned i = 0; i < PAGE / 4; i++)
        hole[i] = HOLE;
    item = L4_MapItem(L4_FpageAddRights(L4_FpageLog2((L4_Word_t)hole, 12),
                                        L4_FullyAccessible),
                      address);
    L4_Set_MsgTag(l4_tag(2UL << 6));
    L4_LoadMRs(1, 2, item.raw);
    return 1;
}

static int
start_actor(L4_MsgTag_t tag)
{
    L4_Word_t id, sp;
    int result;

    if (L4_Label(tag) != LABEL_START || L4_UntypedWords(tag) != 2)
        return 0;
    L4_StoreMR(1, &id);
    L4_StoreMR(2, &sp);
    result = send_start(l4_id(id), sp);
    L4_Set_MsgTag(l4_tag(1));
    L4_LoadMR(1, (L4_Word_t)result);
    return 1;
}

int (*stage_fault_hook)(L4_ThreadId_t from, L4_MsgTag_t tag);

/* Prepare an answer; 0 = none. */
static int
serve(L4_ThreadId_t from, L4_MsgTag_t tag)
{
    int answer = stage_fault_hook ? stage_fault_hook(from, tag) : 0;

    if (answer != 0)
        return answer > 0;
    if (start_actor(tag) || pn_share_fault(tag, STAGE_KIP))
        return 1;
    log_fault(from, tag);
    return fill_hole(tag);
}

static void
pager(void *unused)
{
    L4_ThreadId_t from;
    L4_MsgTag_t tag = L4_Wait(&from);

    (void)unused;
    for (;;) {
        if (L4_IpcSucceeded(tag) && serve(from, tag))
            tag = L4_ReplyWait(from, &from);
        else
            tag = L4_Wait(&from);
    }
}

void
stage_open(void)
{
    director = L4_Myself();
    arena = (volatile L4_Word_t(*)[PAGE / 4])(
        ((L4_Word_t)arena_room + ARENA_PAGES * PAGE - 1) &
        -(L4_Word_t)(ARENA_PAGES * PAGE));
    pn_image_touch();
    pager_id = L4_GlobalId(L4_ThreadNo(director) + 1, 2);
    if (!pn_thread_run(pager_id, 1, pager, NULL, pager_stack + STACK) ||
        !L4_Set_Priority(pager_id, DIRECTOR_PRIORITY)) {
        printf("Bail out! the stage's pager does not start\n");
        pn_exit(2);
    }
}

/* --- probing --- */

static void
drop(L4_Word_t address)
{
    L4_Word_t mrs[L4_MRS];

    L4_StoreMRs(0, L4_MRS, mrs);
    (void)L4_Flush(
        L4_FpageAddRights(L4_FpageLog2(address, 12), L4_FullyAccessible));
    L4_LoadMRs(0, L4_MRS, mrs);
}

L4_Word_t
probe(L4_Word_t address)
{
    unsigned before = fault_count;
    L4_Word_t word = *(volatile L4_Word_t *)address;

    if (fault_count == before)
        return word;
    drop(address);
    return word;
}

int
probe_write(L4_Word_t address, L4_Word_t value)
{
    unsigned before = fault_count;

    *(volatile L4_Word_t *)address = value;
    if (fault_count == before)
        return 1;
    drop(address);
    return 0;
}

/* --- checks --- */

static struct {
    const char *file;
    int line;
    L4_Word_t got, wanted;
} failures[FAILURES];
static volatile unsigned failure_count;

void
expect_at(const char *file, int line, L4_Word_t got, L4_Word_t wanted)
{
    unsigned n;

    if (got == wanted)
        return;
    n = failure_count++;
    if (n >= FAILURES)
        return;
    failures[n].file = file;
    failures[n].line = line;
    failures[n].got = got;
    failures[n].wanted = wanted;
}

static const char *
base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

static void
explain(void)
{
    for (unsigned i = 0; i < failure_count && i < FAILURES; i++)
        diag("%s:%d: 0x%lx where 0x%lx is due", base_name(failures[i].file),
             failures[i].line, failures[i].got, failures[i].wanted);
    if (failure_count > FAILURES)
        diag("and %u more", failure_count - FAILURES);
    for (unsigned i = 0; i < fault_count && i < 4; i++)
        diag("fault of %08lx: tag %08lx, at %08lx, ip %08lx", fault_log[i].from,
             fault_log[i].tag, fault_log[i].address, fault_log[i].ip);
}

int
verdict(const char *format, ...)
{
    char text[160];
    va_list args;
    int passed;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    passed = ok(failure_count == 0, "%s", text);
    if (!passed)
        explain();
    failure_count = 0;
    fault_count = 0;
    return passed;
}

/* --- odds and ends --- */

L4_Word_t
random_word(L4_Word_t *state)
{
    L4_Word_t x = *state;

    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return *state = x;
}

int
has_argument(int argc, char **argv, const char *name)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], name) == 0)
            return 1;
    return 0;
}

L4_Word_t
number_argument(int argc, char **argv, const char *name, L4_Word_t otherwise)
{
    size_t length = strlen(name);

    for (int i = 1; i < argc; i++)
        if (strncmp(argv[i], name, length) == 0)
            return strtoul(argv[i] + length, NULL, 0);
    return otherwise;
}

L4_Word_t
data_limit(void)
{
    L4_Word_t selector, last;

    __asm__ volatile("movl %%ds, %0" : "=r"(selector));
    __asm__ volatile("lsll %1, %0" : "=r"(last) : "r"(selector) : "cc");
    return last;
}
