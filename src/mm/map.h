/*
 * mm/map.h - map and grant items, Unmap, and sigma0's own pages.
 *
 * Layer 3.  Loops of the mapping database over fpages, preemptible between
 * two pages and within the mappings of one (mm/progress.h).
 */
#pragma once

#include "kern/base.h"
#include "mm/mapdb.h"

/*
 * Carries out a map or grant item: first word `item_base`, fpage `fpage`,
 * into the receive window `window` (an fpage word; its low four bits are
 * ignored).  Skipped without an error: source pages that are absent, pinned
 * pages on either side, destinations outside the user area, and everything
 * if the fpage carries no rights, the window is nil, or `to` is sigma0.
 * sigma0 sends physical memory 1:1 whether or not it has it mapped itself; its
 * grants are maps.
 * A grant through a smaller window takes only what was transferred.
 */
MUST_CHECK enum map_status map_fpage(struct space *from, struct space *to,
                                     uint32_t item_base, uint32_t fpage,
                                     uint32_t window, bool grant,
                                     struct progress *p);

/*
 * X.2 Unmap of one fpage, of memory or of ports (these go whatever the rights
 * bits say, and have no status): revokes its rights.  Returns the fpage with its
 * rights replaced by the status bits (mm/mapdb.h).
 */
uint32_t unmap_fpage(struct space *space, uint32_t fpage, bool flush,
                     struct progress *p);

/* mapdb_change of the pages of an fpage; of ports: nothing. */
uint32_t map_change(struct space *space, uint32_t fpage, uint32_t change,
                    struct progress *p);

/*
 * sigma0 touched `va`: gives it the page 1:1.  False if that is no user
 * memory, beyond its segment, or no memory is left for a page table.
 */
MUST_CHECK bool sigma0_fault(struct space *sigma0, vaddr_t va);
