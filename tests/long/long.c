/*
 * tests/long/long.c - operations on 16,384 pages, on a page that 4,096 share,
 * on spaces that are large in every sense, while a clock of higher priority
 * runs in the middle of each; and what is left when their thread is killed or
 * stopped in the middle.
 *
 * The actors' spaces have the image (tests/api/stage.h) and, from FIELD on,
 * 64 MB of pages: the 64 pages of the arena again and again, or 4 MB from
 * sigma0 as 16 pages of 4 MB; page n of 4 KB begins with MARK + n % 64. Marks
 * tell the plugin irqoff which operation runs.
 */
#include "stage.h"

#include <l4/misc.h>
#include <l4/sigma0.h>
#include <pn/space.h>

enum {
    FIELD = 0x08000000,
    FIELD_LOG2 = 26,
    FIELD_PAGES = 0x4000,
    FIELD_END = FIELD + FIELD_PAGES * PAGE,
    ARENA_LOG2 = 18,
    SMALL_PAGES = FIELD_END / PAGE,
    BIG = 0x40000000, /* where the director has 4 MB */
    BIG_LOG2 = 22,
    BIG_BYTES = 1 << BIG_LOG2,
    WIDE = 4096, /* mappings of one page */
    TICKER_PRIORITY = 220,
    OPERATOR_PRIORITY = 90,
};

#define MARK   0x3a9e0000UL
#define RWX    L4_FullyAccessible
#define COARSE 61 /* pages from one look to the next */

/* Tell the plugin: phase n begins; 0 = nothing of interest. */
#define PHASE(n) __asm__ volatile(".byte 0xa9; .long %c0" : : "i"(0x4c540000 + (n)) : "cc")

static volatile L4_Word_t ticks;
static L4_Word_t before;
static L4_ThreadId_t boss; /* does privileged errands below the clock */

/* --- a clock, and errands --- */

static void
ticker(L4_Word_t unused)
{
    (void)unused;
    for (;;) {
        sleep_ms(1);
        ticks++;
    }
}

static L4_Word_t
do_wait(L4_Word_t from, L4_Word_t window, L4_Word_t b)
{
    (void)b;
    L4_Accept(l4_acceptor(window));
    return L4_IpcFailed(L4_Receive_Timeout(l4_id(from), ms(9000)))
               ? L4_ErrorCode()
               : 0;
}

static L4_Word_t
do_send(L4_Word_t to, L4_Word_t w0, L4_Word_t w1)
{
    L4_Set_MsgTag(l4_tag(2UL << 6));
    L4_LoadMR(1, w0);
    L4_LoadMR(2, w1);
    return L4_IpcFailed(L4_Send_Timeout(l4_id(to), ms(9000))) ? L4_ErrorCode()
                                                             : 0;
}

static L4_Word_t
do_unmap(L4_Word_t fpage, L4_Word_t flush, L4_Word_t c)
{
    L4_Fpage_t f = l4_fpage(fpage);

    (void)c;
    return (flush ? L4_Flush(f).raw : L4_UnmapFpage(f).raw) & 7;
}

static L4_Word_t
do_resize(L4_Word_t id, L4_Word_t size, L4_Word_t c)
{
    (void)c;
    return (L4_Word_t)pn_space_resize(l4_id(id), size);
}

static L4_Word_t
do_move(L4_Word_t id, L4_Word_t b, L4_Word_t c)
{
    (void)b, (void)c;
    return (L4_Word_t)pn_space_move(l4_id(id));
}

static L4_Word_t
do_kill(L4_Word_t id, L4_Word_t b, L4_Word_t c)
{
    (void)b, (void)c;
    return (L4_Word_t)pn_thread_kill(l4_id(id));
}

/* How many of the pages looked at are there, and right? */
static L4_Word_t
do_count(L4_Word_t from, L4_Word_t pages, L4_Word_t step)
{
    L4_Word_t n = 0;

    for (L4_Word_t i = 0; i < pages; i += step)
        n += *(volatile L4_Word_t *)(from + i * PAGE) == MARK + i % ARENA_PAGES;
    return n;
}

static L4_Word_t
do_touch(L4_Word_t address, L4_Word_t b, L4_Word_t c)
{
    (void)b, (void)c;
    return probe(address);
}

/* --- the field --- */

static L4_Fpage_t
field(L4_Word_t rights)
{
    return L4_FpageAddRights(L4_FpageLog2(FIELD, FIELD_LOG2), rights);
}

static void
begin(void)
{
    before = ticks;
}

/* Did the clock run in the middle? */
static void
interrupted(void)
{
    EXPECT(ticks - before >= 2);
}

/* The director maps the arena to `to`, as often as it takes. */
static void
fill(L4_ThreadId_t to)
{
    L4_Fpage_t all =
        L4_FpageAddRights(L4_FpageLog2((L4_Word_t)arena, ARENA_LOG2), RWX);

    for (L4_Word_t at = FIELD; at != FIELD_END; at += 1UL << ARENA_LOG2) {
        L4_MapItem_t item = L4_MapItem(all, at);

        errand_begin(to, do_wait, L4_Myself().raw, L4_CompleteAddressSpace.raw,
                     0);
        EQUAL(do_send(to.raw, item.raw[0], item.raw[1]), 0);
        EQUAL(errand_end(to), 0);
    }
}

static L4_Word_t
looked_at(L4_Word_t step)
{
    return (FIELD_PAGES + step - 1) / step;
}

static void
expect_field(L4_ThreadId_t who)
{
    EQUAL(errand(who, do_count, FIELD, FIELD_PAGES, COARSE), looked_at(COARSE));
}

static void
expect_no_field(L4_ThreadId_t who)
{
    for (L4_Word_t i = 0; i < FIELD_PAGES; i += 997)
        EQUAL(errand(who, do_touch, FIELD + i * PAGE, 0, 0), HOLE);
}

/* The pager answers for the field with one page of holes. */
static L4_Word_t hole_page[PAGE / 4] __attribute__((aligned(PAGE)));

static int
answer_field(L4_ThreadId_t from, L4_MsgTag_t tag)
{
    L4_Word_t at = l4_utcb()[1];
    L4_MapItem_t item;

    (void)from;
    if ((tag.raw >> 20) != 0xffe || at < FIELD)
        return 0;
    item = L4_MapItem(
        L4_FpageAddRights(L4_FpageLog2((L4_Word_t)hole_page, 12), RWX), at);
    L4_Set_MsgTag(l4_tag(2UL << 6));
    L4_LoadMRs(1, 2, item.raw);
    return 1;
}

static L4_ThreadId_t
servant_with_field(enum kind kind)
{
    L4_ThreadId_t id = servant_space(kind);

    if (kind == SMALL)
        EXPECT(pn_space_resize(id, SMALL_PAGES));
    fill(id);
    return id;
}

static L4_Word_t
transfer(L4_ThreadId_t from, L4_ThreadId_t to, L4_MapItem_t item)
{
    L4_Word_t error;

    errand_begin(to, do_wait, from.raw, L4_CompleteAddressSpace.raw, 0);
    error = errand(from, do_send, to.raw, item.raw[0], item.raw[1]);
    EQUAL(errand_end(to), 0);
    return error;
}

/* --- pages --- */

static void
pages(enum kind kind)
{
    L4_ThreadId_t a = servant_with_field(LARGE), b = servant_space(kind), c;
    const char *what = kind == SMALL ? "small" : "large";

    if (kind == SMALL)
        EXPECT(pn_space_resize(b, SMALL_PAGES));
    begin();
    PHASE(1);
    EQUAL(transfer(a, b, L4_MapItem(field(RWX), FIELD)), 0);
    PHASE(0);
    interrupted();
    expect_field(b);
    verdict("64 MB are mapped into a %s space", what);

    begin();
    PHASE(2);
    EQUAL(errand(a, do_unmap, field(0).raw, 0, 0), 5);
    EQUAL(errand(a, do_unmap, field(0).raw, 0, 0), 0);
    PHASE(0);
    interrupted();
    verdict("status of 64 MB is told once");

    begin();
    PHASE(3);
    EQUAL(errand(a, do_unmap, field(L4_Writable).raw, 0, 0), 0);
    PHASE(0);
    interrupted();
    EQUAL(errand(b, do_count, FIELD, FIELD_PAGES, COARSE), looked_at(COARSE));
    verdict("64 MB are write-protected in a %s space", what);

    begin();
    PHASE(4);
    EQUAL(errand(a, do_unmap, field(RWX).raw, 0, 0), 5);
    PHASE(0);
    interrupted();
    expect_no_field(b);
    (void)errand(b, do_unmap, field(RWX).raw, 1, 0);
    expect_field(a);
    verdict("64 MB are taken back from a %s space", what);

    c = servant_space(kind);
    if (kind == SMALL)
        EXPECT(pn_space_resize(c, SMALL_PAGES));
    EQUAL(transfer(a, b, L4_MapItem(field(RWX), FIELD)), 0);
    begin();
    PHASE(5);
    EQUAL(transfer(b, c, L4_GrantItem(field(L4_Readable), FIELD)), 0);
    PHASE(0);
    interrupted();
    expect_field(c);
    expect_no_field(b);
    verdict("64 MB are granted from a %s space to another", what);

    begin();
    PHASE(6);
    EQUAL(errand(boss, do_kill, c.raw, 0, 0), 1);
    PHASE(0);
    stage_free_id(c);
    interrupted();
    verdict("a %s space of 64 MB dies", what);
    begin();
    PHASE(7);
    EQUAL(errand(boss, do_kill, a.raw, 0, 0), 1);
    PHASE(0);
    stage_free_id(a);
    interrupted();
    verdict("a large space with mappings of 64 MB dies");
    stage_kill(b);
}

static void
a_wide_page(void)
{
    L4_ThreadId_t a = servant_space(LARGE), b = servant_space(LARGE);
    L4_Fpage_t page =
        L4_FpageAddRights(L4_FpageLog2((L4_Word_t)arena, 12), RWX);

    EQUAL(errand(a, do_touch, (L4_Word_t)arena, 0, 0), MARK);
    for (L4_Word_t i = 0; i < WIDE; i++)
        if (transfer(a, b, L4_MapItem(page, FIELD + i * PAGE)) != 0)
            break;
    EQUAL(errand(b, do_touch, FIELD + (WIDE - 1) * PAGE, 0, 0), MARK);
    PHASE(8);
    EQUAL(errand(a, do_unmap, page.raw & ~7UL, 0, 0), 5);
    PHASE(0);
    PHASE(9);
    (void)errand(a, do_unmap, page.raw, 0, 0);
    PHASE(0);
    EQUAL(errand(b, do_touch, FIELD + (WIDE - 1) * PAGE, 0, 0), HOLE);
    EQUAL(errand(b, do_touch, FIELD, 0, 0), HOLE);
    verdict("a page that %d share is taken back", WIDE);
    stage_kill(a);
    stage_kill(b);
}

/* --- pages of 4 MB --- */

static void
fill_big(L4_ThreadId_t to)
{
    L4_Fpage_t all = L4_FpageAddRights(L4_FpageLog2(BIG, BIG_LOG2), RWX);

    for (L4_Word_t at = FIELD; at != FIELD_END; at += BIG_BYTES) {
        L4_MapItem_t item = L4_MapItem(all, at);

        errand_begin(to, do_wait, L4_Myself().raw, L4_CompleteAddressSpace.raw,
                     0);
        EQUAL(do_send(to.raw, item.raw[0], item.raw[1]), 0);
        EQUAL(errand_end(to), 0);
    }
}

static L4_ThreadId_t
servant_with_big_field(void)
{
    L4_ThreadId_t id = servant_space(LARGE);

    fill_big(id);
    return id;
}

static L4_Word_t
do_attribute(L4_Word_t fpage, L4_Word_t attribute, L4_Word_t c)
{
    (void)c;
    return L4_Set_PageAttribute(l4_fpage(fpage), attribute);
}

static void
big_open(void)
{
    EXPECT(!L4_IsNilFpage(L4_Sigma0_GetAny(L4_nilthread, BIG_LOG2,
                                           L4_FpageLog2(BIG, BIG_LOG2))));
    for (L4_Word_t i = 0; i < BIG_BYTES / PAGE; i++)
        *(volatile L4_Word_t *)(BIG + i * PAGE) = MARK + i % ARENA_PAGES;
    verdict("sigma0 gives 4 MB");
}

/* Changes and grants of what one page of 4 MB was mapped as. */
static void
big_pages(void)
{
    L4_ThreadId_t a = servant_with_big_field(), b = servant_space(LARGE);
    L4_ThreadId_t c = servant_space(LARGE);

    PHASE(17);
    EQUAL(transfer(a, b, L4_MapItem(field(RWX), FIELD)), 0);
    PHASE(0);
    expect_field(b);
    verdict("64 MB are mapped in pages of 4 MB");
    PHASE(18);
    EQUAL(errand(a, do_unmap, field(0).raw, 0, 0), 5);
    EQUAL(errand(a, do_unmap, field(0).raw, 0, 0), 0);
    PHASE(0);
    verdict("their status is told once");
    PHASE(19);
    for (L4_Word_t at = FIELD + PAGE; at < FIELD_END; at += BIG_BYTES)
        EQUAL(errand(a, do_unmap,
                     L4_FpageAddRights(L4_FpageLog2(at, 12), L4_Writable).raw,
                     0, 0),
              0);
    PHASE(0);
    expect_field(b);
    verdict("a page of each is write-protected");
    begin();
    PHASE(20);
    EQUAL(transfer(b, c, L4_GrantItem(field(L4_Readable), FIELD)), 0);
    PHASE(0);
    interrupted();
    expect_field(c);
    expect_no_field(b);
    verdict("what is left of them is granted page by page");
    begin();
    PHASE(21);
    EQUAL(errand(a, do_unmap, field(RWX).raw, 0, 0), 5);
    PHASE(0);
    interrupted();
    expect_no_field(c);
    expect_field(a);
    verdict("and taken back");
    stage_kill(b);
    stage_kill(c);

    b = servant_space(LARGE);
    c = servant_space(LARGE);
    EQUAL(transfer(a, b, L4_MapItem(field(RWX), FIELD)), 0);
    PHASE(22);
    EQUAL(transfer(b, c, L4_GrantItem(field(L4_Readable), FIELD)), 0);
    PHASE(0);
    expect_field(c);
    expect_no_field(b);
    verdict("64 MB are granted in pages of 4 MB");
    PHASE(23);
    EQUAL(errand(boss, do_kill, c.raw, 0, 0), 1);
    PHASE(0);
    stage_free_id(c);
    expect_field(a);
    verdict("a large space with 16 pages of 4 MB dies");
    stage_kill(b);
    PHASE(24);
    EQUAL(errand(boss, do_resize, a.raw, SMALL_PAGES, 0), 1);
    PHASE(0);
    EXPECT(stage_is_small(a));
    expect_field(a);
    verdict("a space with 16 pages of 4 MB becomes small");
    stage_kill(a);
}

/* 16 pages of 4 MB are 16,384 of 4 KB elsewhere. */
static void
big_to_small(void)
{
    L4_ThreadId_t a = servant_with_big_field(), s = servant_space(SMALL);

    EXPECT(pn_space_resize(s, SMALL_PAGES));
    begin();
    PHASE(25);
    EQUAL(transfer(a, s, L4_MapItem(field(RWX), FIELD)), 0);
    PHASE(0);
    interrupted();
    expect_field(s);
    verdict("64 MB in pages of 4 MB are mapped into a small space");
    begin();
    PHASE(26);
    EQUAL(errand(boss, do_attribute, L4_FpageLog2(BIG, BIG_LOG2).raw,
                 L4_WriteThroughMemory, 0),
          1);
    PHASE(0);
    interrupted();
    expect_field(s);
    verdict("4 MB are write-through in 32 places, of two sizes");
    begin();
    PHASE(27);
    EQUAL(errand(a, do_unmap, field(RWX).raw, 0, 0), 5);
    PHASE(0);
    interrupted();
    expect_no_field(s);
    expect_field(a);
    verdict("and taken back from the small space");
    (void)errand(s, do_unmap, field(RWX).raw, 1, 0);
    EQUAL(transfer(a, s, L4_MapItem(field(RWX), FIELD)), 0);
    begin();
    PHASE(28);
    EQUAL(errand(boss, do_kill, a.raw, 0, 0), 1);
    PHASE(0);
    stage_free_id(a);
    interrupted();
    expect_no_field(s);
    verdict("nobody has 64 MB whose mapper with pages of 4 MB died");
    stage_kill(s);
    EQUAL(errand(boss, do_attribute, L4_FpageLog2(BIG, BIG_LOG2).raw,
                 L4_WriteBackMemory, 0),
          1);
}

/* --- spaces --- */

static void
kinds(void)
{
    L4_ThreadId_t s = servant_with_field(SMALL);

    begin();
    PHASE(10);
    EQUAL(errand(s, do_touch, FIELD_END, 0, 0), HOLE);
    PHASE(0);
    interrupted();
    EXPECT(!stage_is_small(s));
    expect_field(s);
    (void)errand(s, do_unmap, L4_FpageAddRights(L4_FpageLog2(FIELD_END, 12), RWX).raw, 1, 0);
    verdict("a small space of 64 MB becomes large by an access");

    begin();
    PHASE(11);
    EQUAL(errand(boss, do_resize, s.raw, SMALL_PAGES, 0), 1);
    PHASE(0);
    interrupted();
    EXPECT(stage_is_small(s));
    expect_field(s);
    verdict("a large space of 64 MB becomes small");

    begin();
    PHASE(12);
    EQUAL(errand(boss, do_move, s.raw, 0, 0), 1);
    PHASE(0);
    interrupted();
    expect_field(s);
    verdict("a small space of 64 MB moves");

    begin();
    PHASE(13);
    EQUAL(errand(boss, do_resize, s.raw, 0, 0), 1);
    PHASE(0);
    interrupted();
    EXPECT(!stage_is_small(s));
    expect_field(s);
    verdict("a small space of 64 MB is made large");

    PHASE(14);
    EQUAL(errand(boss, do_resize, s.raw, SMALL_PAGES - 1, 0), 0);
    PHASE(0);
    EXPECT(!stage_is_small(s));
    expect_field(s);
    verdict("it does not become small if one page is too many");
    PHASE(15);
    EQUAL(errand(boss, do_kill, s.raw, 0, 0), 1);
    PHASE(0);
    stage_free_id(s);
}

/* --- in the middle --- */

static L4_ThreadId_t victim;
static volatile L4_Word_t operator_done;

static void
resize_large(L4_Word_t unused)
{
    (void)unused;
    operator_done = 0;
    operator_done = (L4_Word_t)pn_space_resize(victim, 0) + 1;
}

static void
resize_small(L4_Word_t unused)
{
    (void)unused;
    operator_done = 0;
    operator_done = (L4_Word_t)pn_space_resize(victim, SMALL_PAGES) + 1;
}

static void
kill_victim(L4_Word_t unused)
{
    (void)unused;
    operator_done = 0;
    operator_done = (L4_Word_t)pn_thread_kill(victim) + 1;
}

/* A thread of the director's space begins; 2 ms later it is no more. */
static void
begun_and_killed(act_t act)
{
    L4_ThreadId_t op = stage_thread(L4_Myself());

    (void)L4_Set_Priority(op, OPERATOR_PRIORITY);
    operator_done = 0;
    stage_start(op, act, 0);
    sleep_ms(2);
    EQUAL(operator_done, 0);
    stage_kill(op);
}

static void
operators_killed(void)
{
    L4_ThreadId_t s = servant_with_field(SMALL);

    victim = s;
    begun_and_killed(resize_large);
    expect_field(s);
    verdict("a promotion whose operator is killed leaves all pages");
    EXPECT(pn_space_resize(s, SMALL_PAGES));
    EXPECT(stage_is_small(s));
    expect_field(s);
    verdict("and the space can be made small again");
    EXPECT(pn_space_resize(s, 0));
    begun_and_killed(resize_small);
    expect_field(s);
    EQUAL(errand(s, do_unmap, field(RWX).raw, 1, 0) & 5, 5);
    expect_no_field(s);
    verdict("a demotion whose operator is killed hides no page from a flush");
    for (int i = 0; i < 8; i++) { /* kmem=8 has no room for two of them */
        (void)errand(s, do_unmap, field(RWX).raw, 1, 0);
        fill(s);
        begun_and_killed(kill_victim);
        if (!L4_IsThreadEqual(victim, s)
            || stage_state(s) == 0) { /* it is gone, or going */
            (void)pn_thread_kill(s);
        }
        stage_free_id(s);
        s = victim = servant_space(LARGE);
    }
    verdict("a space whose killer is killed gives its memory back");
    stage_kill(s);
}

/* The thread of one space is killed while it unmaps, maps or is promoted. */
static void
workers_killed(void)
{
    L4_ThreadId_t a = servant_with_field(LARGE), a2 = servant_thread(a);
    L4_ThreadId_t b = servant_space(LARGE);

    EQUAL(transfer(a, b, L4_MapItem(field(RWX), FIELD)), 0);
    errand_begin(a, do_unmap, field(L4_Writable).raw, 0, 0);
    sleep_ms(2);
    stage_kill(a);
    EQUAL(errand(b, do_count, FIELD, FIELD_PAGES, COARSE), looked_at(COARSE));
    EQUAL(errand(a2, do_unmap, field(RWX).raw, 0, 0), 5);
    expect_no_field(b);
    expect_field(a2);
    verdict("an Unmap whose thread is killed can be done by another");
    (void)errand(b, do_unmap, field(RWX).raw, 1, 0);
    errand_begin(b, do_wait, a2.raw, L4_CompleteAddressSpace.raw, 0);
    {
        L4_MapItem_t item = L4_MapItem(field(RWX), FIELD);

        errand_begin(a2, do_send, b.raw, item.raw[0], item.raw[1]);
    }
    sleep_ms(2);
    stage_kill(b);
    (void)errand_end(a2);
    expect_field(a2);
    verdict("a sender survives when its receiver is killed in the middle");
    stage_kill(a2);

    a = servant_with_field(SMALL);
    a2 = servant_thread(a);
    errand_begin(a, do_touch, FIELD_END, 0, 0);
    sleep_ms(2);
    stage_kill(a);
    expect_field(a2);
    (void)errand(a2, do_unmap,
                 L4_FpageAddRights(L4_FpageLog2(FIELD_END, 12), RWX).raw, 1, 0);
    EXPECT(pn_space_resize(a2, SMALL_PAGES));
    expect_field(a2);
    verdict("a promotion whose thread is killed leaves all to the others");
    stage_kill(a2);
}

/* --- threads --- */

static void
waiting_for(L4_Word_t id)
{
    (void)L4_Receive(l4_id(id));
}

static void
sending_to(L4_Word_t id)
{
    L4_Set_MsgTag(l4_tag(0));
    (void)L4_Send(l4_id(id));
}

static void
burial(void)
{
    L4_ThreadId_t high = L4_GlobalId((1UL << L4_ThreadIdBits(NULL)) - 1, 1);
    L4_ThreadId_t dead = stage_space(LARGE), t[24];
    unsigned n = sizeof t / sizeof t[0];

    EXPECT(L4_ThreadControl(high, L4_Myself(), L4_Myself(), L4_nilthread,
                            (void *)-1));
    for (unsigned i = 0; i < n; i++) {
        t[i] = stage_thread(L4_Myself());
        stage_start(t[i], i % 2 ? waiting_for : sending_to, dead.raw);
    }
    sleep_ms(2);
    PHASE(16);
    EQUAL(errand(boss, do_kill, dead.raw, 0, 0), 1);
    PHASE(0);
    stage_free_id(dead);
    for (unsigned i = 0; i < n; i++) {
        stage_wait(t[i]);
        stage_kill(t[i]);
    }
    EXPECT(pn_thread_kill(high));
    verdict("everybody who waits for a dead thread is told, up to the last");
}

int
main(int argc, char **argv)
{
    L4_ThreadId_t clock;

    (void)argc, (void)argv;
    stage_open();
    arena_fill(MARK);
    for (unsigned i = 0; i < PAGE / 4; i++)
        hole_page[i] = HOLE;
    stage_fault_hook = answer_field;
    clock = stage_thread(L4_Myself());
    (void)L4_Set_Priority(clock, TICKER_PRIORITY);
    stage_start(clock, ticker, 0);
    boss = servant_thread(L4_Myself());

    pages(LARGE);
    pages(SMALL);
    a_wide_page();
    big_open();
    big_pages();
    big_to_small();
    kinds();
    operators_killed();
    workers_killed();
    burial();
    stage_kill(clock);
    done();
}
