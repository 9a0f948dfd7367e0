/*
 * mm/fpage.h - flexpages: which pages an X.2 fpage word means.
 *
 * Layer 3.  Pure arithmetic on user words; no value of them is an error.
 *
 * An fpage is base (bits 10-31), log2 of its size (4-9) and rights (0-2).
 * Libraries build page-fault replies by overwriting some bits of the raw
 * fault address, so bit 3 and base bits below the size hold garbage and are
 * ignored.  X.2 "Fpages", "Map and grant items".
 */
#pragma once

#include "kern/base.h"
#include "pinenut/x2.h"

#define FPAGE_ALL_BITS 32u /* log2 size of the complete address space */

struct fpage {
    vaddr_t base;
    uint32_t bits; /* log2 of the size, 12..32; 0 = no memory at all */
    uint32_t last; /* offset of the last page: the size - 4 KB */
};

/* What one map item moves: page addresses, ends included. */
struct transfer {
    vaddr_t from;
    vaddr_t to;
    uint32_t last; /* offset of the last page: the size - 4 KB */
};

/* 2^bits - 1, for bits up to 32. */
static inline uint32_t
fpage_mask(uint32_t bits)
{
    return bits >= FPAGE_ALL_BITS ? ~0u : (1u << bits) - 1;
}

/*
 * The memory that a word describes.  Nil, I/O fpages, and sizes below a page
 * or above 2^32 are no memory: bits == 0.
 */
struct fpage fpage_decode(uint32_t word);

/*
 * What is transferred by a map or grant item with send fpage `snd_fpage` and
 * send base `snd_base` (the item's first word) through receive window
 * `window`: X.2 "Map and grant items".  False: nothing.
 */
bool fpage_transfer(uint32_t snd_fpage, uint32_t snd_base, uint32_t window,
                    struct transfer *out);
