/*
 * tests/api/hostile.c - random words to every system call, from unprivileged
 * spaces. The kernel lives, an honest pair goes on exchanging checked messages,
 * and nothing is lost in the end.
 *
 * The words come from a seeded generator that likes what is nearly right: ids
 * that exist, fpages, sizes at their limits, all bits set. The villain may well
 * halt, misdirect or lose itself; the director then makes a new one. What it
 * writes by accident hits its own copy of the image, but for one page.
 *
 * Arguments: calls=N for each kind of space, seed=N.
 */
#include "stage.h"

#include <pn/image.h>
#include <pn/share.h>
#include <pn/space.h>

static L4_ThreadId_t me;

/* The page that villains share with the director. */
static volatile struct {
    L4_Word_t seed, calls, calls_wanted;
    L4_Word_t honest_a, honest_b; /* raw ids, to be molested */
    L4_Word_t villain_id, villain_utcb;
    char rest[PAGE - 28];
} shared __attribute__((aligned(PAGE)));

/* --- the honest --- */

static volatile L4_Word_t rounds, stop_honest;

static L4_Word_t
word(L4_Word_t round, L4_Word_t i)
{
    return round * 0x9e3779b9 + i * 0x85ebca6b;
}

static void
ask(L4_Word_t unused)
{
    (void)unused;
    for (L4_Word_t r = 0; !stop_honest; r++) {
        L4_Word_t u = r % L4_MRS;

        for (L4_Word_t i = 1; i <= u; i++)
            L4_LoadMR((int)i, word(r, i));
        L4_Set_MsgTag(l4_tag((r & 0xffff) << 16 | u));
        EQUAL(L4_Call(pair_b).raw, (~r & 0xffff) << 16 | u);
        for (L4_Word_t i = 1; i <= u; i++)
            EQUAL(l4_utcb()[i], ~word(r, i));
        rounds = r + 1;
        if (r % 8 == 0)
            sleep_ms(1);
    }
}

/* Takes messages from its partner alone. */
static void
answer(L4_Word_t unused)
{
    L4_MsgTag_t tag = L4_Receive(pair_a);

    (void)unused;
    for (;;) {
        L4_Word_t u = L4_UntypedWords(tag);

        EXPECT(L4_IpcSucceeded(tag));
        for (L4_Word_t i = 1; i <= u; i++)
            L4_LoadMR((int)i, ~l4_utcb()[i]);
        L4_Set_MsgTag(l4_tag((~L4_Label(tag) & 0xffff) << 16 | u));
        tag = L4_Call(pair_a);
    }
}

/* --- words that are nearly right --- */

static L4_Word_t
any_word(void)
{
    L4_Word_t seed = shared.seed, word = random_word(&seed);

    shared.seed = seed;
    return word;
}

static L4_Word_t
pick(L4_Word_t n)
{
    return (any_word() >> 8) % n;
}

static L4_Word_t
some_id(void)
{
    switch (pick(12)) {
    case 0:
        return 0;
    case 1:
        return ~0UL;
    case 2:
        return L4_anylocalthread.raw;
    case 3:
        return shared.villain_id;
    case 4:
        return shared.villain_utcb;
    case 5:
        return shared.honest_a;
    case 6:
        return shared.honest_b;
    case 7:
        return L4_GlobalId(pick(64), 1).raw; /* interrupts, kernel, servers */
    case 8:
        return L4_GlobalId(pick(128), pick(64)).raw;
    case 9:
        return shared.villain_id ^ 1UL << pick(32);
    case 10:
        return any_word() & ~0x3fUL;
    default:
        return any_word();
    }
}

static L4_Word_t
some_address(void)
{
    static const L4_Word_t edges[] = {
        0,          0x1000,     FREE_LOW,   STAGE_UTCB, STAGE_KIP,
        0x400000,   0xbffff000, 0xc0000000, 0xc0400000, 0xdffff000,
        0xe0000000, 0xe0100000, 0xff740000, 0xff800000, 0xfffff000,
    };

    if (pick(4) == 0)
        return any_word();
    return edges[pick(sizeof edges / sizeof *edges)];
}

static L4_Word_t
some_fpage(void)
{
    return (some_address() & ~0x3ffUL) | pick(64) << 4 | pick(16);
}

/* Mostly short, or the villain would sleep most of its life. */
static L4_Word_t
some_timeouts(void)
{
    static const L4_Word_t times[] = {0x0400, 0x0400, 0x0801, 0x8000,
                                      0x0c00, 0x0001, 0x0400, 0x0432};
    L4_Word_t send = times[pick(8)], receive = times[pick(8)];

    return pick(200) == 0 ? any_word() : send << 16 | receive;
}

static L4_Word_t
some_word(void)
{
    switch (pick(8)) {
    case 0:
        return some_id();
    case 1:
        return some_fpage();
    case 2:
        return some_address();
    case 3:
        return 1UL << pick(32);
    case 4:
        return pick(256);
    case 5:
        return ~pick(256);
    default:
        return any_word();
    }
}

/* --- the villain --- */

/* All registers but what the villain needs to be found again, mostly. */
static void
spoil_utcb(void)
{
    L4_Word_t *mr = l4_utcb();

    for (int i = 0; i < L4_MRS; i++)
        mr[i] = some_word();
    for (int i = 0; i < 4; i++)
        mr[L4_TCR_BR0 - i] = pick(2) ? some_fpage() : some_word();
    mr[L4_TCR_XFER_TIMEOUTS] = some_word();
    mr[L4_TCR_VIRTUAL_SENDER] = some_id();
    mr[L4_TCR_INTENDED_RECEIVER] = some_id();
    mr[L4_TCR_FLAGS] = some_word();
    if (pick(64) == 0)
        mr[L4_TCR_MY_GLOBAL_ID] = some_id();
    if (pick(64) == 0)
        mr[L4_TCR_EXCEPTION_HANDLER] = some_id();
}

static L4_Word_t
some_tag(void)
{
    L4_Word_t u = pick(8), t = pick(4) * 2;

    return pick(4) == 0 ? any_word()
                        : some_word() << 16 | (pick(16) ? 0 : pick(16) << 12) |
                              t << 6 | u;
}

static void
some_items(L4_Word_t tag)
{
    L4_Word_t u = tag & 0x3f;

    for (L4_Word_t i = u + 1; i + 1 < L4_MRS; i += 2) {
        l4_utcb()[i] =
            (some_address() & ~0x3ffUL) | (pick(8) ? 8 | pick(4) : pick(1024));
        l4_utcb()[i + 1] = some_fpage();
    }
}

/* Give up one's own registers or halt only now and then. */
static L4_Word_t
some_control(void)
{
    L4_Word_t control = any_word() & 0xfff;

    return pick(32) == 0 ? any_word() : control & ~0x119UL;
}

static void
one_call(void)
{
    L4_Word_t entry = pick(L4_ENTRIES), *mr = l4_utcb();
    struct raw r = {some_word(), some_word(), some_word(), some_word(),
                    some_word(), some_word(), some_word(), 0};

    if (entry > L4_ENTRY_SCHEDULE) /* there is nothing between the two */
        entry = PN_ENTRY_NOTIFY;
    spoil_utcb();
    switch (entry) {
    case L4_ENTRY_IPC:
    case L4_ENTRY_LIPC:
        r.eax = some_id();
        r.edx = some_id();
        r.ecx = some_timeouts();
        r.esi = some_tag();
        some_items(r.esi);
        break;
    case L4_ENTRY_EXCHANGE_REGISTERS:
        r.eax = some_id();
        r.ecx = some_control();
        break;
    case L4_ENTRY_UNMAP:
        r.eax = any_word() & 0x7f;
        r.esi = some_fpage();
        for (int i = 1; i < L4_MRS; i++)
            mr[i] = some_fpage();
        break;
    case L4_ENTRY_THREAD_SWITCH:
    case L4_ENTRY_SCHEDULE:
    case L4_ENTRY_THREAD_CONTROL:
    case L4_ENTRY_SPACE_CONTROL:
        r.eax = some_id();
        r.esi = some_id();
        break;
    }
    raw_call(l4_entries[entry], &r);
}

static void
villain(L4_Word_t unused)
{
    (void)unused;
    while (shared.calls < shared.calls_wanted) {
        shared.calls++;
        one_call();
    }
}

/* --- its memory --- */

enum { COPIES = 40 };

static L4_Word_t copy[COPIES][PAGE / 4] __attribute__((aligned(PAGE)));
static L4_Word_t copy_of[COPIES];
static unsigned copies;

/* The villain's own copy of what `page` holds; 0 if there are too many. */
static L4_Word_t
private_page(L4_Word_t page, const void *source)
{
    for (unsigned i = 0; i < copies; i++)
        if (copy_of[i] == page)
            return (L4_Word_t)copy[i];
    if (copies == COPIES)
        return 0;
    memcpy(copy[copies], source, PAGE);
    copy_of[copies] = page;
    return (L4_Word_t)copy[copies++];
}

/* Runs in the stage's pager. */
static int
villain_fault(L4_ThreadId_t from, L4_MsgTag_t tag)
{
    L4_Word_t address = l4_utcb()[1], page = address & -(L4_Word_t)PAGE, source;
    L4_MapItem_t item;

    if (from.raw != shared.villain_id || !L4_IsPageFault(tag))
        return 0;
    item = pn_share_item(address, STAGE_KIP);
    source = L4_Address(L4_MapItemSndFpage(item));
    if (source != 0 && page != (L4_Word_t)&shared)
        source = private_page(page, (const void *)source);
    if (source == 0)
        return -1;
    item = L4_MapItem(
        L4_FpageAddRights(L4_FpageLog2(source, 12), L4_FullyAccessible), page);
    L4_Set_MsgTag(l4_tag(2UL << 6));
    L4_LoadMRs(1, 2, item.raw);
    return 1;
}

/* --- the director --- */

static L4_Word_t
spaces_that_fit(void)
{
    L4_Word_t n = 0;

    while (L4_ThreadControl(L4_GlobalId(300 + n, 1), L4_GlobalId(300 + n, 1),
                            me, L4_nilthread, (void *)-1))
        n++;
    for (L4_Word_t i = 0; i < n; i++)
        EXPECT(pn_thread_kill(L4_GlobalId(300 + i, 1)));
    return n;
}

static L4_ThreadId_t
new_villain(enum kind kind)
{
    L4_ThreadId_t id = stage_space(kind);

    (void)L4_Set_Priority(id, 90);
    copies = 0;
    shared.villain_id = id.raw;
    shared.villain_utcb = stage_utcb(id) + 0x100;
    shared.seed = shared.seed * 2 + 1;
    stage_start(id, villain, 0);
    return id;
}

/* Its messages to the director: take them, they may not block it. */
static void
drain(void)
{
    L4_ThreadId_t from;

    while (L4_IpcSucceeded(L4_Wait_Timeout(L4_ZeroTime, &from)))
        ;
}

/* Until the calls are made; whoever makes none for 5 ms is replaced. */
static L4_Word_t
let_loose(enum kind kind, L4_Word_t wanted)
{
    L4_ThreadId_t id;
    L4_Word_t villains = 1, seen = 0, idle_ms = 0;

    shared.calls = 0;
    shared.calls_wanted = wanted;
    id = new_villain(kind);
    while (shared.calls < wanted) {
        sleep_ms(1);
        drain();
        idle_ms = shared.calls == seen ? idle_ms + 1 : 0;
        seen = shared.calls;
        if (idle_ms < 5)
            continue;
        stage_kill(id);
        id = new_villain(kind);
        villains++;
        idle_ms = 0;
    }
    stage_kill(id);
    return villains;
}

static void
molest(enum placement p, enum kind kind, L4_Word_t wanted)
{
    const char *name = kind == SMALL ? "small" : "large";
    L4_Word_t fit = spaces_that_fit(), before, villains;

    stop_honest = rounds = 0;
    pair_make(p);
    shared.honest_a = pair_a.raw;
    shared.honest_b = pair_b.raw;
    stage_start(pair_b, answer, 0);
    stage_start(pair_a, ask, 0);
    villains = let_loose(kind, wanted);
    diag("%lu calls by %lu villains, %lu honest round trips meanwhile",
         shared.calls, villains, rounds);
    verdict("%lu random calls from a %s space: the kernel lives, a pair %s "
            "exchanges right messages",
            wanted, name, placement_name[p]);
    before = rounds;
    sleep_ms(20);
    EXPECT(rounds > before);
    stop_honest = 1;
    stage_wait(pair_a);
    verdict("the pair %s goes on when the villain of a %s space is gone",
            placement_name[p], name);
    pair_kill();
    EQUAL(spaces_that_fit(), fit);
    verdict("nothing of the kernel's memory is lost to the villains of a %s "
            "space",
            name);
}

int
main(int argc, char **argv)
{
    L4_Word_t wanted = number_argument(argc, argv, "calls=", 6000);

    me = L4_Myself();
    shared.seed = number_argument(argc, argv, "seed=", 0x5eed1e55);
    stage_open();
    stage_fault_hook = villain_fault;
    molest(SMALL_SMALL, SMALL, wanted);
    molest(LARGE_SMALL, LARGE, wanted);
    done();
}
