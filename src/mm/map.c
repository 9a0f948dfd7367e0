/*
 * mm/map.c - map and grant items, Unmap, and sigma0's own pages.
 *
 * Layer 3.
 */
#include "mm/map.h"

#include "mm/fpage.h"
#include "mm/frame.h"
#include "mm/io.h"
#include "mm/mapdb.h"
#include "mm/ptab.h"

#define NO_PAGE NO_MEMORY_ABOVE

/* The first page in [va, last] that `from` can map; NO_PAGE: none. */
static vaddr_t
source_next(const struct space *from, vaddr_t va, vaddr_t last)
{
    vaddr_t end = min_u32(last, USER_TOP - PAGE_SIZE) + PAGE_SIZE;

    if (from->is_sigma0) {
        va = user_memory_next(va);
        return va <= last ? va : NO_PAGE;
    }
    for (va = ptab_next(from, va, end); va < end;
         va = ptab_next(from, va + PAGE_SIZE, end))
        if ((*ptab_find(from, va) & PTE_PINNED) == 0)
            return va;
    return NO_PAGE;
}

/*
 * Is every page that would be transferred below the receiver's size?  The two
 * ranges are aligned to their size, so they are the same or disjoint, and no
 * page can join the sender's on the way.
 */
static bool
transfer_fits(const struct transfer *t, const struct space *from,
              const struct space *to)
{
    uint32_t room = to->size > t->to ? to->size - t->to : 0;

    return t->last < room ||
           source_next(from, t->from + room, t->from + t->last) == NO_PAGE;
}

enum map_status
map_fpage(struct space *from, struct space *to, uint32_t item_base,
          uint32_t fpage, uint32_t window, bool grant)
{
    uint32_t rights = fpage & X2_FPAGE_RWX;
    struct transfer t;
    vaddr_t va, last;

    if (io_is_fpage(fpage))
        return io_map(from, to, fpage, window, grant) ? MAP_OK : MAP_NO_MEMORY;
    if (rights == 0 || to->is_sigma0)
        return MAP_OK;
    if (!fpage_transfer(fpage, item_base, window, &t) || t.to >= USER_TOP)
        return MAP_OK;
    t.last = min_u32(t.last, USER_TOP - PAGE_SIZE - t.to);
    if (!transfer_fits(&t, from, to))
        return MAP_BEYOND_LIMIT;
    last = t.from + t.last;
    for (va = source_next(from, t.from, last); va != NO_PAGE;
         va = source_next(from, va + PAGE_SIZE, last)) {
        if (!mapdb_map(from, va, to, va - t.from + t.to, rights, grant))
            return MAP_NO_MEMORY;
        if (va == last)
            break;
    }
    return MAP_OK;
}

uint32_t
unmap_fpage(struct space *space, uint32_t fpage, bool flush)
{
    uint32_t rights = fpage & X2_FPAGE_RWX;
    struct fpage f = fpage_decode(fpage);
    vaddr_t last = f.base + (fpage_mask(f.bits) & ~PAGE_MASK);
    uint32_t status = 0;

    if (io_is_fpage(fpage))
        io_unmap(space, fpage, flush);
    else if (f.bits != 0)
        status = mapdb_unmap_range(space, f.base, last, rights, flush);
    return (fpage & ~X2_FPAGE_RWX) | status;
}

bool
sigma0_fault(struct space *sigma0, vaddr_t va)
{
    pte_t *entry;

    va &= ~PAGE_MASK;
    if (!frame_is_user(va) || space_in_utcb_area(sigma0, va))
        return false;
    entry = ptab_make(sigma0, va);
    if (entry == NULL || (*entry & PTE_PINNED) != 0)
        return false;
    ptab_set(sigma0, va, entry,
             va | PTE_P | PTE_W | PTE_US | (*entry & PTE_STATUS));
    return true;
}
