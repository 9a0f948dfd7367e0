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

enum map_status
map_fpage(struct space *from, struct space *to, uint32_t item_base,
          uint32_t fpage, uint32_t window, bool grant, struct progress *p)
{
    uint32_t rights = fpage & X2_FPAGE_RWX;
    enum map_status status = MAP_OK;
    struct transfer t;
    vaddr_t va, last;

    if (io_is_fpage(fpage))
        return io_map(from, to, fpage, window, grant) ? MAP_OK : MAP_NO_MEMORY;
    if (rights == 0 || to->is_sigma0)
        return MAP_OK;
    if (!fpage_transfer(fpage, item_base, window, &t) || t.to >= USER_TOP)
        return MAP_OK;
    last = t.from + min_u32(t.last, USER_TOP - PAGE_SIZE - t.to);
    for (va = t.from + p->at; (va = mapdb_next(from, va, last)) <= last;
         va += PAGE_SIZE) {
        p->at = va - t.from;
        preempt(400);
        status = mapdb_map(from, &va, last, to, p->at + t.to, rights,
                           grant > from->is_sigma0);
        if (status != MAP_OK)
            return status;
        if (va == last)
            break;
    }
    p->at = 0;
    return MAP_OK;
}

uint32_t
map_change(struct space *space, uint32_t fpage, uint32_t change,
           struct progress *p)
{
    struct fpage f = fpage_decode(fpage);

    return f.bits == 0
        ? 0 : mapdb_change(space, f.base, f.base + f.last, change, p);
}

uint32_t
unmap_fpage(struct space *space, uint32_t fpage, bool flush,
            struct progress *p)
{
    uint32_t rights = fpage & X2_FPAGE_RWX;
    uint32_t change = PTE_STATUS | (flush ? CHANGE_OWN : 0), status;

    fpage ^= rights;
    if (io_is_fpage(fpage)) {
        io_unmap(space, fpage, flush);
        return fpage;
    }
    if (rights == X2_FPAGE_RWX)
        change |= PTE_P;
    change |= rights & PTE_W;
    status = map_change(space, fpage, change, p);
    if ((status & PTE_A) != 0)
        fpage |= X2_FPAGE_R | X2_FPAGE_X;
    if ((status & PTE_D) != 0)
        fpage |= X2_FPAGE_R | X2_FPAGE_W;
    return fpage;
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
             va | PTE_P | PTE_W | PTE_US
                 | (*entry & (PTE_STATUS | PTE_CACHING)));
    return true;
}
