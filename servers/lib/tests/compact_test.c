/*
 * compact_test.c - compaction against a kernel that has only an area of pages
 * and refuses what the real one would.
 */
#include "check.h"

#include <pn/compact.h>

#include <string.h>

enum { AREA_PAGES = 512, TENANTS = 60, ROUNDS = 20000, PAGE = 4096 };

#define AREA_BASE 0xc0000000UL
#define PINNED    0x55UL
#define WAS_SMALL (1UL << 30)
#define EFFECTIVE (1UL << 31)

/* The kernel's view: page 0 of `pages` is the first of the area. */
static struct resident {
    unsigned first, pages; /* pages 0: large */
    L4_Word_t control;     /* as it reads back */
    int dead, moves;
} residents[TENANTS];
static unsigned char owner[AREA_PAGES]; /* tenant + 1; FOREIGN; 0 = free */
enum { FOREIGN = 255 };
static int no_memory; /* for a directory: what overlaps itself stays */

static void fill(const struct resident *r, unsigned char value)
{
    memset(owner + r->first, value, r->pages);
}

static int is_free_for(unsigned who, unsigned first, unsigned pages)
{
    if (first + pages > AREA_PAGES)
        return 0;
    for (unsigned p = first; p < first + pages; p++)
        if (owner[p] != 0 && (owner[p] != who + 1 || no_memory))
            return 0;
    return 1;
}

L4_Word_t l4_place(L4_Word_t tid, L4_Word_t control, L4_Word_t base,
                   L4_Word_t *old, L4_Word_t place[2])
{
    unsigned who = (unsigned)tid - 1;
    struct resident *r = &residents[who];
    unsigned first = (unsigned)((base - AREA_BASE) / PAGE);

    if (r->dead)
        return 0;
    *old = r->control;
    if (control != 0 && r->pages == (control & 0xfffff) &&
        (control & WAS_SMALL) && (control & 1UL << 28) &&
        (control & 1UL << 29) == (r->control & 1UL << 29) &&
        is_free_for(who, first, r->pages)) {
        *old |= EFFECTIVE;
        fill(r, 0);
        r->first = first;
        fill(r, (unsigned char)(who + 1));
        r->moves++;
    }
    place[0] = r->pages ? AREA_BASE + r->first * PAGE : 0;
    place[1] = r->pages ? r->pages * PAGE : 3UL << 30;
    return 1;
}

static unsigned draw(unsigned below)
{
    static unsigned x = 20261125;

    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return (x >> 4) % below;
}

/* Anywhere, or nowhere if the draw says so ten times. */
static void settle(unsigned who, int all_movable)
{
    struct resident *r = &residents[who];

    memset(r, 0, sizeof *r);
    for (int tries = 0; tries < 10 && r->pages == 0; tries++) {
        unsigned pages = 1 + draw(12), first = draw(AREA_PAGES);

        if (!is_free_for(who, first, pages))
            continue;
        r->first = first;
        r->pages = pages;
        r->control = WAS_SMALL | (draw(2) ? 1UL << 29 : 0);
        fill(r, (unsigned char)(who + 1));
    }
    if (!all_movable && draw(10) == 0)
        r->control |= PINNED;
    if (!all_movable && draw(20) == 0) {
        r->dead = 1;
        fill(r, 0);
    }
}

static unsigned largest_run(void)
{
    unsigned run = 0, largest = 0;

    for (unsigned p = 0; p < AREA_PAGES; p++) {
        run = owner[p] ? 0 : run + 1;
        largest = run > largest ? run : largest;
    }
    return largest;
}

static unsigned free_pages(void)
{
    unsigned n = 0;

    for (unsigned p = 0; p < AREA_PAGES; p++)
        n += owner[p] == 0;
    return n;
}

/* Every living tenant has its pages, and nobody else; who must not has not
 * moved, nobody twice; the list is in order and true. */
static int is_sound(const struct pn_tenant *t, const struct resident *before)
{
    unsigned owned = 0, counted = 0;
    L4_Word_t last = 0;

    for (unsigned i = 0; i < TENANTS; i++) {
        unsigned who = (unsigned)t[i].tid.raw - 1;
        const struct resident *r = &residents[who], *b = &before[who];

        if (r->pages != b->pages || r->control != b->control || r->moves > 1 ||
            (r->moves && ((r->control & 0xff) || r->first >= b->first)))
            return 0;
        if (t[i].place.base - 1 < last - 1 && i > 0)
            return 0;
        last = t[i].place.base;
        if (r->dead || r->pages == 0) {
            if (last != 0)
                return 0;
            continue;
        }
        if (last != AREA_BASE + r->first * PAGE)
            return 0;
        counted += r->pages;
        for (unsigned p = r->first; p < r->first + r->pages; p++)
            owned += owner[p] == who + 1;
    }
    return owned == counted;
}

static int moves(void)
{
    int n = 0;

    for (unsigned i = 0; i < TENANTS; i++)
        n += residents[i].moves;
    return n;
}

int main(void)
{
    static const struct pn_place area = {AREA_BASE, AREA_PAGES * PAGE};
    int sound = 1, whole = 1, true_hole = 1, enough = 1, lazy = 1, kept = 1;

    for (unsigned round = 0; round < ROUNDS; round++) {
        int all_movable = draw(2) == 0;
        unsigned run, wanted = draw(3) == 0 ? ~0U : 1 + draw(AREA_PAGES / 2);
        struct pn_tenant tenants[TENANTS];
        struct resident before[TENANTS];
        struct pn_place hole;
        L4_Word_t size;

        memset(owner, 0, sizeof owner);
        no_memory = !all_movable && draw(2);
        for (unsigned i = 0; i < TENANTS; i++)
            settle(i, all_movable);
        if (!all_movable && draw(3) == 0) /* a tenant not in the list */
            for (unsigned p = 200; p < 203; p++)
                owner[p] = owner[p] ? owner[p] : FOREIGN;
        for (unsigned i = 0; i < TENANTS; i++)
            tenants[i].tid.raw = (i * 7 + round) % TENANTS + 1;
        memcpy(before, residents, sizeof before);
        run = largest_run();
        size = pn_compact(tenants, TENANTS, &area, wanted * (L4_Word_t)PAGE,
                          &hole);
        sound &= is_sound(tenants, before);
        kept &= largest_run() >= run || size >= wanted * (L4_Word_t)PAGE ||
                !all_movable;
        if (all_movable) {
            true_hole &=
                size == largest_run() * (L4_Word_t)PAGE && size == hole.size;
            for (L4_Word_t p = 0; p < hole.size / PAGE; p++)
                true_hole &= owner[(hole.base - AREA_BASE) / PAGE + p] == 0;
            whole &= wanted != ~0U || largest_run() == free_pages();
            enough &= size >= wanted * (L4_Word_t)PAGE || wanted > free_pages();
        }
        lazy &= run < wanted || moves() == 0;
    }
    CHECK(sound, "nobody loses a page, moves up, twice, or against its number");
    CHECK(kept, "the largest hole never becomes smaller");
    CHECK(true_hole, "the hole that is told is there, and is the largest");
    CHECK(whole, "if all may move, all that is free is one hole");
    CHECK(enough, "whatever can be had is had");
    CHECK(lazy, "nobody moves if there is room already");
    return check_end();
}
