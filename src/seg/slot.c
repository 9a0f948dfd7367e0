/*
 * seg/slot.c - who has which pages of the small-space area.
 *
 * Layer 2.  One bit a page, set = free, in words; and of each word, two bits
 * that say whether it is all free, or mixed, else all taken.  A word that is
 * not mixed is not looked at, so a slot of 512 MB is claimed by changing 128
 * words, and a search skips 4 MB a step.
 */
#include "seg/slot.h"

#include "kern/layout.h"

/* How many extents one call of slot_claim looks at. */
#define TRIES 16u

/* A run of pages, as page numbers relative to the area. */
struct extent {
    uint32_t from, to;
};

static uint32_t *free_map; /* of mixed words; words are numbered as there */
static uint32_t *all_free, *mixed; /* a bit a word; never both */
static uint32_t area_base; /* linear page number of page 0 */
static uint32_t area_pages;
static uint32_t free_pages;

#ifdef PINENUT_HOST
uint32_t slot_steps;
#define STEP() (slot_steps++)
#else
#define STEP() ((void)0)
#endif

static uint32_t
word_get(uint32_t word)
{
    uint32_t bit = 1u << word % 32;

    if ((mixed[word / 32] & bit) != 0)
        return free_map[word];
    return (all_free[word / 32] & bit) != 0 ? ~0u : 0;
}

/* Inverts some of a word's bits. */
static void
word_flip(uint32_t word, uint32_t bits)
{
    uint32_t bit = 1u << word % 32;
    uint32_t now = word_get(word) ^ bits;

    free_map[word] = now;
    all_free[word / 32] &= ~bit;
    mixed[word / 32] &= ~bit;
    if (now == ~0u)
        all_free[word / 32] |= bit;
    else if (now != 0)
        mixed[word / 32] |= bit;
}

/* The first page in [page, end) that is free (taken), or `end`. */
static uint32_t
page_find(uint32_t page, uint32_t end, bool is_free)
{
    while (page < end) {
        uint32_t word = page / 32, bits = ~all_free[word / 32];

        STEP();
        if (is_free)
            bits = ~bits | mixed[word / 32];
        bits >>= word % 32;
        if (bits == 0) { /* none of these words */
            page = (page | 1023) + 1;
            continue;
        }
        if ((bits & 1) == 0)
            page = (word + (uint32_t)__builtin_ctz(bits)) * 32;
        bits = word_get(page / 32);
        if (!is_free)
            bits = ~bits;
        bits >>= page % 32;
        if (bits != 0)
            return min_u32(page + (uint32_t)__builtin_ctz(bits), end);
        page = (page | 31) + 1;
    }
    return end;
}

/*
 * The first free extent at or behind `page`, or what of it suffices to find
 * room for `pages` of any colour; empty if there is none.
 */
static struct extent
extent_next(uint32_t page, uint32_t pages)
{
    uint32_t from = page_find(page, area_pages, true);
    uint32_t most = min_u32(pages + SLOT_COLOURS, area_pages - from);

    return (struct extent){from, page_find(from, from + most, false)};
}

/* Bits from .. to - 1 of a word, which are some. */
static uint32_t
bits_between(uint32_t from, uint32_t to)
{
    return ~0u >> (32 - (to - from)) << from;
}

/* Inverts the bits of [from, to), which must all be `was_free`. */
static void
pages_flip(uint32_t from, uint32_t to, bool was_free)
{
    (void)was_free;
    assert(from < to && to <= area_pages);
#ifdef PINENUT_HOST /* the kernel's time is bounded without */
    assert(page_find(from, to, !was_free) == to);
#endif
    while (from < to) {
        uint32_t word = from / 32, n = min_u32(32 - from % 32, to - from);

        STEP();
        if (from % 1024 == 0 && to - from >= 1024) { /* the long way, fast */
            all_free[from / 1024] ^= ~0u;
            from += 1024;
            continue;
        }
        if (n != 32) {
            word_flip(word, bits_between(from % 32, from % 32 + n));
            from += n;
            continue;
        }
        n = min_u32(32 - word % 32, to / 32 - word);
        all_free[word / 32] ^= bits_between(word % 32, word % 32 + n);
        from += n * 32;
    }
}

static vaddr_t
extent_claim(uint32_t from, uint32_t pages)
{
    pages_flip(from, from + pages, true);
    free_pages -= pages;
    return (area_base + from) << PAGE_BITS;
}

INIT void
slot_init(vaddr_t base, uint32_t size, void *map)
{
    assert(((base | size) & PAGE_MASK) == 0 && base != 0);
    area_base = base >> PAGE_BITS;
    area_pages = size >> PAGE_BITS;
    all_free = map; /* zeroed: all taken */
    mixed = all_free + (area_pages + 1023) / 1024;
    free_map = mixed + (area_pages + 1023) / 1024;
    free_pages = 0;
    slot_release(base, size);
}

bool
slot_claim_at(vaddr_t base, uint32_t size)
{
    uint32_t from = (base >> PAGE_BITS) - area_base;
    uint32_t pages = size >> PAGE_BITS;

    if (((base | size) & PAGE_MASK) != 0 || pages == 0)
        return false;
    if (from >= area_pages || pages > area_pages - from
        || page_find(from, from + pages, false) < from + pages)
        return false;
    (void)extent_claim(from, pages);
    return true;
}

vaddr_t
slot_claim(uint32_t size, unsigned colour, uint32_t *at)
{
    uint32_t pages = (size >> PAGE_BITS) + ((size & PAGE_MASK) != 0);
    uint32_t fallback = area_pages;

    if (pages == 0)
        return 0;
    for (uint32_t tries = TRIES; tries != 0; tries--) {
        struct extent e = extent_next(*at, pages);
        uint32_t skip = (colour - area_base - e.from) % SLOT_COLOURS;

        *at = e.to;
        if (e.to - e.from < pages) {
            if (e.to < area_pages)
                continue;
            *at = 0;
            break;
        }
        if (e.to - e.from - pages >= skip)
            return extent_claim(e.from + skip, pages);
        fallback = min_u32(fallback, e.from);
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
}

struct slot_stats
slot_statistics(void)
{
    struct slot_stats s = {.free_bytes = free_pages << PAGE_BITS};

    for (struct extent e = extent_next(0, area_pages); e.from < e.to;
         e = extent_next(e.to, area_pages)) {
        s.largest_run = max_u32(s.largest_run, (e.to - e.from) << PAGE_BITS);
        s.extents++;
    }
    return s;
}
