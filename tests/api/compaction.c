/*
 * tests/api/compaction.c - a thousand small spaces lie about in 512 MB so that
 * there is no room for a large one anywhere; slid together by the library
 * (pn/compact.h) they leave as much as is wanted.
 */
#include "residents.h"

#include <pn/compact.h>
#include <pn/space.h>

enum {
    SPACES = 1000,
    GUEST = SPACES, /* the one that wants much room */
    PINNED,         /* one that X.2's number holds where it is */
    MOST = 3,       /* own pages of a space */
    STRIDE = 131,   /* pages from one to the next */
    PAGES_OF_64_MB = 0x4000,
    PIN_MB = 256,
};

static const struct pn_place area = {0xc0000000, 0x20000000};
static struct pn_tenant tenants[SPACES + 2];
static L4_Word_t bases[SPACES];

static unsigned
list(void)
{
    unsigned n = 0;

    for (unsigned i = 0; i < SPACES + 2; i++)
        if (residents[i].seed != 0)
            tenants[n++].tid = resident_id(i);
    return n;
}

/* In order, in the area, none overlaps another; the bytes that they take. */
static L4_Word_t
taken_by(unsigned n)
{
    L4_Word_t end = area.base, taken = 0;

    for (unsigned i = 0; i < n; i++) {
        EXPECT(tenants[i].place.base >= end);
        end = tenants[i].place.base + tenants[i].place.size;
        taken += tenants[i].place.size;
    }
    EXPECT(end <= area.base + area.size);
    return taken;
}

static L4_Word_t
largest_hole(void)
{
    return pn_compact(tenants, list(), &area, 0, NULL);
}

static struct pn_place
place_of(unsigned i)
{
    struct pn_place place = {0, 0};
    L4_Word_t old;

    EXPECT(pn_place(resident_id(i), 0, 0, &old, &place));
    return place;
}

static L4_Word_t
own_pages(unsigned i)
{
    return 1 + i % MOST;
}

static void
all_is_well(void)
{
    for (unsigned i = 0; i < SPACES; i++) {
        resident_check(i);
        EQUAL(place_of(i).size, (RESIDENT_FIXED + own_pages(i)) * PAGE);
    }
    EQUAL(wrong_canaries, 0);
    EQUAL(wrong_answers, 0);
    EQUAL(wrong_faults, 0);
}

/* How many have moved since the last time. */
static unsigned
moved(void)
{
    unsigned n = 0;

    for (unsigned i = 0; i < SPACES; i++) {
        L4_Word_t base = place_of(i).base;

        n += base != bases[i];
        bases[i] = base;
    }
    return n;
}

static L4_Word_t
stride_place(unsigned i)
{
    return area.base + i * STRIDE * PAGE;
}

static void
scatter(void)
{
    for (unsigned i = 0; i < SPACES; i++)
        EXPECT(resident_make(i, own_pages(i), RESIDENT_FIXED + own_pages(i),
                             (int)(i / 2 % 2), stride_place(i)));
    (void)moved();
    EXPECT(largest_hole() < (STRIDE + 72) * PAGE);
    all_is_well();
    verdict("%u spaces lie in 512 MB with holes of at most %lu KB", SPACES,
            largest_hole() >> 10);
}

static int
find_room(void)
{
    return resident_make(GUEST, 1, PAGES_OF_64_MB, 1, 0);
}

static void
one_hole(void)
{
    struct pn_place hole, guest;
    L4_Word_t size;
    unsigned n;

    EXPECT(!find_room());
    EQUAL(moved(), 0);
    verdict("there is no room for a space of 64 MB");
    n = list();
    size = pn_compact(tenants, n, &area, PAGES_OF_64_MB * PAGE, &hole);
    EXPECT(size >= PAGES_OF_64_MB * PAGE);
    EQUAL(size, hole.size);
    (void)taken_by(n);
    n = moved();
    EXPECT(n > 50 && n < SPACES / 4);
    all_is_well();
    verdict("compaction makes a hole of 64 MB by %u moves", n);
    EXPECT(find_room());
    guest = place_of(GUEST);
    EXPECT(guest.base >= hole.base &&
           guest.base + guest.size <= hole.base + hole.size);
    resident_check(GUEST);
    EXPECT(largest_hole() < PAGES_OF_64_MB * PAGE);
    all_is_well();
    EQUAL(moved(), 0);
    verdict("and the space takes it");
    resident_kill(GUEST);
}

static void
all_the_way(void)
{
    unsigned n = list();
    L4_Word_t size = pn_compact(tenants, n, &area, ~0UL, NULL);

    EQUAL(size, area.size - taken_by(n));
    all_is_well();
    verdict("compacted to the end all that is free is one hole, %lu MB",
            size >> 20);
    (void)moved();
    EQUAL(pn_compact(tenants, list(), &area, ~0UL, NULL), size);
    EQUAL(moved(), 0);
    verdict("once more, and nobody moves");
}

static L4_Word_t
number_of(unsigned i)
{
    L4_Word_t old = 0;

    EXPECT(L4_SpaceControl(resident_id(i), 0, L4_Nilpage, L4_Nilpage,
                           L4_nilthread, &old));
    return old & 0xff;
}

static void
around_a_pin(void)
{
    L4_Word_t number = L4_SmallSpace(PIN_MB, 4), old = 0, size;
    unsigned n;

    for (unsigned i = SPACES; i-- > 0;) { /* back, the highest first */
        struct pn_place place;

        if (stride_place(i) + 16 * PAGE > area.base + PIN_MB * 0x100000UL &&
            stride_place(i) < area.base + (PIN_MB + 4) * 0x100000UL)
            continue;
        (void)pn_place(resident_id(i),
                       PN_SmallPages(RESIDENT_FIXED + own_pages(i)),
                       stride_place(i), &old, &place);
    }
    EXPECT(resident_make(PINNED, 1, RESIDENT_FIXED + 1, 0, 0));
    EXPECT(L4_SpaceControl(resident_id(PINNED), L4_SpaceControlSmall | number,
                           L4_Nilpage, L4_Nilpage, L4_nilthread, &old) &&
           PN_TookEffect(old));
    EXPECT(largest_hole() < 5 << 20);
    n = list();
    size = pn_compact(tenants, n, &area, ~0UL, NULL);
    EQUAL(number_of(PINNED), number);
    EQUAL(place_of(PINNED).base, area.base + PIN_MB * 0x100000UL);
    EXPECT(size > 230UL << 20 && size < 252UL << 20);
    (void)taken_by(n);
    all_is_well();
    resident_check(PINNED);
    EQUAL(wrong_canaries, 0);
    verdict("a space pinned in the middle stays, with a hole of %lu MB",
            size >> 20);
}

int
main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    stage_open();
    residents_open(MOST);
    scatter();
    one_hole();
    all_the_way();
    around_a_pin();
    done();
}
