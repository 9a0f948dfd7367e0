/*
 * seg/slot.c - who has which pages of the small-space area.
 *
 * Layer 2.  One bit a page, set = free.  The search skips whole words and
 * starts at the lowest free page, so the dense low part costs nothing.
 */
#include "seg/slot.h"

#include "kern/layout.h"

/* How many extents that fit a claim looks at for the wanted colour. */
#define COLOUR_TRIES 16u

/* A run of pages, as page numbers relative to the area. */
struct extent {
    uint32_t from, to;
};

static uint32_t *free_map;
static uint32_t area_base; /* linear page number of page 0 */
static uint32_t area_pages;
static uint32_t free_pages;
static uint32_t first_free; /* every page below is taken */

/* The first page >= page that is free (taken), or area_pages. */
static uint32_t
page_find(uint32_t page, bool is_free)
{
    uint32_t flip = is_free ? 0 : ~0u;

    while (page < area_pages) {
        uint32_t word = (free_map[page / 32] ^ flip) >> page % 32;

        if (word != 0)
            return min_u32(page + (uint32_t)__builtin_ctz(word), area_pages);
        page = (page | 31) + 1;
    }
    return area_pages;
}

/* The first free extent at or behind `page`; empty if there is none. */
static struct extent
extent_next(uint32_t page)
{
    uint32_t from = page_find(page, true);

    return (struct extent){from, page_find(from, false)};
}

/* Inverts the bits of [from, to), which must all be `was_free`. */
static void
pages_flip(uint32_t from, uint32_t to, bool was_free)
{
    assert(from < to && to <= area_pages);
    assert(page_find(from, !was_free) >= to);
    while (from < to) {
        uint32_t n = min_u32(32 - from % 32, to - from);

        free_map[from / 32] ^= ~0u >> (32 - n) << from % 32;
        from += n;
    }
}

static vaddr_t
extent_claim(uint32_t from, uint32_t pages)
{
    pages_flip(from, from + pages, true);
    free_pages -= pages;
    first_free = page_find(first_free, true);
    return (area_base + from) << PAGE_BITS;
}

INIT void
slot_init(vaddr_t base, uint32_t size, void *map)
{
    assert(((base | size) & PAGE_MASK) == 0 && base != 0);
    free_map = map;
    area_base = base >> PAGE_BITS;
    area_pages = size >> PAGE_BITS;
    free_pages = area_pages;
    first_free = 0;
    for (uint32_t i = 0; i < slot_map_bytes(size) / 4; i++)
        free_map[i] = ~0u;
}

bool
slot_claim_at(vaddr_t base, uint32_t size)
{
    uint32_t from = (base >> PAGE_BITS) - area_base;
    uint32_t pages = size >> PAGE_BITS;

    if (((base | size) & PAGE_MASK) != 0 || pages == 0)
        return false;
    if (from >= area_pages || page_find(from, false) < from + pages)
        return false;
    (void)extent_claim(from, pages);
    return true;
}

vaddr_t
slot_claim(uint32_t size, unsigned colour)
{
    uint32_t pages = (size >> PAGE_BITS) + ((size & PAGE_MASK) != 0);
    uint32_t tries = COLOUR_TRIES;
    uint32_t fallback = area_pages;
    struct extent e;

    if (pages == 0)
        return 0;
    for (e = extent_next(first_free); e.from < e.to && tries != 0;
         e = extent_next(e.to)) {
        uint32_t skip = (colour - area_base - e.from) % SLOT_COLOURS;

        if (e.to - e.from < pages)
            continue;
        if (e.to - e.from - pages >= skip)
            return extent_claim(e.from + skip, pages);
        fallback = min_u32(fallback, e.from);
        tries--;
    }
    return fallback < area_pages ? extent_claim(fallback, pages) : 0;
}

void
slot_release(vaddr_t base, uint32_t size)
{
    uint32_t from = (base >> PAGE_BITS) - area_base;
    uint32_t pages = size >> PAGE_BITS;

    assert(((base | size) & PAGE_MASK) == 0);
    assert(from < area_pages && pages <= area_pages - from);
    pages_flip(from, from + pages, false);
    free_pages += pages;
    first_free = min_u32(first_free, from);
}

struct slot_stats
slot_statistics(void)
{
    struct slot_stats s = {.free_bytes = free_pages << PAGE_BITS};

    for (struct extent e = extent_next(0); e.from < e.to;
         e = extent_next(e.to)) {
        s.largest_run = max_u32(s.largest_run, (e.to - e.from) << PAGE_BITS);
        s.extents++;
    }
    return s;
}
