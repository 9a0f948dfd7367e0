/*
 * The translation buffers of the P5: instructions 32 entries of 4 KB, data 64
 * of 4 KB and 8 of 4 MB, all 4-way with LRU. A 4 MB page used for code takes
 * 4 KB entries (there is no large instruction TLB). A P6 has the same and two
 * entries of 4 MB for instructions.
 */
#ifndef P5_TLB_H
#define P5_TLB_H

#include <stdbool.h>
#include <stdint.h>

#define TLB_WAYS     4
#define TLB_MAX_SETS 16
#define TLB_VALID    0x80000000u /* page numbers have 20 bits at most */

struct tlb_entry {
    uint32_t tag;   /* page number | TLB_VALID, or 0 */
    uint32_t frame; /* physical address */
    uint64_t used;
    bool global;
};

struct tlb {
    unsigned sets;  /* a power of two */
    unsigned ways;  /* in use, of TLB_WAYS */
    unsigned shift; /* 12 or 22 */
    uint64_t clock;
    struct tlb_entry entry[TLB_MAX_SETS][TLB_WAYS];
};

void tlb_init(struct tlb *tlb, unsigned sets, unsigned shift);

/* The entry for VA, freshly used, or NULL. */
struct tlb_entry *tlb_find(struct tlb *tlb, uint32_t va);

/* Put VA -> FRAME in the place of the entry unused for longest. */
void tlb_fill(struct tlb *tlb, uint32_t va, uint32_t frame, bool global);

void tlb_flush(struct tlb *tlb, bool keep_global);

/* INVLPG: drops the page of VA, global or not. */
void tlb_drop(struct tlb *tlb, uint32_t va);

#endif
