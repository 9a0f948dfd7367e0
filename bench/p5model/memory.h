/*
 * Memory as the P5 sees it: two L1 caches and three TLBs over the guest's
 * page tables; or as a P6 does, with twice the ways and a fourth TLB. Charges
 * cycles and counts misses into a struct counters.
 *
 * The last page of each kind is kept beside the TLBs; a repeated access to it
 * cannot change the order of use, so skipping the lookup changes no figure.
 */
#ifndef P5_MEMORY_H
#define P5_MEMORY_H

#include "cache.h"
#include "counters.h"
#include "guest.h"
#include "tlb.h"

#define NO_PAGE       UINT32_MAX
#define P6_ITLB_LARGE 2

struct last_page {
    uint32_t number, frame;
    bool large; /* known by an entry for 4 MB */
};

/* One reference, for those who want to know which (the trace). */
enum touch_kind {
    TOUCH_FETCH, /* a line of code, when another one was fetched before */
    TOUCH_LOAD,
    TOUCH_STORE,
    TOUCH_TABLE, /* a page walk's read; va is that of the page walked for */
    TOUCH_REFILL_CODE, /* a TLB entry is brought in */
    TOUCH_REFILL_DATA
};

struct touch {
    enum touch_kind kind;
    uint32_t va, pa;
    bool large;      /* through an entry for 4 MB */
    uint64_t cycles; /* of this reference alone; a refill's are without those
                        of the table reads' cache misses */
};

struct memory {
    struct counters *count;
    const struct guest *guest;
    struct cache l1i, l1d;
    struct tlb itlb, dtlb, dtlb_large;
    struct tlb itlb_large; /* P6 only */
    bool p6;
    struct last_page fetch, data;
    uint32_t fetch_line;                   /* linear line number fetched last */
    void (*touched)(const struct touch *); /* NULL: nobody asks */
};

void memory_init(struct memory *m, struct counters *count,
                 const struct guest *guest, bool p6);

/* Translate, filling the TLBs: the slow half of the two below. */
uint32_t memory_translate(struct memory *m, uint32_t va, bool fetch);

/* Fetch the line of VA. */
void memory_fetch_line(struct memory *m, uint32_t va);

/* One data access of SIZE bytes that may be misaligned or cross a line.
 * Returns the physical address of its first byte. */
uint32_t memory_access(struct memory *m, uint32_t va, unsigned size,
                       bool store);

/* MOV CR3 (global pages stay if CR4.PGE) or a change of the paging mode. */
void memory_flush(struct memory *m, bool keep_global);

void memory_invlpg(struct memory *m, uint32_t va);

/* WBINVD, INVD. */
void memory_empty_caches(struct memory *m);

/* Fetch an instruction of bytes FIRST..LAST: at most two lines. */
static inline void
memory_fetch(struct memory *m, uint32_t first, uint32_t last)
{
    if (first >> LINE_SHIFT != m->fetch_line)
        memory_fetch_line(m, first);
    if (last >> LINE_SHIFT != m->fetch_line)
        memory_fetch_line(m, last);
}

#endif
