/*
 * tests/api/recycle.c - what threads, spaces and mappings took is given back
 * when they go (sheet section 8), down to the last frame of the kernel's.
 *
 * Measured by filling the kernel up: how many spaces can be made before it
 * says that memory is out (error 8)? The number must be the same after
 * whatever happened in between. Arguments: full, for more rounds; cycles=N, of
 * spaces that come and go.
 */
#include "stage.h"

#include <pn/image.h>
#include <pn/space.h>

#define NIL     L4_nilthread
#define KEEP    ((void *)-1)
#define IGNORED 0xeeUL
#define RWX     L4_FullyAccessible

enum {
    TINY_KIP = 0x1000,
    TINY_UTCB = 0x2000,
    TINY_PAGES = 3,
    RECORDS = 42, /* of spaces, in a page of the kernel's */
    PINS = 128,   /* places of 4 MB in the area */
    PINNED_KIP = 0x200000,
    PINNED_UTCB = 0x300000,
};

static L4_ThreadId_t me;
static L4_Word_t rounds = 150, cycles = 600;

/* Numbers of their own, far from the stage's. */
static L4_ThreadId_t
mass_id(L4_Word_t n)
{
    return L4_GlobalId(200 + n, 1);
}

static L4_Word_t
most(void)
{
    return (1UL << L4_ThreadIdBits(NULL)) - 200;
}

/* --- one space of a kind --- */

enum fill { BARE, WITH_UTCB, SMALL_WITH_UTCB, TINY, FILLS };

static int
make_one(L4_ThreadId_t id, enum fill fill)
{
    L4_Fpage_t kip = stage_kip_area(), utcb = stage_utcb_area();
    L4_Word_t old = 0, utcb_at = STAGE_UTCB, pages = 0x400;

    l4_tcr_set(L4_TCR_ERROR_CODE, IGNORED);
    if (!L4_ThreadControl(id, id, me, NIL, KEEP))
        return 0;
    if (fill == BARE)
        return 1;
    if (fill == TINY) {
        kip = L4_FpageLog2(TINY_KIP, 12);
        utcb = L4_FpageLog2(utcb_at = TINY_UTCB, 12);
        pages = TINY_PAGES;
    }
    if (!L4_SpaceControl(id, 0, kip, utcb, NIL, &old) ||
        !L4_ThreadControl(id, id, NIL, me, (void *)utcb_at))
        return 0;
    return fill == WITH_UTCB || pn_space_resize(id, pages);
}

static void
unmake(L4_Word_t count)
{
    for (L4_Word_t n = 0; n < count; n++)
        EXPECT(pn_thread_kill(mass_id(n)));
}

/* How many there can be; the last one, half made, is taken away, too. */
static L4_Word_t
fill_up(enum fill fill)
{
    L4_Word_t n = 0;

    while (n < most() && make_one(mass_id(n), fill))
        n++;
    return n;
}

static L4_Word_t
capacity(enum fill fill)
{
    L4_Word_t n = fill_up(fill);

    if (n < most())
        EXPECT(L4_ErrorCode() == L4_ErrNoMem || fill >= SMALL_WITH_UTCB);
    unmake(n < most() ? n + 1 : n);
    return n;
}

static L4_Word_t bare_capacity;

static void
nothing_lost(void)
{
    EQUAL(capacity(BARE), bare_capacity);
}

/* --- filling up --- */

/*
 * An uninitialised space takes a page directory and its record; so many of
 * those are all that the kernel has.
 */
static void
measure(const L4_Word_t fit[FILLS])
{
    L4_Word_t memory = fit[BARE] * (PAGE + PAGE / RECORDS);
    L4_Word_t small = memory / fit[TINY], large = memory / fit[WITH_UTCB];

    diag("kernel memory: a small space with a thread takes %lu bytes, a large "
         "one %lu",
         small, large);
    EXPECT(small < PAGE + 1024); /* a page of UTCBs, and what else? */
    EXPECT(large >= 3 * PAGE && large < 3 * PAGE + 1024);
    verdict("a small space takes at most 1 KB beside its UTCBs, a large one "
            "two pages more");
}

static void
filling(void)
{
    static const char *const what[FILLS] = {
        "uninitialised spaces", "large spaces with a thread",
        "small spaces with a thread, of 4 MB",
        "small spaces with a thread, of three pages"};
    L4_Word_t fit[FILLS];

    bare_capacity = capacity(BARE);
    EXPECT(bare_capacity > 50);
    for (enum fill f = BARE; f < FILLS; f++) {
        L4_Word_t first = fit[f] = capacity(f);

        diag("%lu %s", first, what[f]);
        EXPECT(first > 20);
        EQUAL(capacity(f), first);
        EQUAL(capacity(f), first);
        verdict("%s: as many fit the second and the third time", what[f]);
        nothing_lost();
        verdict("%s: and nothing is lost to the others", what[f]);
    }
    measure(fit);
}

/* --- coming and going --- */

static void
idle(L4_Word_t unused)
{
    (void)unused;
    pn_image_touch();
}

static void
threads_come_and_go(void)
{
    L4_ThreadId_t host = stage_space(SMALL);

    for (L4_Word_t i = 0; i < rounds * 4; i++) {
        L4_ThreadId_t id = stage_thread(host);

        if (i % 16 == 0) {
            stage_start(id, idle, 0);
            stage_wait(id);
        }
        stage_kill(id);
    }
    stage_kill(host);
    nothing_lost();
    verdict("%lu threads come and go in one space", rounds * 4);
}

static void
spaces_come_and_go(void)
{
    for (L4_Word_t i = 0; i < cycles; i++) {
        L4_ThreadId_t id = mass_id(i % 7);

        EXPECT(make_one(id, (enum fill)(i % FILLS)));
        EXPECT(pn_thread_kill(id));
    }
    nothing_lost();
    verdict("%lu spaces come and go", cycles);
}

static void
running_spaces_come_and_go(void)
{
    for (L4_Word_t i = 0; i < rounds; i++) {
        L4_ThreadId_t id = stage_space(i % 2 ? SMALL : LARGE);

        stage_start(id, idle, 0);
        if (i % 3)
            stage_wait(id);
        stage_kill(id);
    }
    nothing_lost();
    verdict("%lu spaces with their mappings come and go, some while they run",
            rounds);
}

static void
sizes_come_and_go(void)
{
    L4_ThreadId_t id = stage_space(LARGE);
    L4_Word_t pages = stage_small_pages();

    stage_start(id, idle, 0);
    stage_wait(id);
    for (L4_Word_t i = 0; i < rounds; i++) {
        EXPECT(pn_space_resize(id, pages + i % 13));
        EXPECT(pn_space_move(id));
        if (i % 3 == 0)
            EXPECT(pn_space_resize(id, 0));
    }
    stage_kill(id);
    nothing_lost();
    verdict("a space changes its size and kind %lu times", rounds);
}

static void
beyond(L4_Word_t address)
{
    (void)*(volatile L4_Word_t *)address;
}

static void
promotions_come_and_go(void)
{
    for (L4_Word_t i = 0; i < rounds / 2; i++) {
        L4_ThreadId_t id = stage_space(SMALL);

        stage_start(id, beyond, 0x10000000 + i % 64 * 0x400000);
        for (int n = 0; n < 200 && stage_is_small(id); n++)
            sleep_ms(1);
        EXPECT(!stage_is_small(id));
        stage_kill(id);
    }
    fault_count = 0;
    nothing_lost();
    verdict("%lu small spaces outgrow their limit and go", rounds / 2);
}

/* --- mappings --- */

static L4_Word_t
receive_all(L4_Word_t count, L4_Word_t b, L4_Word_t c)
{
    (void)b, (void)c;
    L4_Accept(L4_MapGrantItems(L4_CompleteAddressSpace));
    for (L4_Word_t i = 0; i < count; i++)
        EXPECT(L4_IpcSucceeded(L4_Receive_Timeout(me, ms(500))));
    L4_Accept(L4_UntypedWordsAcceptor);
    return 0;
}

static void
send_pages(L4_ThreadId_t to, L4_Word_t log2, L4_Word_t base)
{
    L4_MapItem_t item = L4_MapItem(
        L4_FpageAddRights(L4_FpageLog2((L4_Word_t)arena[0], log2), RWX), base);

    L4_Set_MsgTag(l4_tag(2UL << 6));
    L4_LoadMRs(1, 2, item.raw);
    EXPECT(L4_IpcSucceeded(L4_Send_Timeout(to, ms(100))));
}

static void
take_pages_back(void)
{
    (void)L4_UnmapFpage(
        L4_FpageAddRights(L4_FpageLog2((L4_Word_t)arena[0], 18), RWX));
}

static void
mappings_come_and_go(void)
{
    L4_ThreadId_t s[2] = {servant_space(SMALL), servant_space(LARGE)};

    for (L4_Word_t i = 0; i < rounds; i++) {
        for (int n = 0; n < 2; n++) {
            errand_begin(s[n], receive_all, 2, 0, 0);
            send_pages(s[n], 18, 0x100000);
            send_pages(s[n], 16, 0x200000 + i % 16 * 0x10000);
            (void)errand_end(s[n]);
        }
        if (i % 4 == 3)
            take_pages_back();
    }
    stage_kill(s[0]);
    stage_kill(s[1]);
    nothing_lost();
    verdict("%lu mappings of 80 pages come and go in two spaces", rounds * 2);
}

/* --- at the end of memory --- */

static L4_Word_t
receive_result(L4_Word_t window, L4_Word_t b, L4_Word_t c)
{
    L4_MsgTag_t tag;

    (void)b, (void)c;
    L4_Accept(l4_acceptor(window));
    tag = L4_Receive_Timeout(me, ms(500));
    L4_Accept(L4_UntypedWordsAcceptor);
    return L4_IpcFailed(tag) ? L4_ErrorCode() : 0;
}

/* A page where its space has no page table yet. */
static L4_Word_t
map_far(L4_ThreadId_t to, L4_Word_t *send_error)
{
    L4_MapItem_t item = L4_MapItem(
        L4_FpageAddRights(L4_FpageLog2((L4_Word_t)arena[0], 12), RWX),
        0x40000000);

    errand_begin(to, receive_result, L4_CompleteAddressSpace.raw, 0, 0);
    L4_Set_MsgTag(l4_tag(2UL << 6));
    L4_LoadMRs(1, 2, item.raw);
    *send_error =
        L4_IpcFailed(L4_Send_Timeout(to, ms(100))) ? L4_ErrorCode() : 0;
    return errand_end(to);
}

/* So that it needs no page table any more. */
static L4_Word_t
touch_image(L4_Word_t a, L4_Word_t b, L4_Word_t c)
{
    (void)a, (void)b, (void)c;
    pn_image_touch();
    return 0;
}

/* Inactive, in an initialised space that has no UTCB yet. */
static L4_ThreadId_t
dormant_thread(L4_ThreadId_t scheduler)
{
    L4_ThreadId_t id = stage_new_id();
    L4_Word_t old;

    EXPECT(L4_ThreadControl(id, id, scheduler, NIL, KEEP));
    EXPECT(
        L4_SpaceControl(id, 0, stage_kip_area(), stage_utcb_area(), NIL, &old));
    return id;
}

/* Not for a thread of the space of `member`, new or moved there or woken. */
static void
no_utcb(L4_ThreadId_t id, L4_ThreadId_t member, L4_ThreadId_t scheduler)
{
    EQUAL(L4_ThreadControl(id, member, scheduler, stage_pager(),
                           (void *)STAGE_UTCB),
          0);
    EQUAL(L4_ErrorCode(), L4_ErrNoMem);
}

/* Take all that is left: what the demotion of a large space has set free. */
static L4_Word_t
fill_again(L4_Word_t n)
{
    while (n < most() && make_one(mass_id(n), BARE))
        n++;
    EQUAL(L4_ErrorCode(), L4_ErrNoMem);
    return n;
}

static L4_Word_t
map_to(L4_ThreadId_t to, L4_Word_t at, L4_Word_t *send_error)
{
    L4_MapItem_t item = L4_MapItem(
        L4_FpageAddRights(L4_FpageLog2((L4_Word_t)arena[0], 12), RWX), at);

    errand_begin(to, receive_result, L4_CompleteAddressSpace.raw, 0, 0);
    L4_Set_MsgTag(l4_tag(2UL << 6));
    L4_LoadMRs(1, 2, item.raw);
    *send_error =
        L4_IpcFailed(L4_Send_Timeout(to, ms(100))) ? L4_ErrorCode() : 0;
    return errand_end(to);
}

static L4_Word_t
receive_string(L4_Word_t at, L4_Word_t b, L4_Word_t c)
{
    (void)b, (void)c;
    L4_LoadBR(0, 1);
    L4_LoadBR(1, 64UL << 10);
    L4_LoadBR(2, at);
    at = L4_IpcFailed(L4_Receive_Timeout(me, ms(500))) ? L4_ErrorCode() : 0;
    L4_Accept(L4_UntypedWordsAcceptor);
    return at;
}

static L4_Word_t
string_to(L4_ThreadId_t to, L4_Word_t at, L4_Word_t *send_error)
{
    errand_begin(to, receive_string, at, 0, 0);
    L4_LoadMR(1, 64UL << 10);
    L4_LoadMR(2, (L4_Word_t)arena[0]);
    L4_Set_MsgTag(l4_tag(2UL << 6));
    *send_error =
        L4_IpcFailed(L4_Send_Timeout(to, ms(100))) ? L4_ErrorCode() : 0;
    return errand_end(to);
}

/* Reaches out; its director is its exception handler. */
static L4_Word_t
reach_out(L4_Word_t address, L4_Word_t b, L4_Word_t c)
{
    L4_Word_t word;

    (void)b, (void)c;
    L4_Set_ExceptionHandler(me);
    __asm__ volatile("movl (%1), %0" : "=a"(word) : "S"(address));
    return word;
}

/* The same, and the handler takes it on behind the two bytes. */
static void
reach_out_to_handler(L4_ThreadId_t id, L4_Word_t address)
{
    L4_MsgTag_t tag;

    errand_begin(id, reach_out, address, 0, 0);
    tag = L4_Receive_Timeout(id, ms(1000));
    EXPECT(L4_IsException(tag));
    EQUAL(l4_utcb()[L4_ExcVector], 13);
    EQUAL(l4_utcb()[L4_ExcErrorCode], 0);
    EQUAL(l4_utcb()[L4_ExcEsi], address);
    l4_utcb()[L4_ExcEip] += 2;
    l4_utcb()[L4_ExcEax] = 0x600d;
    L4_Set_MsgTag(l4_tag(L4_ExceptionWords));
    EXPECT(L4_IpcSucceeded(L4_Send_Timeout(id, ms(100))));
    EQUAL(errand_end(id), 0x600d);
}

/* Small `live` cannot become large. */
static void
no_promotion(L4_ThreadId_t live)
{
    L4_Word_t end = stage_small_pages() * PAGE, old = 0, send_error;
    L4_Word_t first = 3000, n = fill_again(first);
    struct pn_place before, after;

    EXPECT(pn_place(live, 0, 0, &old, &before));
    EQUAL(pn_space_resize(live, 0), 0);
    EQUAL(L4_ErrorCode(), L4_ErrNoMem); /* of fill_again: no error itself */
    EXPECT(pn_place(live, PN_SmallPages(before.size / PAGE), before.base + PAGE,
                    &old, &after));
    EXPECT(!PN_TookEffect(old));
    EQUAL(after.base, before.base);
    EQUAL(after.size, before.size);
    EXPECT(stage_is_small(live));
    verdict("without memory a small space cannot be made large, nor slid: no "
            "error, no effect");
    reach_out_to_handler(live, end + 0x10000000);
    EXPECT(stage_is_small(live));
    verdict("reaching beyond its limit is exception 13 for its handler");
    EQUAL(map_to(live, end + PAGE, &send_error), 9);
    EQUAL(send_error, 8);
    verdict("a map item beyond its limit is a message overflow");
    EQUAL(string_to(live, end + PAGE, &send_error) & 0xf, 9);
    EQUAL(send_error & 0xf, 8);
    verdict("a string beyond its limit is a message overflow");
    EXPECT(stage_is_small(live));
    EQUAL(errand(live, touch_image, 0, 0, 0), 0);
    verdict("it is small, and alive");
    while (n > first)
        EXPECT(pn_thread_kill(mass_id(--n)));
}

static void
out_of_memory(void)
{
    L4_ThreadId_t live = servant_space(LARGE), dormant, extra = stage_new_id();
    L4_Word_t n, send_error;

    (void)errand(live, touch_image, 0, 0, 0);
    dormant = dormant_thread(live);
    n = fill_up(BARE);
    EXPECT(n < most());
    EQUAL(L4_ErrorCode(), L4_ErrNoMem);
    EQUAL(L4_ThreadControl(mass_id(n), mass_id(n), me, NIL, KEEP), 0);
    EQUAL(L4_ErrorCode(), L4_ErrNoMem);
    verdict("without memory for a space ThreadControl gives 0, error 8, every "
            "time");
    EQUAL(L4_SpaceControl(mass_id(0), 0, stage_kip_area(), stage_utcb_area(),
                          NIL, &send_error),
          0);
    EQUAL(L4_ErrorCode(), L4_ErrNoMem);
    verdict("SpaceControl gives 0, error 8");
    no_utcb(dormant, dormant, L4_nilthread);
    no_utcb(extra, dormant, me);
    EQUAL(stage_state(dormant), L4_SchedInactive);
    EQUAL(stage_state(extra), L4_SchedErr);
    no_utcb(live, dormant, L4_nilthread);
    EQUAL(errand(live, touch_image, 0, 0, 0), 0);
    verdict("without memory for a UTCB nobody is activated, made or moved: "
            "error 8");
    EQUAL(map_far(live, &send_error), 9);
    EQUAL(send_error, 8);
    verdict("a map item that finds no memory is a message overflow");
    EQUAL(pn_space_resize(live, stage_small_pages()), 1);
    verdict("a large space can be made small without memory");
    no_promotion(live);
    unmake(n);
    EQUAL(map_far(live, &send_error), 0);
    EQUAL(send_error, 0);
    verdict("with memory again, the same works");
    stage_kill(dormant);
    stage_kill(live);
    stage_free_id(extra);
    nothing_lost();
    verdict("running out of memory has lost none");
}

/* --- the small area --- */

static int
place_by_number(L4_ThreadId_t id, L4_Word_t number)
{
    L4_Word_t old = 0;

    l4_tcr_set(L4_TCR_ERROR_CODE, IGNORED);
    EXPECT(L4_SpaceControl(id, L4_SpaceControlSmall | number, L4_Nilpage,
                           L4_Nilpage, NIL, &old));
    EQUAL(L4_ErrorCode(), IGNORED);
    return PN_TookEffect(old) != 0;
}

static void
make_pinnable(L4_Word_t n)
{
    L4_Word_t old;

    EXPECT(L4_ThreadControl(mass_id(n), mass_id(n), me, NIL, KEEP));
    EXPECT(L4_SpaceControl(mass_id(n), 0, L4_FpageLog2(PINNED_KIP, 12),
                           L4_FpageLog2(PINNED_UTCB, 12), NIL, &old));
}

static L4_Word_t
number_of_place(L4_Word_t n)
{
    return L4_SmallSpace(n * 4, 4);
}

/* Nothing of the small area is to be had for the space number n. */
static void
no_place(L4_Word_t n)
{
    EXPECT(!pn_space_resize(mass_id(n), 0x400));
    EXPECT(!place_by_number(mass_id(n), number_of_place(n % PINS)));
    EXPECT(!place_by_number(mass_id(n), L4_SmallSpace(0, 8)));
    EXPECT(!place_by_number(mass_id(n), L4_SmallSpace(0, 512)));
    EXPECT(!stage_is_small(mass_id(n)));
}

static void
out_of_area(void)
{
    L4_Word_t n;

    for (n = 0; n < PINS; n++) {
        make_pinnable(n);
        EXPECT(place_by_number(mass_id(n), number_of_place(n)));
    }
    verdict("all %u places of 4 MB can be had", PINS);
    make_pinnable(PINS);
    no_place(PINS);
    EXPECT(!pn_space_move(mass_id(0)));
    EXPECT(!pn_space_resize(mass_id(0), 0x401));
    EXPECT(stage_is_small(mass_id(0)));
    verdict("then there is no place: no error, no effect");
    EXPECT(pn_thread_kill(mass_id(77)));
    EXPECT(pn_space_resize(mass_id(PINS), 0x400));
    make_pinnable(77);
    no_place(77);
    EXPECT(pn_space_resize(mass_id(PINS), 0x3ff));
    EXPECT(make_one(mass_id(PINS + 1), BARE));
    no_place(77);
    verdict("until one goes");
    unmake(PINS + 2);
    nothing_lost();
    verdict("a full area has lost nothing");
}

/* --- thread numbers and UTCBs --- */

static void
all_utcbs(void)
{
    L4_ThreadId_t host = stage_space(LARGE);
    L4_Word_t n, slots = (1UL << STAGE_UTCB_LOG2) / 512;

    for (n = 1; n < slots; n++)
        EXPECT(L4_ThreadControl(mass_id(n), host, me, me,
                                (void *)(STAGE_UTCB + n * 512)));
    verdict("%lu threads fill a UTCB area", slots);
    for (n = 1; n < slots; n++)
        EXPECT(pn_thread_kill(mass_id(n)));
    stage_kill(host);
    nothing_lost();
    verdict("and give it back");
}

static void
all_numbers(void)
{
    L4_ThreadId_t host = stage_space(LARGE);
    L4_Word_t n;

    for (n = 0; n < most(); n++)
        EXPECT(L4_ThreadControl(mass_id(n), host, me, NIL, KEEP));
    verdict("inactive threads can have all numbers, %lu of them", most());
    l4_tcr_set(L4_TCR_ERROR_CODE, IGNORED);
    EQUAL(L4_ThreadControl(mass_id(most()), host, me, NIL, KEEP), 0);
    EQUAL(L4_ErrorCode(), L4_ErrInvalidThread);
    EQUAL(L4_ThreadControl(mass_id(most()), mass_id(most()), me, NIL, KEEP), 0);
    EQUAL(L4_ErrorCode(), L4_ErrInvalidThread);
    verdict("and the number behind them is error 2");
    for (n = 0; n < most(); n++)
        EXPECT(pn_thread_kill(mass_id(n)));
    stage_kill(host);
    nothing_lost();
    verdict("and give them back");
}

int
main(int argc, char **argv)
{
    me = L4_Myself();
    stage_open();
    if (has_argument(argc, argv, "full"))
        rounds = 2500;
    cycles = number_argument(argc, argv, "cycles=", cycles);
    filling();
    threads_come_and_go();
    spaces_come_and_go();
    running_spaces_come_and_go();
    sizes_come_and_go();
    promotions_come_and_go();
    mappings_come_and_go();
    out_of_memory();
    out_of_area();
    all_utcbs();
    all_numbers();
    done();
}
