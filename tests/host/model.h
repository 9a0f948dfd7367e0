/*
 * tests/host/model.h - the mapping database as it ought to be: naive.
 *
 * Every page that somebody has is one struct, of 4 MB each of the 1,024; a
 * subtree is found by recursion.  Status bits are kept as events: each access
 * is noted at once with everybody it concerns.  Rules from X.2 and the
 * contracts in mm/mapdb.h and mm/map.h, code from neither.
 */
#pragma once

#include "machine.h"
#include "mm/map.h"

/* Status bits, as in an fpage's rights. */
#define SEEN_READ  5u
#define SEEN_WRITE 7u /* a write is a reference too */

void model_start(void);

/* The page was accessed, successfully. */
void model_access(unsigned space, vaddr_t va, bool write);

/* What should an access do? */
bool model_allows(unsigned space, vaddr_t va, bool write);

/* sigma0 was given its own page. */
void model_sigma0_fault(vaddr_t va);

/*
 * map_fpage in the model.  `limit` pages at most are done, then it stops
 * with MAP_NO_MEMORY; with `vacate`, what was in the next one's way is gone.
 */
enum map_status model_map(unsigned from, unsigned to, uint32_t base,
                          uint32_t fpage, uint32_t window, bool grant,
                          uint32_t limit, bool vacate);

/* What happens to pages: an Unmap or a MemoryControl. */
struct model_change {
    uint32_t rights; /* revoked */
    bool status;     /* asked for, and reset */
    bool flush;      /* the caller's own, too */
    bool cache;      /* `caching` is set: PTE_CACHING */
    uint32_t caching;
};

/* Status that has to be told, and what may be: pages of 4 MB share theirs. */
struct seen {
    uint32_t least, most;
};

struct seen model_change(unsigned space, uint32_t fpage,
                         struct model_change c);

/*
 * Where spaces have page tables: decides whether 4 MB can become one page.
 * To be called before a map.
 */
void model_observe(void);

/* The space changed its kind: 4 MB are pages now. */
void model_split(unsigned space);

void model_space_remove(unsigned space);

/* Remembers the whole state, and goes back to it. */
void model_save(void);
void model_restore(void);

/* How many mappings there are, sigma0's ownership not counted. */
uint32_t model_mappings(void);

/* A mapping by number, to aim at; false: none. */
bool model_pick(uint32_t number, unsigned *space, vaddr_t *va);

/* Does the kernel's state say the same? */
bool model_agrees(void);
