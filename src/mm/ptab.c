/*
 * mm/ptab.c - page table entries of small and large spaces alike.
 *
 * Layer 3.
 */
#include "mm/ptab.h"

#include "mm/frame.h"
#include "mm/progress.h"
#include "mm/tlb.h"

enum {
    SEARCH_BYTES = TABLE_BYTES / 8,   /* of one step, in a table */
    SKIP_BYTES = TABLE_BYTES * 64,    /* of one step over absent tables */
};

static_assert(USER_TOP % TABLE_BYTES == 0, "whole tables");

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

/* The entry in the space's tables, wherever the page itself is. */
static pte_t *
own_entry(const struct space *space, vaddr_t va)
{
    pte_t pde;

    if (va >= space->size)
        return NULL;
    if (space_is_small(space))
        return &small_area_ptes[(space->base - SMALL_AREA_BASE + va) >>
                                PAGE_BITS];
    pde = *directory_entry(space, va);
    if ((pde & PTE_P) == 0)
        return NULL;
    return (pde & PTE_PS) != 0 ? directory_entry(space, va)
                               : table_entry(pde, va);
}

static pte_t *
own_entry_make(struct space *space, vaddr_t va)
{
    pte_t *entry = own_entry(space, va);
    void *table;

    if (entry != NULL || va >= space->size)
        return entry;
    table = frame_alloc();
    if (table == NULL)
        return NULL;
    *directory_entry(space, va) = window_paddr(table) | PDE_USER_TABLE;
    return own_entry(space, va);
}

/*
 * If `entry` is of 4 MB, puts a table in its place and returns that of page
 * `va` alone.  Unrolled: interrupts are off.
 */
static pte_t *
split(struct space *space, vaddr_t va, pte_t *entry)
{
    pte_t page, *table;

    if (entry == NULL || (*entry & PTE_PS) == 0)
        return entry;
    frame_reserve(0u - 1); /* MM-17 */
    table = frame_take();
    assert(table != NULL);
    page = *entry - PTE_PS;
    *entry = window_paddr(table) | PDE_USER_TABLE;
    do {
        table[0] = page;
        table[1] = page + PAGE_SIZE;
        table[2] = page + 2 * PAGE_SIZE;
        table[3] = page + 3 * PAGE_SIZE;
        table += 4;
        page += 4 * PAGE_SIZE;
    } while ((page & BIG_OFFSET) != 0);
    preempt_later(3 * PTES_IN_TABLE);
    space->pages += PTES_IN_TABLE - 1;
    tlb_forget(space, va);
    return table_entry(*entry, va);
}

bool
ptab_carry(struct space *space, vaddr_t va)
{
    struct space *old = space->old;
    pte_t *entry = split(old, va, own_entry(old, va)), *place;

    if (entry == NULL || (*entry & PTE_P) == 0)
        return false;
    place = own_entry(space, va);
    if (place == NULL) { /* a table was set aside */
        frame_reserve(0u - 1);
        old->reserved--;
        place = own_entry_make(space, va);
        assert(place != NULL);
    }
    ptab_set(space, va, place, ptab_clear(old, va, entry));
    return true;
}

pte_t *
ptab_find(struct space *space, vaddr_t va)
{
    if (space->old != NULL)
        (void)ptab_carry(space, va);
    return own_entry(space, va);
}

pte_t *
ptab_split(struct space *space, vaddr_t va)
{
    return split(space, va, ptab_find(space, va));
}

pte_t *
ptab_make(struct space *space, vaddr_t va)
{
    if (va >= space->fits)
        space->fits = 0;
    (void)ptab_split(space, va);
    return own_entry_make(space, va);
}

pte_t *
ptab_big(struct space *space, vaddr_t va)
{
    pte_t *pde;

    if (space_is_small(space) || space->old != NULL)
        return NULL;
    space->fits = 0;
    pde = directory_entry(space, va);
    return (*pde & (PTE_P | PTE_PS)) == PTE_P ? NULL : pde;
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
    if ((old & PTE_PS) != 0)
        frame_reserve(0u - 1);
    return old;
}

static vaddr_t
own_next(const struct space *space, vaddr_t va, vaddr_t end)
{
    vaddr_t limit = min_u32(end, space->size), stop;
    const pte_t *entry;

    if (va >= limit)
        return end;
    entry = own_entry(space, va);
    if (entry == NULL) {
        do {
            va = (va | (TABLE_BYTES - 1)) + 1;
            preempt_later(8);
        } while (va % SKIP_BYTES != 0 && va < limit
                 && *directory_entry(space, va) == 0);
        return va;
    }
    stop = min_u32((va | (SEARCH_BYTES - 1)) + 1, limit);
    while (va < stop && (*entry & PTE_P) == 0) {
        va += PAGE_SIZE;
        entry++;
        preempt_later(8);
    }
    return va;
}

vaddr_t
ptab_next(const struct space *space, vaddr_t va, vaddr_t end)
{
    vaddr_t next;

    va &= ~PAGE_MASK;
    next = own_next(space, va, end);
    return space->old != NULL ? min_u32(next, own_next(space->old, va, end))
                              : next;
}

void
ptab_drop_tables(struct space *space)
{
    assert(!space_is_small(space) && space->pages == 0);
    assert(directory_owner != space);
    while (space->size != 0) {
        pte_t *pde, was;

        preempt(300);
        do
            space->size -= TABLE_BYTES;
        while (space->size % SKIP_BYTES != 0
               && *directory_entry(space, space->size) == 0);
        pde = directory_entry(space, space->size);
        was = *pde;
        *pde = 0;
        if ((was & PTE_P) != 0)
            frame_free(window(was & PTE_FRAME));
    }
}
