/*
 * tests/host/test_slot.c - the small area's slots against a naive reference.
 *
 * The disaster: two small spaces whose slots overlap.  The reference is one
 * byte a page and searches from the start each time.
 */
#include "host.h"
#include "seg/slot.h"

#include <stdio.h>
#include <string.h>

#define PAGES_MAX 0x20000u
#define TRIES     16u /* extents that a call of slot_claim looks at */

static char taken[PAGES_MAX];
static uint32_t area_base, area_pages;
static uint32_t slot_map[PAGES_MAX / 32 + PAGES_MAX / 512];
static uint32_t longest; /* steps of one call */

static struct claim {
    uint32_t page, pages;
} claims[PAGES_MAX];
static uint32_t claim_count;

static void
area_init(uint32_t base, uint32_t pages)
{
    area_base = base;
    area_pages = pages;
    claim_count = 0;
    memset(taken, 0, sizeof taken);
    memset(slot_map, 0, sizeof slot_map);
    slot_init(base, pages << PAGE_BITS, slot_map);
}

/* Length of the free run at `page`. */
static uint32_t
run_at(uint32_t page)
{
    uint32_t n = 0;

    while (page + n < area_pages && !taken[page + n])
        n++;
    return n;
}

/* Where the reference puts a claim; area_pages: nowhere. */
static uint32_t
reference_claim(uint32_t pages, unsigned colour)
{
    uint32_t lowest = area_pages, seen = 0;

    for (uint32_t p = 0; p < area_pages; p++) {
        uint32_t run = run_at(p);

        if (run == 0)
            continue;
        for (uint32_t at = p; at + pages <= p + run; at++)
            if ((area_base / PAGE_SIZE + at) % SLOT_COLOURS == colour)
                return at;
        if (run >= pages)
            lowest = min_u32(lowest, p);
        if (++seen % TRIES == 0 && lowest < area_pages)
            break;
        p += run;
    }
    return lowest;
}

static void
count_steps(void)
{
    longest = max_u32(longest, slot_steps);
    slot_steps = 0;
}

/* slot_claim, as often as it takes. */
static vaddr_t
claim(uint32_t size, unsigned colour)
{
    uint32_t at = 0;
    vaddr_t base;

    slot_steps = 0;
    do {
        base = slot_claim(size, colour, &at);
        count_steps();
    } while (base == 0 && at != 0);
    return base;
}

static void
reference_mark(uint32_t page, uint32_t pages, char value)
{
    for (uint32_t i = 0; i < pages; i++) {
        must(page + i < area_pages && taken[page + i] != value);
        taken[page + i] = value;
    }
}

static void
remember(uint32_t page, uint32_t pages)
{
    reference_mark(page, pages, 1);
    claims[claim_count++] = (struct claim){page, pages};
}

static void
check_statistics(void)
{
    struct slot_stats s = slot_statistics();
    uint32_t free = 0, extents = 0, largest = 0;

    for (uint32_t p = 0; p < area_pages; p++) {
        uint32_t run = run_at(p);

        free += run;
        extents += run != 0;
        largest = max_u32(largest, run);
        p += run;
    }
    must(s.free_bytes == free << PAGE_BITS && s.extents == extents);
    must(s.largest_run == largest << PAGE_BITS);
}

static void
do_claim(void)
{
    uint32_t size = 1 + random_below(one_in(8) ? area_pages * 1024 : 24000);
    unsigned colour = random_below(SLOT_COLOURS);
    uint32_t pages = (size + PAGE_MASK) / PAGE_SIZE;
    uint32_t expected = reference_claim(pages, colour);
    vaddr_t base = claim(size, colour);

    if (expected == area_pages) {
        must(base == 0);
        return;
    }
    must(base == area_base + expected * PAGE_SIZE);
    remember(expected, pages);
}

static void
do_claim_at(void)
{
    uint32_t page = random_below(area_pages + 4) - 2;
    uint32_t pages = random_below(12);
    uint32_t odd = one_in(16) ? 1 + random_below(PAGE_MASK) : 0;
    bool expected =
        odd == 0 && pages != 0 && page < area_pages && run_at(page) >= pages;

    must(slot_claim_at(area_base + page * PAGE_SIZE + odd, pages * PAGE_SIZE) ==
         expected);
    if (expected)
        remember(page, pages);
}

/* The whole slot, or its tail. */
static void
do_release(void)
{
    uint32_t i = random_below(claim_count);
    struct claim *c = &claims[i];
    uint32_t keep = one_in(4) ? random_below(c->pages) : 0;

    slot_release(area_base + (c->page + keep) * PAGE_SIZE,
                 (c->pages - keep) * PAGE_SIZE);
    reference_mark(c->page + keep, c->pages - keep, 0);
    c->pages = keep;
    if (keep == 0)
        *c = claims[--claim_count];
}

static void
random_run(uint32_t base, uint32_t pages, uint32_t count, uint32_t seed)
{
    random_seed(seed);
    area_init(base, pages);
    while (count-- != 0) {
        bool filling = (count / 500) % 2 != 0;
        uint32_t what = random_below(8);

        if (what < (filling ? 2u : 5u) && claim_count != 0)
            do_release();
        else if (what == 7)
            do_claim_at();
        else
            do_claim();
        if (count % 64 == 0)
            check_statistics();
    }
    while (claim_count != 0)
        do_release();
    check_statistics();
    must(slot_statistics().largest_run == pages * PAGE_SIZE);
}

/* As many four-page servers as fit in 512 MB, then every other one leaves. */
static bool
crowd(void)
{
    struct slot_stats s;

    area_init(SMALL_AREA_BASE, PAGES_MAX);
    for (uint32_t n = 0; n < PAGES_MAX / 4; n++)
        if (claim(4 * PAGE_SIZE, n * 4) != area_base + n * 4 * PAGE_SIZE)
            return false;
    if (claim(1, 0) != 0)
        return false;
    for (uint32_t n = 0; n < PAGES_MAX / 4; n += 2)
        slot_release(area_base + n * 4 * PAGE_SIZE, 4 * PAGE_SIZE);
    s = slot_statistics();
    return s.extents == PAGES_MAX / 8 && s.largest_run == 4 * PAGE_SIZE &&
           claim(5 * PAGE_SIZE, 0) == 0 &&
           claim(4 * PAGE_SIZE, 0) == area_base;
}

static bool
hostile_placements(void)
{
    area_init(SMALL_AREA_BASE, 64);
    return !slot_claim_at(area_base - PAGE_SIZE, 2 * PAGE_SIZE) &&
           !slot_claim_at(area_base + 63 * PAGE_SIZE, 2 * PAGE_SIZE) &&
           !slot_claim_at(area_base, 65 * PAGE_SIZE) &&
           !slot_claim_at(area_base, 0xfffff000u) &&
           !slot_claim_at(0, PAGE_SIZE) &&
           !slot_claim_at(0xfffff000u, PAGE_SIZE) &&
           !slot_claim_at(area_base, 0) && claim(0, 0) == 0 &&
           claim(0xffffffffu, 0) == 0 && claim(0xfffff001u, 3) == 0 &&
           slot_claim_at(area_base, 64 * PAGE_SIZE);
}

/* What stands behind the map of whole words must not look like free pages. */
static bool
beyond_the_end(void)
{
    area_init(SMALL_AREA_BASE, 2048);
    return slot_claim_at(area_base, PAGE_SIZE) &&
           !slot_claim_at(area_base + 2047 * PAGE_SIZE, 2 * PAGE_SIZE) &&
           slot_claim_at(area_base + 2047 * PAGE_SIZE, PAGE_SIZE);
}

/* Holes of one page everywhere, then all of it, and the tail of all of it. */
static bool
bounded_time(void)
{
    bool good = true;

    area_init(SMALL_AREA_BASE, PAGES_MAX);
    longest = slot_steps = 0;
    for (uint32_t n = 0; n < PAGES_MAX; n += 2) {
        good = good && slot_claim_at(area_base + n * PAGE_SIZE, PAGE_SIZE);
        count_steps();
    }
    good = good && claim(2 * PAGE_SIZE, 0) == 0 &&
           claim(PAGE_SIZE, 15) == area_base + 15 * PAGE_SIZE;
    area_init(SMALL_AREA_BASE, PAGES_MAX);
    slot_steps = 0;
    good = good && slot_claim_at(area_base, PAGES_MAX * PAGE_SIZE);
    count_steps();
    slot_release(area_base + PAGE_SIZE, (PAGES_MAX - 1) * PAGE_SIZE);
    count_steps();
    printf("# at most %u steps a call\n", longest);
    return good && longest < 600;
}

int
main(void)
{
    plan(7);
    for (uint32_t seed = 1; seed <= 4; seed++)
        random_run(0xc0000000u + seed * 0x3000, 1000 + seed * 7,
                   rounds(30000, 500000), seed);
    ok(true, "claims and releases agree with a page-by-page reference");
    random_run(SMALL_AREA_BASE, PAGES_MAX, rounds(500, 5000), 9);
    ok(true, "so they do in an area of 512 MB");
    ok(crowd(), "32768 slots of four pages fill 512 MB to the last page");
    ok(bounded_time(), "no call takes more than 600 steps");
    ok(hostile_placements(), "a placement outside the area is refused");
    ok(beyond_the_end(), "so is one that begins in its last page");
    area_init(SMALL_AREA_BASE, 64);
    ok(slot_claim_at(area_base, PAGE_SIZE) &&
           BREAKS_PROMISE(slot_release(area_base, 2 * PAGE_SIZE)),
       "releasing what was not claimed breaks a promise");
    return done();
}
