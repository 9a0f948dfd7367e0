/*
 * main.c - moves_bench measures what it costs to change a space's place, and
 * what a space costs others that does nothing but step over its limit.
 *
 *     moves_bench [faults=N]
 *
 * An ordinary X.2 program, the root server. Its spaces run one page of assembly
 * (text.asm). Lines to read begin with "moves_bench: ":
 *   move   cycles of one SpaceControl for a space of so many pages, all mapped
 *   calls  cycles of 1,000 calls between two small spaces, and what a third has
 *          done before each batch of them
 *   end    all went well
 *   error  what did not; the status is then 1
 */
#include <l4/ipc.h>
#include <l4/kip.h>
#include <l4/protocol.h>
#include <l4/schedule.h>
#include <pn/image.h>
#include <pn/libc.h>
#include <pn/program.h>
#include <pn/space.h>

#include <stdbool.h>

int main(int argc, char **argv);

#define PAGE        4096UL
#define PAGES_MAX   1024UL
#define RUN_PAGES   64UL /* in one map item at most */
#define REPEATS     5
#define BATCH       1000UL /* calls */
#define FAULTS      100UL  /* between two batches */
#define WARM        3      /* batches not counted */
#define HOSTILE_BYTES 5UL  /* of the instruction that faults, text.asm */
#define DATA_AT(n)  (PAGE / 2 + 64 * (n)) /* each on lines of its own */

enum { TEXT, KIP, UTCB, DATA, ARENA }; /* pages of a space; the rest is arena */

struct data { /* what text.asm finds at ESP */
    L4_Word_t entry, root, echo, left, start;
};

extern char text_page[], idle[], echo[], caller[], hostile[];

static char memory[(PAGES_MAX + RUN_PAGES) * PAGE] __attribute__((aligned(4096)));
static char data_pages[4][PAGE] __attribute__((aligned(4096)));

static void
fail(const char *what)
{
    printf("moves_bench: error: %s (%s)\n", what,
           L4_ErrorCode_String(L4_ErrorCode()));
    pn_exit(1);
}

static L4_Word_t
cycles(void)
{
    L4_Word_t low;

    __asm__ volatile("rdtsc" : "=a"(low) : : "edx", "memory");
    return low;
}

/* --- spaces --- */

/* Add to the message in the making: pages from `at` to `page` of the space. */
static unsigned
add_item(unsigned words, L4_Word_t at, L4_Word_t page, L4_Word_t pages)
{
    L4_Word_t log2 = 12;
    L4_MapItem_t item;

    while (PAGE << (log2 - 12) < pages * PAGE)
        log2++;
    item = L4_MapItem(L4_FpageAddRights(L4_FpageLog2(at, log2),
                                        L4_FullyAccessible), page * PAGE);
    L4_LoadMRs((int)words + 1, 2, item.raw);
    return words + 2;
}

/* Pages 4..7 are a run, 8..15, 16..31, 32..63, and from there 64 each: so all
 * of them are aligned. */
static unsigned
add_arena(unsigned words, L4_Word_t pages)
{
    L4_Word_t low = ((L4_Word_t)memory + RUN_PAGES * PAGE - 1) &
                    -(RUN_PAGES * PAGE);

    for (L4_Word_t page = ARENA, run; page < pages; page += run) {
        run = page < RUN_PAGES ? page : RUN_PAGES;
        words = add_item(words, low + page * PAGE, page, run);
    }
    return words;
}

static struct data *
data_of(unsigned n)
{
    return (struct data *)(void *)(data_pages[n] + DATA_AT(n));
}

/* A small space with these pages, all mapped, its thread at `label`. */
static L4_ThreadId_t
make(L4_Word_t control, L4_Word_t pages, unsigned n, const char *label,
     L4_Word_t priority)
{
    struct pn_layout layout = {KIP * PAGE, UTCB * PAGE, 12};
    L4_ThreadId_t tid = pn_new_tid();
    struct data *data = data_of(n);
    struct pn_place place;
    L4_Word_t old;
    unsigned words;
    L4_MsgTag_t tag;

    if (!pn_space_make(tid, &layout, L4_MyGlobalId()))
        fail("no space");
    if (!pn_place(tid, control, 0, &old, &place) || !PN_TookEffect(old))
        fail("not small");
    (void)L4_Set_Priority(tid, priority);
    data->entry = KIP * PAGE + l4_kip(0)->Ipc;
    data->root = L4_MyGlobalId().raw;
    if (!pn_thread_start(tid, (L4_Word_t)(label - text_page),
                         DATA * PAGE + DATA_AT(n)))
        fail("no start");
    tag = L4_Receive(tid);
    if (!L4_IsPageFault(tag))
        fail("no page fault");
    words = add_item(0, (L4_Word_t)text_page, TEXT, 1);
    words = add_item(words, (L4_Word_t)data_pages[n], DATA, 1);
    words = add_arena(words, pages);
    L4_Set_MsgTag(l4_tag((L4_Word_t)words << 6));
    if (L4_IpcFailed(L4_Send(tid)))
        fail("no pages");
    return tid;
}

static void
expect_kind(L4_ThreadId_t tid, bool small)
{
    if (pn_space_is_small(tid) != small)
        fail(small ? "a space is large" : "a space is small");
}

/* --- moves --- */

static L4_Word_t
change(L4_ThreadId_t tid, L4_Word_t control)
{
    struct pn_place place;
    L4_Word_t old, begin = cycles(), took;

    if (!pn_place(tid, control, 0, &old, &place))
        fail("SpaceControl");
    took = cycles() - begin;
    if (!PN_TookEffect(old))
        fail("the kernel refuses");
    return took;
}

static const struct {
    const char *name;
    bool elsewhere;
    L4_Word_t large, more; /* else pages and these */
} changes[] = {
    {"nothing", false, 0, 0},     {"move", true, 0, 0},
    {"grow in place", false, 0, 1}, {"shrink in place", false, 0, 0},
    {"make large", false, 1, 0},  {"make small", false, 0, 0},
};

#define CHANGES (sizeof changes / sizeof *changes)

static void
moves(L4_Word_t pages)
{
    L4_ThreadId_t tid = make(PN_SmallPages(pages), pages, 0, idle, 1);
    L4_Word_t least[CHANGES];

    for (unsigned n = 0; n < REPEATS; n++)
        for (unsigned i = 0; i < CHANGES; i++) {
            L4_Word_t size = changes[i].large ? 0 : pages + changes[i].more;
            L4_Word_t control = PN_SmallPages(size), took;

            if (changes[i].elsewhere)
                control = PN_Elsewhere(control);
            took = change(tid, control);
            expect_kind(tid, !changes[i].large);
            if (n == 0 || took < least[i])
                least[i] = took;
        }
    for (unsigned i = 0; i < CHANGES; i++)
        printf("moves_bench: move pages=%lu cycles=%lu change=%s\n", pages,
               least[i], changes[i].name);
    (void)pn_thread_kill(tid);
}

/* --- a hostile space --- */

static L4_ThreadId_t bad, good, other;
static L4_Word_t faults_seen;

/* It is stopped in a limit fault: let it go on to the next. */
static void
one_fault(void)
{
    L4_Word_t ip, vector;
    L4_MsgTag_t tag;

    L4_StoreMR(L4_ExcEip, &ip);
    L4_LoadMR(L4_ExcEip, ip + HOSTILE_BYTES);
    L4_Set_MsgTag(l4_tag(1));
    tag = L4_Call(bad);
    L4_StoreMR(L4_ExcVector, &vector);
    if (!L4_IsException(tag) || (vector & ~0xffUL) != PN_LIMIT_FAULT)
        fail("not a limit fault");
    faults_seen++;
}

static L4_Word_t
batch(void)
{
    L4_Word_t took;

    L4_Set_MsgTag(l4_tag(1));
    L4_LoadMR(1, BATCH);
    if (L4_IpcFailed(L4_Call(good)))
        fail("no calls");
    L4_StoreMR(1, &took);
    return took;
}

/* The mean of so many batches, with faults between them. */
static void
calls(const char *between, L4_Word_t batches, L4_Word_t faults)
{
    L4_Word64_t sum = 0;
    L4_Word_t message[L4_ExceptionWords];

    for (L4_Word_t n = 0; n < batches + WARM; n++) {
        L4_Word_t took;

        for (L4_Word_t i = 0; i < faults; i++) {
            if (i == 0)
                L4_LoadMRs(1, (int)L4_ExceptionWords, message);
            one_fault();
        }
        L4_StoreMRs(1, (int)L4_ExceptionWords, message);
        took = batch();
        L4_LoadMRs(1, (int)L4_ExceptionWords, message);
        if (n >= WARM)
            sum += took;
    }
    printf("moves_bench: calls cycles=%lu between=%s\n",
           (L4_Word_t)(sum / batches), between);
}

static void
hostile_space(L4_Word_t faults)
{
    L4_Word_t batches = faults / FAULTS;
    L4_MsgTag_t tag;

    other = make(PN_SmallPages(ARENA), ARENA, 1, echo, 100);
    data_of(2)->echo = other.raw;
    good = make(PN_SmallPages(ARENA), ARENA, 2, caller, 100);
    tag = L4_Receive(good);
    if (L4_IpcFailed(tag) || L4_UntypedWords(tag) != 1)
        fail("the caller is not ready");
    bad = make(PN_AskPager(PN_SmallPages(ARENA)), ARENA, 3, hostile, 100);
    tag = L4_Receive(bad);
    if (!L4_IsException(tag))
        fail("no limit fault");
    calls("nothing", 10, 0);
    calls("faults", batches, FAULTS);
    calls("nothing", 10, 0);
    expect_kind(other, true);
    expect_kind(good, true);
    expect_kind(bad, true);
    printf("moves_bench: faults seen=%lu\n", faults_seen);
}

int
main(int argc, char **argv)
{
    L4_Word_t faults = 100000;

    for (int i = 1; i < argc; i++) {
        if (strncmp(argv[i], "faults=", 7) != 0) {
            printf("moves_bench: error: %s: the only argument is faults=N\n",
                   argv[i]);
            pn_exit(2);
        }
        faults = strtoul(argv[i] + 7, NULL, 10);
    }
    if (faults < FAULTS) {
        printf("moves_bench: error: faults=%lu: at least %lu\n", faults, FAULTS);
        pn_exit(2);
    }
    pn_image_touch();
    for (L4_Word_t pages = ARENA; pages <= PAGES_MAX; pages *= 4)
        moves(pages);
    hostile_space(faults);
    printf("moves_bench: end\n");
    pn_exit(0);
}
