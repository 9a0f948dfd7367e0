/*
 * tests/api/moves.c - small spaces change their size, place and kind
 * (docs/api.md, "Extensions"), whatever their threads are doing meanwhile.
 */
#include "places.h"
#include "rtc.h"

#include <l4/sigma0.h>
#include <pn/image.h>

#define NIL L4_nilthread
#define RWX L4_FullyAccessible

static L4_ThreadId_t me;

/* Behind the image anybody may have two pages. */
static L4_Word_t room[2][PAGE / 4] __attribute__((aligned(PAGE)));
static volatile L4_Word_t pages_given;

static int
give_room(L4_ThreadId_t from, L4_MsgTag_t tag)
{
    L4_Word_t address = l4_utcb()[1];
    L4_MapItem_t item;

    (void)from;
    if (!L4_IsPageFault(tag) || address < pn_image_high())
        return 0;
    pages_given++;
    item = L4_MapItem(
        L4_FpageAddRights(L4_FpageLog2((L4_Word_t)room[address / PAGE % 2], 12),
                          RWX),
        address);
    L4_Set_MsgTag(l4_tag(2UL << 6));
    L4_LoadMRs(1, 2, item.raw);
    return 1;
}

static void
take_room(void)
{
    for (int i = 0; i < 2; i++)
        (void)L4_UnmapFpage(
            L4_FpageAddRights(L4_FpageLog2((L4_Word_t)room[i], 12), RWX));
}

/* --- a thread that watches itself: its segment, and its memory --- */

static volatile L4_Word_t seen_limit, rounds, leave_off;

static void
watch(L4_Word_t seed)
{
    static L4_Word_t pattern[4 * PAGE / 4];
    L4_Word_t words = sizeof pattern / sizeof *pattern;

    for (L4_Word_t i = 0; i < words; i++)
        pattern[i] = seed * i;
    for (rounds = 1; !leave_off; rounds++) {
        seen_limit = data_limit();
        for (L4_Word_t i = 0; i < words; i += 64)
            EQUAL(pattern[i], seed * i);
        if (rounds % 16 == 0)
            sleep_ms(1);
    }
}

static L4_ThreadId_t
watcher(void)
{
    L4_ThreadId_t id = space_in_field(0);

    leave_off = rounds = 0;
    stage_start(id, watch, 0x1234567);
    return id;
}

/* Let it look again: its segment has so many pages. */
static void
watched(L4_Word_t count)
{
    L4_Word_t before = rounds;

    for (int i = 0; i < 500 && rounds < before + 20; i++)
        sleep_ms(1);
    EXPECT(rounds >= before + 20);
    EQUAL(seen_limit, count * PAGE - 1);
}

static void
dismiss(L4_ThreadId_t id)
{
    leave_off = 1;
    stage_wait(id);
    stage_kill(id);
}
/* --- the words that come back --- */

static void
policies(void)
{
    L4_ThreadId_t id = stage_space(LARGE);
    L4_Word_t small = PN_SmallPages(1024);

    EXPECT(!PN_AskedPager(state_of(id).old));
    is_at(id, 0, 0xc0000);
    verdict("a new space asks nobody, begins at 0 and ends at 3 GB");
    put(id, PN_AskPager(small), 0);
    EXPECT(PN_AskedPager(state_of(id).old));
    EXPECT(PN_WasSmall(state_of(id).old));
    verdict("one that is to ask its pager says so");
    EXPECT(PN_AskedPager(ask_at(id, L4_SpaceControlSmall | 3, 0).old));
    EXPECT(PN_AskedPager(state_of(id).old));
    EQUAL(state_of(id).old & 0xff, 3);
    is_at(id, AREA + 0x400000, 1024);
    put(id, PN_AskPager(small), AREA + 0x400000);
    EQUAL(state_of(id).old & 0xff, 0);
    EXPECT(
        PN_AskedPager(ask_at(id, L4_SpaceControlSmall | L4_LargeSpace, 0).old));
    EXPECT(PN_AskedPager(state_of(id).old));
    verdict("X.2's numbers leave that alone");
    refused(id, PN_SmallPages(0x100), 0);
    refused(id, PN_SmallPages(0xfffff), 0);
    refused(id, small, AREA + 1);
    EXPECT(PN_AskedPager(state_of(id).old));
    verdict("so does a word that has no effect");
    put(id, small, 0);
    EXPECT(!PN_AskedPager(state_of(id).old));
    put(id, PN_AskPager(small), 0);
    EXPECT(PN_AskedPager(state_of(id).old));
    put(id, small, 0);
    EXPECT(!PN_AskedPager(state_of(id).old));
    verdict("it can be changed, without a move");
    stage_kill(id);
}

static void
places(void)
{
    L4_ThreadId_t a = watcher(), b;
    L4_Word_t small = PN_SmallPages(pages()), n = pages();

    watched(n);
    is_at(a, FIELD, n);
    verdict("a space is put exactly where it is asked for");
    put(a, small, 0);
    is_at(a, FIELD, n);
    put(a, small, FIELD);
    verdict("it stays if it has its size already");
    refused(a, small, FIELD + 4);
    refused(a, small, FIELD + PAGE - 1);
    verdict("a place that is not page aligned is refused");
    refused(a, small, AREA - PAGE);
    refused(a, small, AREA_END - (n - 1) * PAGE);
    refused(a, small, AREA_END);
    refused(a, small, 0xfffff000);
    refused(a, small, PAGE);
    refused(a, PN_SmallPages(0x20001), AREA);
    refused(a, PN_SmallPages(0xfffff), FIELD);
    verdict("so is one outside the area, or partly");
    put(a, small, AREA_END - n * PAGE);
    watched(n);
    put(a, small, FIELD);
    verdict("the area's last pages can be had");
    b = neighbour(FIELD + n * PAGE);
    refused(b, small, FIELD);
    refused(b, small, FIELD - (n - 1) * PAGE);
    refused(a, small, FIELD + PAGE);
    refused(a, PN_SmallPages(n + 1), FIELD);
    refused(a, PN_SmallPages(n + 1), FIELD - PAGE + PAGE);
    verdict("a place that another has in part is refused");
    put(a, small, FIELD - PAGE);
    watched(n);
    put(b, small, FIELD + (n - 1) * PAGE);
    put(b, small, FIELD + n * PAGE);
    put(a, small, FIELD);
    watched(n);
    put(a, PN_SmallPages(n + 1), FIELD - PAGE);
    watched(n + 1);
    put(a, small, FIELD - 3 * PAGE);
    watched(n);
    put(a, PN_SmallPages(n + 3), FIELD - 3 * PAGE);
    watched(n + 3);
    put(a, small, FIELD);
    watched(n);
    verdict("its own place is in nobody's way: it slides");
    put(a, PN_Elsewhere(small), 0);
    EXPECT(state_of(a).place.base != FIELD);
    watched(n);
    EXPECT(pn_space_move(a));
    watched(n);
    verdict("it moves anywhere else when told so");
    put(b, PN_AskPager(small), 0);
    EXPECT(pn_space_move(b));
    EXPECT(PN_AskedPager(state_of(b).old));
    verdict("moved by the library it keeps what it does at its limit");
    stage_kill(b);
    dismiss(a);
}

static void
sizes(void)
{
    L4_ThreadId_t a = watcher(), b;
    L4_Word_t n = pages(), base;

    put(a, PN_SmallPages(n + MORE), 0);
    is_at(a, FIELD, n + MORE);
    watched(n + MORE);
    verdict("a space grows where it is if there is room");
    b = neighbour(FIELD + (n + MORE) * PAGE);
    put(a, PN_SmallPages(n), 0);
    is_at(a, FIELD, n);
    watched(n);
    verdict("and shrinks where it is");
    put(b, PN_SmallPages(pages()), FIELD + n * PAGE);
    verdict("what it gave back can be had by another");
    refused(a, PN_SmallPages(n + 1), FIELD);
    put(a, PN_SmallPages(n + 1), 0);
    base = state_of(a).place.base;
    EXPECT(base != FIELD && base != 0);
    watched(n + 1);
    verdict("without room it grows by a move");
    put(b, PN_SmallPages(pages()), FIELD);
    verdict("what it left can be had by another");
    stage_kill(b);
    dismiss(a);
}
/* One page at the end of its space. */
static void
touch(L4_Word_t address)
{
    *(volatile L4_Word_t *)address = 0x70c4;
}

static void
shrinking(void)
{
    L4_ThreadId_t a = space_in_field(0);
    L4_Word_t n = pages();

    put(a, PN_SmallPages(n + 4), 0);
    stage_start(a, touch, limit() + PAGE);
    stage_wait(a);
    refused(a, PN_SmallPages(n), 0);
    refused(a, PN_SmallPages(n + 1), 0);
    verdict("no space shrinks over a page that it has");
    put(a, PN_SmallPages(n + 2), 0);
    is_at(a, FIELD, n + 2);
    verdict("but down to it");
    stage_kill(a);
}
/* --- parties --- */

enum { TURNS = 6, CYCLES = 4 };

/* One of the things that may happen to a space; it has pages() of them. */
static void
turn(L4_ThreadId_t id, unsigned i)
{
    L4_Word_t n = pages();

    switch (i % TURNS) {
    case 0:
        put(id, PN_SmallPages(n + MORE), 0);
        break;
    case 1:
        put(id, PN_SmallPages(n), 0);
        break;
    case 2:
        EXPECT(pn_space_move(id));
        break;
    case 3:
        EXPECT(pn_space_resize(id, 0));
        break;
    case 4:
        put(id, PN_SmallPages(n), FIELD + PAGE);
        break;
    default:
        put(id, PN_SmallPages(n), FIELD);
    }
}

static void
all_turns(L4_ThreadId_t id)
{
    for (unsigned i = 0; i < TURNS * CYCLES; i++) {
        turn(id, i);
        sleep_ms(2);
    }
}

static void
running_parties(void)
{
    L4_ThreadId_t a = watcher();
    static const L4_Word_t more[TURNS] = {MORE, 0, 0, 0, 0, 0};

    for (unsigned i = 0; i < TURNS * CYCLES; i++) {
        turn(a, i);
        watched(i % TURNS == 3 ? 0xc0000 : pages() + more[i % TURNS]);
    }
    dismiss(a);
    verdict("a running thread sees its limit change, and nothing else");
}

static volatile L4_Word_t flag, got[3];

static void
send_word(L4_Word_t to)
{
    L4_LoadMR(1, 0x5e4d);
    L4_Set_MsgTag(l4_tag(1));
    got[0] = L4_IpcSucceeded(L4_Send(l4_id(to)));
}

static void
receive_late(L4_Word_t from)
{
    while (!flag)
        sleep_ms(1);
    got[1] = L4_IpcSucceeded(L4_Receive_Timeout(l4_id(from), ms(100)));
    got[2] = l4_utcb()[1];
}

static void
waiting_parties(void)
{
    L4_ThreadId_t s = space_in_field(0), late = stage_thread(s),
                  sender = stage_space(SMALL), waiter;
    L4_Word_t word = 0;

    flag = got[0] = got[1] = got[2] = 0;
    stage_start(sender, send_word, late.raw);
    stage_start(late, receive_late, sender.raw);
    stage_start(s, send_word, me.raw);
    waiter = servant_thread(s);
    (void)stage_until_state(waiter, L4_SchedWaiting);
    (void)stage_until_state(sender, L4_SchedPendingSend);
    (void)stage_until_state(s, L4_SchedPendingSend);
    all_turns(s);
    EQUAL(stage_state(waiter), L4_SchedWaiting);
    EQUAL(stage_state(sender), L4_SchedPendingSend);
    EQUAL(stage_state(s), L4_SchedPendingSend);
    EQUAL(got[0], 0);
    EXPECT(L4_IpcSucceeded(L4_Receive_Timeout(s, ms(100))));
    L4_StoreMR(1, &word);
    EQUAL(word, 0x5e4d);
    stage_wait(s);
    EQUAL(got[0], 1);
    flag = 1;
    stage_wait(late);
    stage_wait(sender);
    EQUAL(got[1], 1);
    EQUAL(got[2], 0x5e4d);
    EQUAL(errand(waiter, peek, (L4_Word_t)&got[2], 0, 0), 0x5e4d);
    stage_kill(waiter);
    stage_kill(late);
    stage_kill(sender);
    stage_kill(s);
    verdict("who waits, sends or is sent to goes on doing so");
}

/* The pager sits on the fault of a page in the middle of a string. */
static volatile L4_Word_t hold, held;

static int
hold_back(L4_ThreadId_t from, L4_MsgTag_t tag)
{
    L4_Word_t address = l4_utcb()[1], mr[3];

    if (L4_IsPageFault(tag) && address >= limit() - 2 * PAGE) {
        L4_StoreMRs(0, 3, mr);
        held++;
        while (hold)
            sleep_ms(1);
        L4_LoadMRs(0, 3, mr);
    }
    return give_room(from, tag);
}

static L4_Word_t
receive_text_patiently(L4_Word_t from, L4_Word_t at, L4_Word_t c)
{
    (void)c;
    L4_Set_XferTimeouts(0);
    L4_LoadBR(0, 1);
    L4_LoadBR(1, TEXT << 10);
    L4_LoadBR(2, at);
    return L4_IpcFailed(L4_Receive(l4_id(from))) ? L4_ErrorCode() : 0;
}

static L4_Word_t
send_text_patiently(L4_Word_t to, L4_Word_t at, L4_Word_t c)
{
    (void)c;
    L4_Set_XferTimeouts(0);
    L4_LoadMR(1, TEXT << 10);
    L4_LoadMR(2, at);
    L4_Set_MsgTag(l4_tag(2UL << 6));
    return L4_IpcFailed(L4_Send(l4_id(to))) ? L4_ErrorCode() : 0;
}

static void
copying_parties(void)
{
    L4_Word_t at = limit() - PAGE - TEXT / 2, home = (L4_Word_t)arena[0];

    for (unsigned i = 0; i < TURNS; i++) {
        L4_ThreadId_t s = servant_space(SMALL), other = servant_space(SMALL);

        put(s, PN_SmallPages(pages() + (i == 1 ? MORE : 0)), FIELD);
        if (i == 4)
            EXPECT(pn_space_resize(s, 0));
        pages_given = 0;
        write_text(home, 0, 0);
        (void)errand(s, peek, home, 0, 0); /* code and stack are there */
        (void)errand(other, peek, home, 0, 0);
        stage_fault_hook = hold_back;
        for (int half = 0; half < 2; half++) {
            hold = 1;
            held = 0;
            if (half == 0) {
                errand_begin(other, send_text_patiently, s.raw, home, 0);
                errand_begin(s, receive_text_patiently, other.raw, at, 0);
            } else {
                put(s, PN_SmallPages(pages()), FIELD); /* for the same again */
                take_room();
                errand_begin(other, receive_text_patiently, s.raw, home, 0);
                errand_begin(s, send_text_patiently, other.raw, at, 0);
            }
            stage_until(&held);
            turn(s, half ? 2 : i);
            hold = 0;
            EQUAL(errand_end(s), 0);
            EQUAL(errand_end(other), 0);
            EQUAL(errand(s, wrong_bytes, at, 0, 0), 0);
            EQUAL(errand(other, wrong_bytes, home, 0, 0), 0);
        }
        EXPECT(pages_given >= 2);
        stage_fault_hook = give_room;
        stage_kill(s);
        stage_kill(other);
    }
    verdict("a string that is on its way arrives whole");
}

/* --- an attached interrupt: the real-time clock's --- */

static int
give_ports(L4_ThreadId_t from, L4_MsgTag_t tag)
{
    return rtc_give_ports(from, tag) || give_room(from, tag);
}

static volatile L4_Word_t interrupts;

static void
serve_interrupts(L4_Word_t line)
{
    rtc_start(RATE_64);
    while (!leave_off) {
        L4_MsgTag_t tag = L4_Receive_Timeout(l4_id(line), ms(500));

        EXPECT(L4_IpcSucceeded(tag));
        interrupts += L4_IpcSucceeded(tag);
        (void)rtc_read(REGISTER_C);
        L4_Set_MsgTag(l4_tag(0));
        (void)L4_Send(l4_id(line));
    }
    rtc_stop();
}

static void
interrupted_parties(void)
{
    L4_ThreadId_t line = rtc_line(), s = space_in_field(0);

    rtc_open();
    stage_fault_hook = give_ports;
    leave_off = interrupts = 0;
    EXPECT(L4_AssociateInterrupt(line, s));
    stage_start(s, serve_interrupts, line.raw);
    for (unsigned i = 0; i < TURNS * 2; i++) {
        L4_Word_t seen = interrupts;

        turn(s, i);
        for (int n = 0; n < 500 && interrupts < seen + 2; n++)
            sleep_ms(1);
        EXPECT(interrupts >= seen + 2);
    }
    leave_off = 1;
    stage_wait(s);
    EXPECT(L4_DeassociateInterrupt(line));
    stage_kill(s);
    stage_fault_hook = give_room;
    verdict("an interrupt handler gets its interrupts and keeps its ports");
}

/* --- a directory that hosts others --- */

static volatile L4_Word_t hosted_calls;

static void
answer_all(L4_Word_t unused)
{
    L4_ThreadId_t from;
    L4_MsgTag_t tag = L4_Wait(&from);

    (void)unused;
    for (;;) {
        if (L4_IpcSucceeded(tag))
            l4_utcb()[1]++;
        L4_Set_MsgTag(l4_tag(1));
        tag = L4_ReplyWait(from, &from);
    }
}

/* It outgrows its limit now and then: on the directory that is loaded. */
static void
answer_and_grow(L4_Word_t unused)
{
    L4_ThreadId_t from;
    L4_MsgTag_t tag = L4_Wait(&from);

    (void)unused;
    for (L4_Word_t calls = 0;; calls++) {
        if (L4_IpcSucceeded(tag))
            l4_utcb()[1]++;
        if (calls % 8 == 7)
            *(volatile L4_Word_t *)(limit() + 8) += 1;
        L4_Set_MsgTag(l4_tag(1));
        tag = L4_ReplyWait(from, &from);
    }
}

static L4_ThreadId_t hosted[2];

static void
host(L4_Word_t unused)
{
    (void)unused;
    for (L4_Word_t i = 0; !leave_off; i++) {
        L4_LoadMR(1, i);
        L4_Set_MsgTag(l4_tag(1));
        EXPECT(L4_IpcSucceeded(L4_Call(hosted[i % 2])));
        EQUAL(l4_utcb()[1], i + 1);
        hosted_calls++;
        if (i % 16 == 15)
            sleep_ms(1);
    }
}

static void
hosting_parties(void)
{
    L4_ThreadId_t large = stage_space(LARGE);
    L4_Word_t demotions = 0;

    stage_fault_hook = give_room;
    leave_off = hosted_calls = 0;
    hosted[0] = space_in_field(0);
    hosted[1] = stage_space(SMALL);
    stage_start(hosted[0], answer_and_grow, 0);
    stage_start(hosted[1], answer_all, 0);
    stage_start(large, host, 0);
    for (unsigned i = 0; i < 60; i++) {
        sleep_ms(2);
        turn(hosted[1], i % 3);
        take_room();
        if (!PN_WasSmall(state_of(hosted[0]).old))
            demotions += (L4_Word_t)pn_space_resize(hosted[0], pages());
        if (i % 4 == 3) { /* and the host itself */
            EXPECT(pn_space_resize(large, pages()));
            sleep_ms(1);
            EXPECT(pn_space_resize(large, 0));
        }
    }
    leave_off = 1;
    stage_wait(large);
    EXPECT(demotions > 5);
    EXPECT(hosted_calls > 100);
    diag("%lu calls, %lu promotions on another's directory", hosted_calls,
         demotions);
    stage_kill(large);
    stage_kill(hosted[0]);
    stage_kill(hosted[1]);
    verdict("large and small spaces on one directory change places and kinds");
}

int
main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    me = L4_Myself();
    stage_open();
    stage_fault_hook = give_room;
    policies();
    places();
    sizes();
    shrinking();
    running_parties();
    waiting_parties();
    copying_parties();
    interrupted_parties();
    hosting_parties();
    done();
}
