/*
 * tests/api/map.c - map and grant items, window arithmetic, rights, and Unmap
 * (sheet section 7), from and into small and large spaces.
 *
 * A mapper sends items to a receiver; a third space takes mappings on from
 * there. Every page of the arena begins with MARK + its number, a page that is
 * not there reads as HOLE.
 */
#include "stage.h"

#include <l4/sigma0.h>
#include <pn/image.h>
#include <pn/program.h>
#include <pn/space.h>

#define MARK 0x3a9e0000UL
#define RWX  L4_FullyAccessible
#define RW   L4_ReadWriteOnly

enum {
    WINDOW = 0x110000, /* 64 KB, aligned to that */
    OWN = 0x140000,    /* where the mapper has pages of its own */
    ELSEWHERE = 0x180000,
    SENDER_OVERFLOW = 8,
    RECEIVER_OVERFLOW = 9,
};

static L4_ThreadId_t mapper, receiver, third;
static volatile L4_Word_t got[L4_MRS], receive_error;

/* --- errands --- */

static L4_Word_t
page_of(unsigned n)
{
    return (L4_Word_t)arena[n];
}

static L4_Fpage_t
pages(L4_Word_t address, L4_Word_t log2, L4_Word_t rights)
{
    return L4_FpageAddRights(L4_FpageLog2(address, log2), rights);
}

/* Error of the send, 0 if there was none. */
static L4_Word_t
send_item(L4_Word_t to, L4_Word_t w0, L4_Word_t w1)
{
    L4_Set_MsgTag(l4_tag(0x5500002UL << 6));
    L4_LoadMR(1, w0);
    L4_LoadMR(2, w1);
    return L4_IpcFailed(L4_Send_Timeout(l4_id(to), ms(500))) ? L4_ErrorCode()
                                                             : 0;
}

static L4_Word_t
receive(L4_Word_t from, L4_Word_t window, L4_Word_t unused)
{
    L4_MsgTag_t tag;
    L4_Word_t mrs[L4_MRS];

    (void)unused;
    L4_Accept(l4_acceptor(window));
    for (int i = 0; i < L4_MRS; i++)
        L4_LoadMR(i, 0xdead0000UL + (L4_Word_t)i);
    tag = L4_Receive_Timeout(l4_id(from), ms(500));
    receive_error = L4_IpcFailed(tag) ? L4_ErrorCode() : 0;
    L4_StoreMRs(0, L4_MRS, mrs);
    for (int i = 0; i < L4_MRS; i++)
        got[i] = mrs[i];
    L4_Accept(L4_UntypedWordsAcceptor);
    return receive_error;
}

static L4_Word_t
do_probe(L4_Word_t address, L4_Word_t b, L4_Word_t c)
{
    (void)b, (void)c;
    return probe(address);
}

static L4_Word_t
do_write(L4_Word_t address, L4_Word_t value, L4_Word_t c)
{
    (void)c;
    return (L4_Word_t)probe_write(address, value);
}

static L4_Word_t
do_unmap(L4_Word_t fpage, L4_Word_t flush, L4_Word_t c)
{
    L4_Fpage_t f = l4_fpage(fpage);

    (void)c;
    return flush ? L4_Flush(f).raw : L4_UnmapFpage(f).raw;
}

static L4_Word_t
do_touch(L4_Word_t address, L4_Word_t count, L4_Word_t c)
{
    (void)c;
    for (L4_Word_t i = 0; i < count; i++)
        pn_touch(address + i * PAGE);
    return 0;
}

/* --- the director's view of them --- */

static L4_Word_t
word_at(L4_ThreadId_t who, L4_Word_t address)
{
    return errand(who, do_probe, address, 0, 0);
}

static int
writes(L4_ThreadId_t who, L4_Word_t address, L4_Word_t value)
{
    return errand(who, do_write, address, value, 0) == 1;
}

/* The status that Unmap or Flush tells. */
static L4_Word_t
unmap(L4_ThreadId_t who, L4_Fpage_t f)
{
    return errand(who, do_unmap, f.raw, 0, 0) & 7;
}

static L4_Word_t
flush(L4_ThreadId_t who, L4_Fpage_t f)
{
    return errand(who, do_unmap, f.raw, 1, 0) & 7;
}

static L4_Word_t
send_raw(L4_ThreadId_t from, L4_ThreadId_t to, L4_Word_t w0, L4_Word_t w1,
         L4_Word_t window)
{
    L4_Word_t error;

    errand_begin(to, receive, from.raw, window, 0);
    error = errand(from, send_item, to.raw, w0, w1);
    (void)errand_end(to);
    return error;
}

/* Map f of `from` to `to`; success on both sides is expected. */
static void
map(L4_ThreadId_t from, L4_ThreadId_t to, L4_Fpage_t f, L4_Word_t base,
    L4_Fpage_t window)
{
    L4_MapItem_t item = L4_MapItem(f, base);

    EQUAL(send_raw(from, to, item.raw[0], item.raw[1], window.raw), 0);
    EQUAL(receive_error, 0);
    EQUAL(got[1], item.raw[0]);
    EQUAL(got[2], item.raw[1]);
}

static void
grant(L4_ThreadId_t from, L4_ThreadId_t to, L4_Fpage_t f, L4_Word_t base,
      L4_Fpage_t window)
{
    L4_MapItem_t item = L4_GrantItem(f, base);

    EQUAL(send_raw(from, to, item.raw[0], item.raw[1], window.raw), 0);
    EQUAL(receive_error, 0);
}

/* The director maps arena page n to `to` at `address`. */
static void
give(L4_ThreadId_t to, unsigned n, L4_Word_t address, L4_Word_t rights)
{
    L4_MapItem_t item = L4_MapItem(pages(page_of(n), 12, rights), address);

    errand_begin(to, receive, L4_Myself().raw, L4_CompleteAddressSpace.raw, 0);
    L4_Set_MsgTag(l4_tag(2UL << 6));
    L4_LoadMRs(1, 2, item.raw);
    EXPECT(L4_IpcSucceeded(L4_Send_Timeout(to, ms(100))));
    EQUAL(errand_end(to), 0);
}

static void
take_back(L4_Word_t from_page, L4_Word_t log2)
{
    (void)L4_UnmapFpage(pages(page_of((unsigned)from_page), log2, RWX));
}

/* Do pages [address ..] of `who` hold arena pages from `first` on? */
static void
expect_pages(L4_ThreadId_t who, L4_Word_t address, unsigned count,
             unsigned first)
{
    for (unsigned i = 0; i < count; i++)
        EQUAL(word_at(who, address + i * PAGE), MARK + first + i);
}

static void
expect_holes(L4_ThreadId_t who, L4_Word_t address, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        EQUAL(word_at(who, address + i * PAGE), HOLE);
}

static const char *where;

static void
cast(enum placement p)
{
    where = placement_name[p];
    arena_fill(MARK);
    pair_make_servants(p);
    mapper = pair_a;
    receiver = pair_b;
    third = servant_space(p % 2 ? SMALL : LARGE);
    (void)errand(mapper, do_touch, page_of(0), ARENA_PAGES, 0);
}

static void
dismiss(void)
{
    pair_kill();
    stage_kill(third);
}

/* --- windows --- */

static void
windows(void)
{
    L4_Fpage_t window = L4_FpageLog2(WINDOW, 16);

    map(mapper, receiver, pages(page_of(8), 14, RWX), 0x77775c00, window);
    expect_holes(receiver, WINDOW, 4);
    expect_pages(receiver, WINDOW + 0x4000, 4, 8);
    expect_holes(receiver, WINDOW + 0x8000, 8);
    verdict("%s: a small fpage goes where the send base points in the window",
            where);
    take_back(0, 18);

    (void)errand(mapper, do_touch, page_of(0), ARENA_PAGES, 0);
    map(mapper, receiver, pages(page_of(16), 16, RWX), 0x12349400,
        L4_FpageLog2(WINDOW + 0x4000, 14));
    expect_holes(receiver, WINDOW, 4);
    expect_pages(receiver, WINDOW + 0x4000, 4, 24);
    expect_holes(receiver, WINDOW + 0x8000, 8);
    verdict("%s: of a large fpage the part at the send base fills the window",
            where);
    take_back(0, 18);

    (void)errand(mapper, do_touch, page_of(0), ARENA_PAGES, 0);
    map(mapper, receiver, pages(page_of(4), 14, RWX), 0xfffffc00,
        L4_FpageLog2(ELSEWHERE, 14));
    expect_pages(receiver, ELSEWHERE, 4, 4);
    verdict("%s: of equal sizes the send base means nothing", where);
    map(mapper, receiver, pages(page_of(5), 12, RWX), WINDOW + 0x3c00,
        L4_CompleteAddressSpace);
    EQUAL(word_at(receiver, WINDOW + 0x3000), MARK + 5);
    verdict("%s: into a complete window it goes to the send base", where);
    map(mapper, receiver, l4_fpage(L4_CompleteAddressSpace.raw | RWX),
        page_of(6), L4_FpageLog2(WINDOW, 12));
    EQUAL(word_at(receiver, WINDOW), MARK + 6);
    verdict("%s: out of a complete space the send base picks a page", where);
    map(mapper, receiver, l4_fpage(pages(page_of(7), 12, RWX).raw | 0xc08),
        WINDOW + 0xc00, l4_fpage(L4_FpageLog2(WINDOW, 12).raw));
    EQUAL(word_at(receiver, WINDOW), MARK + 7);
    verdict("%s: bit 3 and base bits below the page size are ignored", where);
    map(mapper, receiver, pages(page_of(0), 18, RWX), 0x200000,
        L4_CompleteAddressSpace);
    expect_pages(receiver, 0x200000, ARENA_PAGES, 0);
    verdict("%s: 64 pages go in one item", where);
    take_back(0, 18);
    expect_holes(receiver, WINDOW, 2);
    EQUAL(word_at(receiver, 0x200000), HOLE);
}

static void
odd_items(void)
{
    (void)errand(mapper, do_touch, page_of(0), 1, 0);
    for (L4_Word_t s = 3; s < 12; s++) {
        map(mapper, receiver, l4_fpage((page_of(0) & ~0xfffUL) | s << 4 | RWX),
            WINDOW, L4_CompleteAddressSpace);
        map(mapper, receiver, pages(page_of(0), 12, RWX), 0,
            l4_fpage(WINDOW | s << 4));
    }
    EQUAL(word_at(receiver, WINDOW), HOLE);
    verdict("%s: fpages smaller than a page map nothing", where);
    map(mapper, receiver, L4_Nilpage, WINDOW, L4_CompleteAddressSpace);
    EQUAL(word_at(receiver, WINDOW), HOLE);
    verdict("%s: a nil fpage maps nothing", where);
    map(mapper, receiver, pages(OWN, 12, RWX), WINDOW, L4_CompleteAddressSpace);
    EQUAL(word_at(receiver, WINDOW), HOLE);
    verdict("%s: a source that is not there maps nothing", where);
    map(mapper, receiver, pages(0xc0000000, 22, RWX), WINDOW,
        L4_FpageLog2(0x200000, 20));
    map(mapper, receiver, pages(0xe0000000, 22, RWX), WINDOW,
        L4_FpageLog2(0x200000, 20));
    map(mapper, receiver, pages(0xff800000, 22, RWX), WINDOW,
        L4_FpageLog2(0x200000, 20));
    for (L4_Word_t at = 0x200000; at < 0x300000; at += 0x10000)
        EQUAL(word_at(receiver, at), HOLE);
    verdict("%s: nothing of the kernel's part of the address space is mapped",
            where);
    map(mapper, receiver, pages(page_of(0), 12, RWX), 0xd0000000,
        L4_CompleteAddressSpace);
    map(mapper, receiver, pages(page_of(0), 12, RWX), 0xfffff000,
        L4_CompleteAddressSpace);
    verdict("%s: mapping to where no user address is does nothing", where);
}

static void
messages(void)
{
    L4_MapItem_t item = L4_MapItem(pages(page_of(1), 12, RWX), WINDOW);

    (void)errand(mapper, do_touch, page_of(1), 1, 0);
    EQUAL(send_raw(mapper, receiver, item.raw[0], item.raw[1], 0),
          SENDER_OVERFLOW);
    EQUAL(receive_error, RECEIVER_OVERFLOW);
    EQUAL(got[0], (0x5500002UL << 6) | L4_TagError);
    EQUAL(got[1], 0xdead0001);
    verdict("%s: without a window both sides get a message overflow", where);
    EQUAL(word_at(receiver, WINDOW), HOLE);
    EQUAL(send_raw(mapper, receiver, 128UL << 10, page_of(1), 1),
          SENDER_OVERFLOW);
    EQUAL(receive_error, RECEIVER_OVERFLOW);
    verdict("%s: a string without a buffer is a message overflow", where);
    EQUAL(send_raw(mapper, receiver, 0xe, 0, 0x10), SENDER_OVERFLOW);
    EQUAL(receive_error, RECEIVER_OVERFLOW);
    EQUAL(send_raw(mapper, receiver, 0xc, 0, 0x10), SENDER_OVERFLOW);
    EQUAL(receive_error, RECEIVER_OVERFLOW);
    verdict("%s: undefined items are a message overflow", where);
}

/* --- rights --- */

static void
rights(void)
{
    give(mapper, 2, OWN, L4_Readable);
    map(mapper, receiver, pages(OWN, 12, RWX), WINDOW, L4_CompleteAddressSpace);
    EQUAL(word_at(receiver, WINDOW), MARK + 2);
    EXPECT(!writes(receiver, WINDOW, 1));
    EQUAL(fault_log[(fault_count - 1) % FAULT_LOG].tag, 0xffe20002);
    EQUAL(fault_log[(fault_count - 1) % FAULT_LOG].address, WINDOW);
    EQUAL(arena[2][0], MARK + 2);
    verdict("%s: nobody maps a right that he has not: the write faults", where);
    give(mapper, 3, OWN, RWX);
    map(mapper, receiver, pages(OWN, 12, L4_Readable), WINDOW,
        L4_CompleteAddressSpace);
    EQUAL(word_at(receiver, WINDOW), MARK + 3);
    EXPECT(!writes(receiver, WINDOW, 1));
    EQUAL(arena[3][0], MARK + 3);
    verdict("%s: a page mapped read-only can't be written", where);
    map(mapper, receiver, pages(OWN, 12, L4_Readable), WINDOW,
        L4_CompleteAddressSpace);
    map(mapper, receiver, pages(OWN, 12, RW), WINDOW, L4_CompleteAddressSpace);
    EXPECT(writes(receiver, WINDOW, 33));
    EQUAL(arena[3][0], 33);
    map(mapper, receiver, pages(OWN, 12, L4_Readable), WINDOW,
        L4_CompleteAddressSpace);
    EXPECT(writes(receiver, WINDOW, 34));
    EQUAL(arena[3][0], 34);
    verdict("%s: mapped once more, a page gains rights and loses none", where);
    map(mapper, receiver, pages(OWN, 12, L4_NoAccess), ELSEWHERE,
        L4_CompleteAddressSpace);
    EQUAL(word_at(receiver, ELSEWHERE), HOLE);
    verdict("%s: without any right nothing is mapped", where);
    arena_fill(MARK);
    take_back(0, 18);
}

/* --- unmap --- */

/* director -> mapper at OWN -> receiver at WINDOW -> third at WINDOW */
static void
chain(unsigned n)
{
    give(mapper, n, OWN, RWX);
    map(mapper, receiver, pages(OWN, 12, RWX), WINDOW, L4_CompleteAddressSpace);
    map(receiver, third, pages(WINDOW, 12, RWX), WINDOW,
        L4_CompleteAddressSpace);
    EQUAL(word_at(mapper, OWN), MARK + n);
    EQUAL(word_at(receiver, WINDOW), MARK + n);
    EQUAL(word_at(third, WINDOW), MARK + n);
}

static void
unmapping(void)
{
    L4_Fpage_t own = pages(OWN, 12, RWX), window = pages(WINDOW, 12, RWX);

    chain(1);
    (void)unmap(mapper, own);
    EQUAL(word_at(mapper, OWN), MARK + 1);
    EQUAL(word_at(receiver, WINDOW), HOLE);
    EQUAL(word_at(third, WINDOW), HOLE);
    verdict("%s: Unmap takes a page from all below, the caller keeps it",
            where);
    chain(2);
    (void)unmap(receiver, window);
    EQUAL(word_at(mapper, OWN), MARK + 2);
    EQUAL(word_at(receiver, WINDOW), MARK + 2);
    EQUAL(word_at(third, WINDOW), HOLE);
    verdict("%s: Unmap from the middle leaves those above alone", where);
    (void)flush(receiver, window);
    chain(3);
    (void)flush(mapper, own);
    EQUAL(word_at(mapper, OWN), HOLE);
    EQUAL(word_at(receiver, WINDOW), HOLE);
    EQUAL(word_at(third, WINDOW), HOLE);
    EQUAL(arena[3][0], MARK + 3);
    verdict("%s: flushing takes it from the caller, too", where);
    chain(4);
    (void)unmap(mapper, pages(OWN, 12, L4_Writable));
    EXPECT(!writes(third, WINDOW, 1));
    EXPECT(!writes(receiver, WINDOW, 1));
    EXPECT(writes(mapper, OWN, MARK + 4));
    EQUAL(arena[4][0], MARK + 4);
    verdict("%s: revoking w alone write-protects all below", where);
    (void)flush(mapper, own);
    chain(5);
    (void)unmap(mapper, pages(OWN, 12, L4_NoAccess));
    (void)unmap(mapper, pages(OWN, 12, L4_Readable));
    (void)unmap(mapper, L4_Nilpage);
    (void)unmap(mapper, pages(ELSEWHERE, 12, RWX));
    EQUAL(word_at(third, WINDOW), MARK + 5);
    EXPECT(writes(third, WINDOW, MARK + 5));
    verdict("%s: revoking nothing, or r alone, takes nothing away", where);
    take_back(5, 12);
    EQUAL(word_at(mapper, OWN), HOLE);
    EQUAL(word_at(receiver, WINDOW), HOLE);
    EQUAL(word_at(third, WINDOW), HOLE);
    EQUAL(arena[5][0], MARK + 5);
    verdict("%s: Unmap at the root goes three levels down", where);
}

static void
parts(void)
{
    (void)errand(mapper, do_touch, page_of(0), ARENA_PAGES, 0);
    map(mapper, receiver, pages(page_of(16), 16, RWX), 0,
        L4_FpageLog2(WINDOW, 16));
    (void)unmap(mapper, pages(page_of(21), 12, RWX));
    expect_pages(receiver, WINDOW, 5, 16);
    EQUAL(word_at(receiver, WINDOW + 5 * PAGE), HOLE);
    expect_pages(receiver, WINDOW + 6 * PAGE, 10, 22);
    verdict("%s: one page can be unmapped out of the middle of many", where);
    (void)flush(receiver, pages(WINDOW + 0x8000, 14, RWX));
    expect_pages(receiver, WINDOW + 6 * PAGE, 2, 22);
    expect_holes(receiver, WINDOW + 0x8000, 4);
    expect_pages(receiver, WINDOW + 0xc000, 4, 28);
    verdict("%s: the receiver can flush a part of what it got", where);
    take_back(0, 18);
    expect_holes(receiver, WINDOW, 16);
}

static L4_Word_t
unmap_many(L4_Word_t address, L4_Word_t b, L4_Word_t c)
{
    L4_Fpage_t f[L4_MRS];

    (void)b, (void)c;
    for (L4_Word_t i = 0; i < L4_MRS; i++)
        f[i] = pages(address + i * PAGE, 12, i % 3 == 0 ? RWX : 0);
    L4_UnmapFpages(L4_MRS, f);
    for (L4_Word_t i = 0; i < L4_MRS; i++)
        EQUAL(f[i].raw & ~7UL, pages(address + i * PAGE, 12, 0).raw);
    return 0;
}

static void
many(void)
{
    (void)errand(mapper, do_touch, page_of(0), ARENA_PAGES, 0);
    map(mapper, receiver, pages(page_of(0), 18, RWX), 0x200000,
        L4_CompleteAddressSpace);
    (void)errand(mapper, unmap_many, page_of(0), 0, 0);
    for (unsigned i = 0; i < ARENA_PAGES; i++)
        EQUAL(word_at(receiver, 0x200000 + i * PAGE),
              i % 3 == 0 ? HOLE : MARK + i);
    take_back(0, 18);
    verdict("%s: 64 fpages in one Unmap, each as its own rights say", where);
}

static void
status(void)
{
    L4_Fpage_t own = pages(OWN, 12, 0), window = pages(WINDOW, 12, 0);

    chain(6);
    (void)flush(mapper, own);
    EQUAL(flush(mapper, own), 0);
    (void)word_at(mapper, OWN);
    EQUAL(unmap(mapper, own), 0);
    verdict("%s: status is reset by the call; one's own is not told", where);
    (void)word_at(receiver, WINDOW);
    EQUAL(unmap(mapper, own), L4_Readable | L4_eXecutable);
    EQUAL(unmap(mapper, own), 0);
    verdict("%s: reading a page below shows as referenced, once", where);
    EXPECT(writes(third, WINDOW, MARK + 6));
    EQUAL(unmap(receiver, window) & RW, RW);
    EQUAL(unmap(receiver, window), 0);
    EQUAL(unmap(mapper, own) & RW, RW);
    EQUAL(unmap(mapper, own), 0);
    verdict("%s: a write shows to everyone above, whoever looks first", where);
    EXPECT(writes(mapper, OWN, MARK + 6));
    EQUAL(flush(mapper, own) & RW, RW);
    verdict("%s: with flush one's own accesses are told", where);
    EXPECT(writes(third, WINDOW, MARK + 6));
    EQUAL(unmap(mapper, pages(OWN, 12, RWX)) & RW, RW);
    take_back(6, 12);
    verdict("%s: status is told when the page is taken away, too", where);
}

/* --- grant --- */

static void
granting(void)
{
    give(mapper, 7, OWN, RWX);
    map(mapper, third, pages(OWN, 12, RWX), WINDOW, L4_CompleteAddressSpace);
    grant(mapper, receiver, pages(OWN, 12, RWX), WINDOW,
          L4_CompleteAddressSpace);
    EQUAL(word_at(receiver, WINDOW), MARK + 7);
    EXPECT(writes(receiver, WINDOW, MARK + 7));
    EQUAL(word_at(mapper, OWN), HOLE);
    verdict("%s: a grant moves the page from sender to receiver", where);
    take_back(7, 12);
    EQUAL(word_at(receiver, WINDOW), HOLE);
    verdict("%s: he who mapped it to the granter can take it back", where);
    EQUAL(word_at(third, WINDOW), HOLE);
    give(mapper, 8, OWN, RWX);
    grant(mapper, receiver, pages(OWN, 12, L4_Readable), WINDOW,
          L4_CompleteAddressSpace);
    EXPECT(!writes(receiver, WINDOW, 1));
    EQUAL(arena[8][0], MARK + 8);
    verdict("%s: a page granted read-only can't be written", where);
    take_back(8, 12);
}

/* --- what is in the way --- */

static void
in_the_way(void)
{
    give(mapper, 9, OWN, RWX);
    give(mapper, 10, OWN + PAGE, RWX);
    map(mapper, receiver, pages(OWN, 12, RWX), WINDOW, L4_CompleteAddressSpace);
    map(receiver, third, pages(WINDOW, 12, RWX), WINDOW,
        L4_CompleteAddressSpace);
    map(mapper, receiver, pages(OWN, 12, RWX), WINDOW, L4_CompleteAddressSpace);
    EQUAL(word_at(third, WINDOW), MARK + 9);
    verdict("%s: the same page once more disturbs nothing below", where);
    map(mapper, receiver, pages(OWN + PAGE, 12, RWX), WINDOW,
        L4_CompleteAddressSpace);
    EQUAL(word_at(receiver, WINDOW), MARK + 10);
    EQUAL(word_at(third, WINDOW), HOLE);
    verdict("%s: another page replaces it, with all that came from it", where);
    take_back(9, 12);
    EQUAL(word_at(receiver, WINDOW), MARK + 10);
    take_back(10, 12);
    EQUAL(word_at(receiver, WINDOW), HOLE);
    verdict("%s: and belongs to its own source from then on", where);
}

/* --- the kernel's pages in the receiver --- */

static L4_Word_t
check_own_pages(L4_Word_t a, L4_Word_t b, L4_Word_t c)
{
    const volatile L4_Word_t *kip = L4_GetKernelInterface();
    L4_Word_t mrs[L4_MRS];

    (void)a, (void)b, (void)c;
    EQUAL((L4_Word_t)kip, STAGE_KIP);
    EQUAL(kip[0], L4_KIP_MAGIC);
    for (int i = 0; i < L4_MRS; i++)
        L4_LoadMR(i, 0xabc00 + (L4_Word_t)i);
    L4_StoreMRs(0, L4_MRS, mrs);
    for (int i = 0; i < L4_MRS; i++)
        EQUAL(mrs[i], 0xabc00 + (L4_Word_t)i);
    return l4_tcr_get(L4_TCR_MY_GLOBAL_ID);
}

static L4_Word_t
flush_all(L4_Word_t a, L4_Word_t b, L4_Word_t c)
{
    L4_Set_UserDefinedHandle(0x4711);
    (void)L4_Flush(l4_fpage(L4_CompleteAddressSpace.raw | RWX));
    EQUAL(L4_UserDefinedHandle(), 0x4711);
    return check_own_pages(a, b, c);
}

static void
kernel_pages(void)
{
    (void)errand(mapper, do_touch, page_of(0), ARENA_PAGES, 0);
    map(mapper, receiver, pages(page_of(0), 15, RWX), STAGE_UTCB,
        L4_CompleteAddressSpace);
    EQUAL(errand(receiver, check_own_pages, 0, 0, 0), receiver.raw);
    EQUAL(arena[0][0], MARK);
    EQUAL(arena[1][0], MARK + 1);
    verdict("%s: UTCBs are never mapped over", where);
    map(mapper, receiver, pages(page_of(0), 12, RWX), STAGE_KIP,
        L4_CompleteAddressSpace);
    EQUAL(errand(receiver, check_own_pages, 0, 0, 0), receiver.raw);
    verdict("%s: the interface page is never mapped over", where);
    map(mapper, receiver, pages(STAGE_UTCB, 15, RWX), 0,
        L4_FpageLog2(0x200000, 15));
    map(mapper, receiver, pages(STAGE_KIP, 12, RWX), 0,
        L4_FpageLog2(WINDOW, 12));
    grant(mapper, receiver, pages(STAGE_UTCB, 15, RWX), 0,
          L4_FpageLog2(0x200000, 15));
    EQUAL(word_at(receiver, WINDOW), HOLE);
    expect_holes(receiver, 0x200000, 8);
    EQUAL(errand(mapper, check_own_pages, 0, 0, 0), mapper.raw);
    verdict("%s: UTCBs and interface page are never mapped or granted on",
            where);
    EQUAL(errand(receiver, flush_all, 0, 0, 0), receiver.raw);
    verdict("%s: flushing everything leaves UTCBs and interface page", where);
    (void)flush(mapper, pages(0xc0000000, 29, RWX));
    (void)flush(mapper, pages(0xe0000000, 29, RWX));
    EQUAL(errand(receiver, check_own_pages, 0, 0, 0), receiver.raw);
    EQUAL(errand(third, check_own_pages, 0, 0, 0), third.raw);
    verdict("%s: flushing beyond the user's part harms nobody", where);
    fault_count = 0;
}

/* No UTCB lies in the last pages of the area; they are the kernel's all the
 * same. Where nothing is mapped, reading faults for good. */
static void
unused_utcb_pages(void)
{
    L4_Word_t unused = STAGE_UTCB + 0x7000;

    map(mapper, receiver, pages(page_of(11), 12, RWX), unused,
        L4_CompleteAddressSpace);
    errand_begin(receiver, do_probe, unused, 0, 0);
    for (int i = 0; i < 30 && fault_count == 0; i++)
        sleep_ms(1);
    EQUAL(fault_count, 1);
    EQUAL(fault_log[0].address, unused);
    verdict("%s: a page of the UTCB area without UTCBs takes no mapping, "
            "either",
            where);
}

/* --- pages of 4 MB --- */

enum {
    BIG_LOG2 = 22,
    BIG_BYTES = 1 << BIG_LOG2,
    BIG_PAGES = BIG_BYTES / PAGE,
    BIG = 0x40000000, /* where large spaces have 4 MB from sigma0 */
    PLACES = 150,
};

static volatile L4_Word_t *
big_page(unsigned n)
{
    return (volatile L4_Word_t *)(BIG + n * PAGE);
}

/* The director gets 4 MB, or none: then there is no plan to go by. */
static int
big_open(void)
{
    L4_Fpage_t all =
        L4_Sigma0_GetAny(L4_nilthread, BIG_LOG2, L4_FpageLog2(BIG, BIG_LOG2));

    EXPECT(!L4_IsNilFpage(all));
    if (!verdict("sigma0 gives 4 MB"))
        return 0;
    for (unsigned n = 0; n < BIG_PAGES; n++)
        *big_page(n) = MARK + n;
    return 1;
}

/* Faults there are answered by a page of the arena that says so. */
static int
hole_hook(L4_ThreadId_t from, L4_MsgTag_t tag)
{
    L4_Word_t address = l4_utcb()[1];
    L4_MapItem_t item;

    (void)from;
    if (!L4_IsPageFault(tag) || address - BIG >= BIG_BYTES)
        return 0;
    fault_count = fault_count + 1;
    arena[ARENA_PAGES - 1][0] = HOLE;
    item = L4_MapItem(pages(page_of(ARENA_PAGES - 1), 12, RWX), address);
    L4_Set_MsgTag(l4_tag(2UL << 6));
    L4_LoadMRs(1, 2, item.raw);
    return 1;
}

/* The director maps to `to`. */
static void
give_fpage(L4_ThreadId_t to, L4_Fpage_t f, L4_Word_t base)
{
    L4_MapItem_t item = L4_MapItem(f, base);

    errand_begin(to, receive, L4_Myself().raw, L4_CompleteAddressSpace.raw, 0);
    L4_Set_MsgTag(l4_tag(2UL << 6));
    L4_LoadMRs(1, 2, item.raw);
    EXPECT(L4_IpcSucceeded(L4_Send_Timeout(to, ms(500))));
    EQUAL(errand_end(to), 0);
}

static L4_Word_t
own_status(L4_Word_t address, L4_Word_t log2)
{
    return L4_UnmapFpage(pages(address, log2, 0)).raw & 7;
}

/* 4 MB of the director's to a large receiver, and parts of them further on. */
static void
big_to_large(enum kind kind)
{
    const char *whom = kind == SMALL ? "small" : "large";
    L4_Fpage_t all = pages(BIG, BIG_LOG2, RWX);

    receiver = servant_space(LARGE);
    third = servant_space(kind);
    give_fpage(receiver, all, BIG);
    for (unsigned n = 0; n < BIG_PAGES; n += 31)
        EQUAL(word_at(receiver, BIG + n * PAGE), MARK + n);
    EXPECT(writes(receiver, BIG + 77 * PAGE, 1));
    EQUAL(*big_page(77), 1);
    *big_page(77) = MARK + 77;
    verdict("4 MB go to a large space at once");
    EQUAL(own_status(BIG, BIG_LOG2) & RW, RW);
    EQUAL(own_status(BIG, BIG_LOG2), 0);
    EQUAL(word_at(receiver, BIG + 5 * PAGE), MARK + 5);
    EQUAL(own_status(BIG, BIG_LOG2), L4_Readable | L4_eXecutable);
    verdict("their status is told, once");

    map(receiver, third, pages(BIG + 512 * PAGE, 16, RWX), WINDOW,
        L4_CompleteAddressSpace);
    expect_pages(third, WINDOW, 16, 512);
    EXPECT(writes(third, WINDOW + PAGE, 0x77));
    EQUAL(*big_page(513), 0x77);
    *big_page(513) = MARK + 513;
    EQUAL(unmap(receiver, pages(BIG + 513 * PAGE, 12, 0)) & RW, RW);
    EQUAL(unmap(receiver, pages(BIG + 514 * PAGE, 12, 0)) & RW, L4_Readable);
    EQUAL(own_status(BIG, BIG_LOG2) & RW, RW);
    verdict("a part goes on to a %s space, each page with its status", whom);

    (void)L4_UnmapFpage(pages(BIG + 514 * PAGE, 12, RWX));
    EQUAL(word_at(third, WINDOW + 2 * PAGE), HOLE);
    EQUAL(word_at(receiver, BIG + 514 * PAGE), HOLE);
    expect_pages(third, WINDOW + 3 * PAGE, 13, 515);
    EQUAL(word_at(receiver, BIG + 513 * PAGE), MARK + 513);
    EQUAL(word_at(receiver, BIG + 515 * PAGE), MARK + 515);
    EQUAL(*big_page(514), MARK + 514);
    verdict("one page of 4 MB is taken away, from a %s space, too", whom);

    (void)L4_UnmapFpage(pages(BIG + 516 * PAGE, 12, L4_Writable));
    EXPECT(!writes(third, WINDOW + 4 * PAGE, 1));
    EXPECT(writes(third, WINDOW + 5 * PAGE, MARK + 517));
    EQUAL(*big_page(516), MARK + 516);
    verdict("one page of 4 MB is write-protected, in a %s space, too", whom);

    grant(receiver, third, pages(BIG + 700 * PAGE, 12, RWX), ELSEWHERE,
          L4_CompleteAddressSpace);
    EQUAL(word_at(third, ELSEWHERE), MARK + 700);
    EQUAL(word_at(receiver, BIG + 700 * PAGE), HOLE);
    (void)flush(receiver, all);
    EQUAL(word_at(third, ELSEWHERE), MARK + 700);
    EQUAL(word_at(third, WINDOW), HOLE);
    EQUAL(word_at(receiver, BIG), HOLE);
    EQUAL(word_at(receiver, BIG + 1023 * PAGE), HOLE);
    verdict("a page granted to a %s space is not the granter's any more", whom);
    (void)L4_UnmapFpage(all);
    EQUAL(word_at(third, ELSEWHERE), HOLE);
    verdict("nor does it outlive the 4 MB that it came from");
    stage_kill(third);
    stage_kill(receiver);
}

static void
big_whole(void)
{
    L4_Fpage_t all = pages(BIG, BIG_LOG2, RWX);

    receiver = servant_space(LARGE);
    third = servant_space(LARGE);
    give_fpage(receiver, all, BIG);
    map(receiver, third, pages(BIG, BIG_LOG2, L4_Readable), BIG,
        L4_CompleteAddressSpace);
    EQUAL(word_at(third, BIG + 1000 * PAGE), MARK + 1000);
    EXPECT(!writes(third, BIG + 1001 * PAGE, 1));
    EQUAL(*big_page(1001), MARK + 1001);
    verdict("4 MB mapped read-only can't be written");
    (void)unmap(receiver, all);
    EQUAL(word_at(third, BIG + 1000 * PAGE), HOLE);
    EQUAL(word_at(receiver, BIG + 1000 * PAGE), MARK + 1000);
    stage_kill(third);
    third = servant_space(LARGE);
    grant(receiver, third, all, BIG, L4_CompleteAddressSpace);
    EQUAL(word_at(third, BIG + 3 * PAGE), MARK + 3);
    EQUAL(word_at(receiver, BIG + 3 * PAGE), HOLE);
    verdict("4 MB are granted at once");
    give_fpage(third, pages(page_of(5), 12, RWX), BIG + 8 * PAGE);
    EQUAL(word_at(third, BIG + 8 * PAGE), MARK + 5);
    EQUAL(word_at(third, BIG + 9 * PAGE), MARK + 9);
    (void)L4_UnmapFpage(all);
    EQUAL(word_at(third, BIG + 8 * PAGE), MARK + 5);
    EQUAL(word_at(third, BIG + 9 * PAGE), HOLE);
    verdict("another page takes the place of one, and is not of the 4 MB");
    stage_kill(third);
    stage_kill(receiver);

    receiver = servant_space(LARGE);
    for (L4_Word_t i = 1; i <= PLACES; i++)
        give_fpage(receiver, all, BIG + i * BIG_BYTES);
    EQUAL(word_at(receiver, BIG + PLACES * BIG_BYTES + 9 * PAGE), MARK + 9);
    verdict("600 MB are mapped in a few KB of kernel memory");
    stage_kill(receiver);
}

/* A large space with 4 MB becomes small, and large again. */
static void
big_moves(void)
{
    L4_Word_t low = 2 * BIG_BYTES;

    receiver = servant_space(LARGE);
    give_fpage(receiver, pages(BIG, BIG_LOG2, RWX), low);
    EXPECT(pn_space_resize(receiver, (low + BIG_BYTES) / PAGE));
    EXPECT(stage_is_small(receiver));
    for (unsigned n = 0; n < BIG_PAGES; n += 61)
        EQUAL(word_at(receiver, low + n * PAGE), MARK + n);
    EXPECT(writes(receiver, low + 5 * PAGE, 0x55));
    EQUAL(*big_page(5), 0x55);
    *big_page(5) = MARK + 5;
    verdict("a space with 4 MB becomes small and keeps them");
    EXPECT(pn_space_resize(receiver, 0));
    EXPECT(!stage_is_small(receiver));
    for (unsigned n = 0; n < BIG_PAGES; n += 61)
        EQUAL(word_at(receiver, low + n * PAGE), MARK + n);
    verdict("and large again");
    EQUAL(own_status(BIG, BIG_LOG2) & RW, RW);
    (void)L4_UnmapFpage(pages(BIG, BIG_LOG2, RWX));
    give_fpage(receiver, pages(page_of(1), 12, RWX), WINDOW);
    EQUAL(word_at(receiver, WINDOW), MARK + 1);
    stage_kill(receiver);
}

/* --- beyond a small receiver's limit --- */

static void
beyond_limit(enum kind kind)
{
    L4_Word_t base = (stage_small_pages() * PAGE + 0x10000) & ~0x3fffUL;

    arena_fill(MARK);
    mapper = servant_space(kind);
    receiver = servant_space(SMALL);
    (void)errand(mapper, do_touch, page_of(0), ARENA_PAGES, 0);
    map(mapper, receiver, pages(page_of(0), 12, RWX), WINDOW,
        L4_CompleteAddressSpace);
    EXPECT(stage_is_small(receiver));
    map(mapper, receiver, pages(page_of(4), 14, RWX), base,
        L4_CompleteAddressSpace);
    EXPECT(!stage_is_small(receiver));
    expect_pages(receiver, base, 4, 4);
    EQUAL(word_at(receiver, WINDOW), MARK);
    verdict("a mapping beyond the limit, from a %s space, makes the receiver "
            "large",
            kind == SMALL ? "small" : "large");
    stage_kill(mapper);
    stage_kill(receiver);
}

int
main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    stage_open();
    FOR_PLACEMENTS(p)
    {
        cast(p);
        windows();
        odd_items();
        messages();
        rights();
        unmapping();
        parts();
        many();
        status();
        granting();
        in_the_way();
        kernel_pages();
        unused_utcb_pages();
        dismiss();
    }
    beyond_limit(LARGE);
    beyond_limit(SMALL);
    arena_fill(MARK);
    stage_fault_hook = hole_hook;
    if (big_open()) {
        big_to_large(LARGE);
        big_to_large(SMALL);
        big_whole();
        big_moves();
    }
    done();
}
