/*
 * mm/ptab.c - page table entries of small and large spaces alike.
 *
 * Layer 3.
 */
#include "mm/ptab.h"

#include "mm/frame.h"
#include "mm/tlb.h"

enum { USER_TABLES = USER_TOP / TABLE_BYTES };

static_assert(USER_TABLES * TABLE_BYTES == USER_TOP, "whole tables");

pte_t *small_area_ptes;

static pte_t *
directory_entry(const struct space *space, vaddr_t va)
{
    return &space->directory[va / TABLE_BYTES];
}

static pte_t *
table_entry(pte_t pde, vaddr_t va)
{
    pte_t *table = window(pde & PTE_FRAME);

    return &table[(va >> PAGE_BITS) % PTES_IN_TABLE];
}

pte_t *
ptab_find(const struct space *space, vaddr_t va)
{
    pte_t pde;

    if (va >= space->size)
        return NULL;
    if (space_is_small(space))
        return &small_area_ptes[(space->base - SMALL_AREA_BASE + va) >>
                                PAGE_BITS];
    pde = *directory_entry(space, va);
    return (pde & PTE_P) != 0 ? table_entry(pde, va) : NULL;
}

pte_t *
ptab_make(struct space *space, vaddr_t va)
{
    pte_t *entry = ptab_find(space, va);
    void *table;

    if (entry != NULL || va >= space->size)
        return entry;
    table = frame_alloc();
    if (table == NULL)
        return NULL;
    *directory_entry(space, va) = window_paddr(table) | PDE_USER_TABLE;
    return ptab_find(space, va);
}

void
ptab_set(struct space *space, vaddr_t va, pte_t *entry, pte_t value)
{
    pte_t old = *entry;

    assert((value & PTE_P) != 0);
    value &= ~(pte_t)PTE_G;
    if (cpu_has_pge && space_is_small(space))
        value |= PTE_G;
    *entry = value;
    if ((old & PTE_P) != 0)
        tlb_forget(space, va);
    else
        space->pages++;
}

pte_t
ptab_clear(struct space *space, vaddr_t va, pte_t *entry)
{
    pte_t old = *entry;

    *entry = 0;
    if ((old & PTE_P) != 0) {
        tlb_forget(space, va);
        space->pages--;
    }
    return old;
}

vaddr_t
ptab_next(const struct space *space, vaddr_t va, vaddr_t end)
{
    vaddr_t limit = min_u32(end, space->size);

    va &= ~PAGE_MASK;
    while (va < limit) {
        const pte_t *entry = ptab_find(space, va);
        vaddr_t stop = min_u32((va | (TABLE_BYTES - 1)) + 1, limit);

        for (; entry != NULL && va < stop; va += PAGE_SIZE, entry++)
            if ((*entry & PTE_P) != 0)
                return va;
        va = stop;
    }
    return end;
}

void
ptab_drop_tables(struct space *space)
{
    assert(!space_is_small(space) && space->pages == 0);
    assert(directory_owner != space);
    for (unsigned i = 0; i < USER_TABLES; i++) {
        pte_t pde = space->directory[i];

        space->directory[i] = 0;
        if ((pde & PTE_P) != 0)
            frame_free(window(pde & PTE_FRAME));
    }
}
