/*
 * tests/host/model.c - the mapping database as it ought to be: naive.
 */
#include "model.h"

#include "mm/frame.h"
#include "mm/mapdb.h"
#include "mm/ptab.h"
#include "reference.h"

#include <string.h>

#define MAPPINGS 8192
#define ROOTS    128
#define NONE     (-1)

/*
 * A page that somebody has.  Numbers below ROOTS are sigma0's ownership of
 * one frame each; `present` says whether sigma0 also has its own 1:1 page.
 */
struct mapping {
    bool used, present, writable;
    unsigned space;
    vaddr_t va;
    paddr_t frame;
    int parent;
    uint32_t own;  /* status of this page, since it was asked for */
    uint32_t seen; /* status of all below, since it was asked for here */
};

static struct mapping all[MAPPINGS], saved[MAPPINGS];
static int top, saved_top; /* no mapping in use at or above */

static int
root_of(paddr_t frame)
{
    for (int i = 0; i < ROOTS; i++)
        if (all[i].used && all[i].frame == frame)
            return i;
    return NONE;
}

static int
find(unsigned space, vaddr_t va)
{
    if (space == SIGMA0)
        return root_of(va);
    for (int i = ROOTS; i < top; i++)
        if (all[i].used && all[i].space == space && all[i].va == va)
            return i;
    return NONE;
}

static bool
has_children(int m)
{
    for (int i = ROOTS; i < top; i++)
        if (all[i].used && all[i].parent == m)
            return true;
    return false;
}

static bool
is_above(int upper, int lower)
{
    while (lower != upper && lower != NONE)
        lower = all[lower].parent;
    return lower != NONE;
}

static bool
is_pinned(unsigned space, vaddr_t va)
{
    return pinned_at[space] == va;
}

void
model_start(void)
{
    int n = 0;

    memset(all, 0, sizeof all);
    top = ROOTS;
    for (paddr_t pa = user_memory_next(0); pa != NO_MEMORY_ABOVE;
         pa = user_memory_next(pa + PAGE_SIZE)) {
        must(n < ROOTS);
        all[n++] = (struct mapping){.used = true,
                                    .writable = true,
                                    .space = SIGMA0,
                                    .va = pa,
                                    .frame = pa,
                                    .parent = NONE};
        if (pa == 0xfffff000u)
            break;
    }
}

void
model_save(void)
{
    memcpy(saved, all, (size_t)top * sizeof all[0]);
    saved_top = top;
}

void
model_restore(void)
{
    memcpy(all, saved, (size_t)saved_top * sizeof all[0]);
    top = saved_top;
}

bool
model_allows(unsigned space, vaddr_t va, bool write)
{
    int m = find(space, va & PTE_FRAME);

    if (is_pinned(space, va & PTE_FRAME))
        return !write;
    return m != NONE && (space != SIGMA0 || all[m].present) &&
           (!write || all[m].writable);
}

void
model_access(unsigned space, vaddr_t va, bool write)
{
    uint32_t bits = write ? SEEN_WRITE : SEEN_READ;
    int m = find(space, va & PTE_FRAME);

    if (is_pinned(space, va & PTE_FRAME))
        return;
    all[m].own |= bits;
    for (m = all[m].parent; m != NONE; m = all[m].parent)
        all[m].seen |= bits;
}

void
model_sigma0_fault(vaddr_t va)
{
    int m = find(SIGMA0, va & PTE_FRAME);

    if (!all[m].present)
        all[m].own = 0;
    all[m].present = all[m].writable = true;
}

static void
forget_orphaned_root(int m)
{
    if (m != NONE && m < ROOTS && !has_children(m))
        all[m].seen = 0;
}

/* Revokes from all below `m`; resets what they have seen. */
static void
revoke_below(int m, uint32_t rights)
{
    for (int i = ROOTS; i < top; i++) {
        if (!all[i].used || all[i].parent != m)
            continue;
        revoke_below(i, rights);
        all[i].own = all[i].seen = 0;
        if ((rights & 2) != 0)
            all[i].writable = false;
        if (rights == 7)
            all[i].used = false;
    }
}

static uint32_t
unmap_page(int m, uint32_t rights, bool flush)
{
    uint32_t status = all[m].seen;

    revoke_below(m, rights);
    all[m].seen = 0;
    if (!flush)
        return status;
    status |= all[m].own;
    all[m].own = 0;
    if ((rights & 2) != 0)
        all[m].writable = false;
    if (rights != 7)
        return status;
    if (m < ROOTS) {
        all[m].present = false;
        return status;
    }
    all[m].used = false;
    forget_orphaned_root(all[m].parent);
    return status;
}

/* The first page address in [va, end) that the space can give away. */
static uint64_t
next_page(unsigned space, uint64_t va, uint64_t end)
{
    uint64_t best = end;

    for (int i = space == SIGMA0 ? 0 : ROOTS;
         i < (space == SIGMA0 ? ROOTS : top); i++)
        if (all[i].used && all[i].space == space && all[i].va >= va &&
            all[i].va < best)
            best = all[i].va;
    return best;
}

static void
write_protect_below(int m)
{
    for (int i = ROOTS; i < top; i++)
        if (all[i].used && all[i].parent == m) {
            all[i].writable = false;
            write_protect_below(i);
        }
}

static void
map_page(unsigned from, vaddr_t va, unsigned to, vaddr_t to_va, uint32_t rights,
         bool grant)
{
    int source = find(from, va), there = find(to, to_va);
    /* sigma0 owns all memory, whatever its own page may do. */
    bool writable =
        (rights & 2) != 0 && (from == SIGMA0 || all[source].writable);
    int m = ROOTS;

    if (is_pinned(to, to_va) || (there != NONE && is_above(there, source)))
        return;
    if (grant && from != SIGMA0) {
        if (there != NONE)
            unmap_page(there, 7, true);
        all[source].space = to;
        all[source].va = to_va;
        all[source].own = 0;
        all[source].writable = writable;
        if (!writable)
            write_protect_below(source);
        return;
    }
    if (grant) {
        all[source].present = false;
        all[source].own = 0;
    }
    if (there != NONE && all[there].parent == source) {
        all[there].writable |= writable;
        return;
    }
    if (there != NONE)
        unmap_page(there, 7, true);
    while (m < top && all[m].used)
        m++;
    must(m < MAPPINGS);
    if (m == top)
        top++;
    all[m] = (struct mapping){.used = true,
                              .writable = writable,
                              .space = to,
                              .va = to_va,
                              .frame = all[source].frame,
                              .parent = source};
}

/* What is in the way of a mapping that memory then does not suffice for. */
static void
vacate_page(unsigned from, vaddr_t va, unsigned to, vaddr_t to_va)
{
    int source = find(from, va), there = find(to, to_va);

    if (there != NONE && !is_above(there, source)
        && all[there].parent != source)
        unmap_page(there, 7, true);
}

enum map_status
model_map(unsigned from, unsigned to, uint32_t base, uint32_t fpage,
          uint32_t window, bool grant, uint32_t limit,
          bool vacate)
{
    struct ref_transfer t = ref_transfer(fpage, base, window);
    uint64_t end = t.from + t.size;
    uint64_t size = spaces[to].size;

    if ((fpage & 7) == 0 || to == SIGMA0)
        return MAP_OK;
    /* Destinations outside the user area do not count. */
    if (t.to >= USER_TOP)
        return MAP_OK;
    if (end - t.from + t.to > USER_TOP)
        end = USER_TOP - t.to + t.from;
    for (uint64_t va = next_page(from, t.from, end); va < end;
         va = next_page(from, va + PAGE_SIZE, end)) {
        if (va - t.from + t.to >= size)
            return MAP_BEYOND_LIMIT;
        if (limit-- == 0) {
            if (vacate)
                vacate_page(from, (vaddr_t)va, to,
                            (vaddr_t)(va - t.from + t.to));
            return MAP_NO_MEMORY;
        }
        map_page(from, (vaddr_t)va, to, (vaddr_t)(va - t.from + t.to),
                 fpage & 7, grant);
    }
    return MAP_OK;
}

uint32_t
model_unmap(unsigned space, uint32_t fpage, bool flush)
{
    struct ref_fpage f = ref_fpage(fpage);
    uint64_t end = f.base + f.size;
    uint32_t status = 0;

    for (uint64_t va = next_page(space, f.base, end); va < end;
         va = next_page(space, va + PAGE_SIZE, end))
        status |= unmap_page(find(space, (vaddr_t)va), fpage & 7, flush);
    for (int i = 0; i < ROOTS; i++)
        forget_orphaned_root(i);
    return (fpage & ~7u) | status;
}

void
model_space_remove(unsigned space)
{
    (void)model_unmap(space, 0x17, true);
}

uint32_t
model_mappings(void)
{
    uint32_t n = 0;

    for (int i = ROOTS; i < top; i++)
        n += all[i].used;
    return n;
}

bool
model_pick(uint32_t number, unsigned *space, vaddr_t *va)
{
    for (int i = ROOTS; i < top; i++)
        if (all[i].used && number-- == 0) {
            *space = all[i].space;
            *va = all[i].va;
            return true;
        }
    return false;
}

static bool
entry_agrees(unsigned space, vaddr_t va, pte_t entry)
{
    int m = find(space, va);
    uint32_t own = 0;

    if (is_pinned(space, va))
        return (entry & PTE_PINNED) != 0 && (entry & PTE_W) == 0;
    if (m == NONE || (space == SIGMA0 && !all[m].present))
        return false;
    if ((entry & PTE_A) != 0)
        own |= SEEN_READ;
    if ((entry & PTE_D) != 0)
        own |= SEEN_WRITE;
    return (entry & PTE_FRAME) == all[m].frame && own == all[m].own &&
           ((entry & PTE_W) != 0) == all[m].writable && (entry & PTE_US) != 0 &&
           (entry & PTE_PINNED) == 0 &&
           ((entry & PTE_G) != 0) ==
               (cpu_has_pge && space_is_small(&spaces[space]));
}

static uint32_t
expected_pages(unsigned space)
{
    uint32_t n = 1; /* pinned */

    for (int i = 0; i < top; i++)
        n += all[i].used && all[i].space == space &&
             (i >= ROOTS || all[i].present);
    return n;
}

static uint32_t
expected_records(void)
{
    uint32_t n = model_mappings();

    for (int i = 0; i < ROOTS; i++)
        n += all[i].used && has_children(i);
    return n;
}

bool
model_agrees(void)
{
    for (unsigned s = 0; s < SPACES; s++) {
        uint32_t pages = 0;

        for (vaddr_t va = page_first(&spaces[s], 0, USER_TOP); va < USER_TOP;
             va = page_first(&spaces[s], va + PAGE_SIZE, USER_TOP)) {
            if (!entry_agrees(s, va, *ptab_find(&spaces[s], va)))
                return false;
            pages++;
        }
        if (spaces[s].old != NULL)
            pages += spaces[s].old->pages;
        if (pages != spaces[s].pages || pages != expected_pages(s))
            return false;
    }
    return mapdb_records() == expected_records();
}
