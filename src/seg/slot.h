/*
 * seg/slot.h - who has which pages of the small-space area.
 *
 * Layer 2.  A slot is a run of whole pages of any length; it becomes the
 * segment of a small space.  The record is one bit a page, in memory given
 * at boot (17 KB for 512 MB): claiming and releasing need no memory later,
 * so a release cannot fail.  Extent records would make a claim need memory
 * and a walk over thousands of records cost cache misses.  A summary of two
 * bits a word bounds every operation here by a few hundred steps.
 *
 * SEG-4  no two claimed slots overlap, and all lie in the area.
 *
 * A slot need not be released as it was claimed: claim_at on what follows
 * grows a slot in place, releasing its tail shrinks it.
 */
#pragma once

#include "kern/base.h"

#define SLOT_COLOURS 16u /* sets of the Pentium's data TLB */

struct slot_stats {
    uint32_t free_bytes;
    uint32_t largest_run; /* bytes of the largest free extent */
    uint32_t extents;     /* number of free extents */
};

/* Bytes slot_init needs for an area of `size` bytes. */
static inline uint32_t
slot_map_bytes(uint32_t size)
{
    return (round_up(size >> PAGE_BITS, 32) + round_up(size >> PAGE_BITS, 1024)
            / 32 * 2) / 8;
}

/*
 * The area is [base, base + size), whole pages, all free.  `map` points at
 * slot_map_bytes(size) zeroed bytes, word aligned, which stay with the
 * allocator.
 */
void slot_init(vaddr_t base, uint32_t size, void *map);

/*
 * Claims exactly [base, base + size) (X.2 placement).  False, and nothing
 * changed, if that is not page aligned, empty, outside the area, or partly
 * taken.
 */
MUST_CHECK bool slot_claim_at(vaddr_t base, uint32_t size);

/*
 * Claims `size` bytes (rounded up to pages) where there is room; lowest
 * addresses first.  A base whose page number is `colour` mod SLOT_COLOURS is
 * preferred if one of the extents that are looked at has one.  Returns the
 * base, or 0: then look further if *at, which is 0 at first, is not 0 again;
 * else there is no room (or size is 0).
 */
MUST_CHECK vaddr_t slot_claim(uint32_t size, unsigned colour, uint32_t *at);

/* Gives back [base, base + size), claimed pages.  Never fails. */
void slot_release(vaddr_t base, uint32_t size);

struct slot_stats slot_statistics(void);

#ifdef PINENUT_HOST
extern uint32_t slot_steps; /* tests: words and summary words looked at */
#endif
