/*
 * mm/mapdb.h - the mapping database: who got which page from whom.
 *
 * Layer 3.  Every page that a space got by a map or grant item has a record;
 * the records of one physical page form a tree, the root being sigma0's.
 * Unmap takes a page back from all spaces below (X.2 "Unmap").
 *
 * A record names (space, page), never an entry's address, so a space may
 * move, shrink, grow or change its kind without the database noticing.  A
 * tree is one list in preorder; a record knows its parent.  Records are
 * found by a hash of (space, page).  So a page is mapped in constant time
 * and unmapped in time of its subtree, however many others share its frame.
 * A record knows how many hands its page has gone through, 510 at most: that
 * bounds the search for a page's ancestors.  4 MB that were mapped at once
 * have one record, until their last page goes.
 *
 * MM-8   in every space but sigma0, a page is present and not pinned if and
 *        only if it has a record, or none but that of its 4 MB.  No record is
 *        without a page.
 * MM-9   sigma0 has one record for each 4 MB, from when something is mapped
 *        from there first.  It owns all memory 1:1, whether or not its own
 *        page is present, and receives no mappings.
 * MM-10  a mapping has no rights that its parent has not.
 * MM-14  there is at most one walk through a subtree that was interrupted.
 *        Who needs the trees finishes it first, whoever began it and even if
 *        that thread is no more; so the trees do not change under it.
 *
 * Status bits: see mapdb_change.
 */
#pragma once

#include "kern/base.h"
#include "mm/progress.h"
#include "mm/space.h"

/* `buckets`, a power of two: about one a page that is mapped in all. */
MUST_CHECK bool mapdb_init(uint32_t buckets);

enum map_status {
    MAP_OK,
    MAP_BEYOND_LIMIT, /* the page lies at or beyond the receiver's size */
    MAP_NO_MEMORY,    /* of the kernel's; or the 510th hand is to pass it on */
};

/*
 * Maps or grants page *va, or 4 MB at once; then *va goes on to the last page
 * of these.  For that both addresses are multiples of 4 MB, `last` is not
 * before their end, `to` is large and has no page table there (nor UTCBs), and
 * it is one page in `from`, or 4 MB of user memory that sigma0 maps.
 *
 * `rights` are X.2's (X2_FPAGE_R, W, X); only W tells mappings apart on IA-32.
 * The rights given are `rights` AND those of the source.  MAP_NO_MEMORY: the
 * page is not mapped, but what was in its way may be gone.  MAP_BEYOND_LIMIT:
 * nothing changed.  MAP_OK with nothing done: the source is absent, either
 * side is pinned, the destination lies in the UTCB area, `to` asks its pager
 * at its limit and the page lies beyond, or:
 *
 *   the destination is the source, or one the source itself came from: it
 *   stays as it is, as does the source.
 *
 * A destination that came directly from this source gains the rights.
 * Whatever else is there is flushed first with all that came from it.
 *
 * Grant: the record moves with everything mapped from it; if the new page is
 * read-only, so become those.  A destination that came from the source is
 * flushed, with what came from it, before the record takes its place.  A part
 * of 4 MB leaves behind what was mapped from it: that is flushed.
 *
 * `to` is not sigma0.  What sigma0 sends is user memory, and no grant: it
 * cannot give its ownership away.  Preemptible (mm/progress.h), and needs no
 * progress.
 */
MUST_CHECK enum map_status mapdb_map(struct space *from, vaddr_t *va,
                                     vaddr_t last, struct space *to,
                                     vaddr_t to_va, uint32_t rights,
                                     bool give);

/*
 * Changes the entries of all that was mapped from the pages `first` to `last`
 * of `space` (page addresses, ends included), and with CHANGE_OWN of those
 * pages themselves: bits of `change` below PAGE_SIZE are switched off, with
 * PTE_P the whole entry; those above CHANGE_ON_SHIFT are on afterwards.  A
 * pinned or absent page is left alone.
 *
 * Returns the status bits (PTE_STATUS) of all these pages since they were last
 * switched off from here.  They cover what was mapped from the pages,
 * including mappings that are gone since, and with CHANGE_OWN the pages
 * themselves.  They are reset here and below, and kept for those further up.
 * What was mapped as 4 MB, and all that sigma0 maps, keeps them as one for 4 MB:
 * asked for a part they may tell of the others, and stay.
 *
 * Preemptible; resets what it uses of `p` at its end.
 */
#define CHANGE_OWN      PAGE_SIZE
#define CHANGE_ON_SHIFT 16
uint32_t mapdb_change(struct space *space, vaddr_t first, vaddr_t last,
                      uint32_t change, struct progress *p);

/*
 * A space dies: flushes every page, with all that was mapped from it.
 * Afterwards only pinned pages are left, and no record names the space.
 * Preemptible.
 */
void mapdb_space_remove(struct space *space, struct progress *p);

/* A page at or behind `va` that `from` may be able to map; see page_next. */
vaddr_t mapdb_next(struct space *from, vaddr_t va, vaddr_t last);

/* Whoever kept `p` gives up: it begins anew. */
void mapdb_forget(struct progress *p);

/* Records in use, for statistics. */
uint32_t mapdb_records(void);
