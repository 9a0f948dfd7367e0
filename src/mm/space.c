/*
 * mm/space.c - address spaces: their making, their end, their kind.
 *
 * Layer 3.  A small space is a base, a limit and pages in tables that every
 * directory shares; a large one has a directory of its own.  Promotion,
 * demotion and moving are one operation: carry the page table entries over,
 * change the descriptor.  The mapping database names (space, page) and hears
 * nothing of it; user pointers are segment-relative and stay true.
 */
#include "mm/space.h"

#include "kern/layout.h"
#include "kern/string.h"
#include "mm/frame.h"
#include "mm/io.h"
#include "mm/mapdb.h"
#include "mm/object.h"
#include "mm/ptab.h"
#include "mm/tlb.h"
#include "seg/desc.h"
#include "seg/slot.h"

#define USER_PDES (USER_TOP / TABLE_BYTES)
#define DIRECTORY_ENTRIES PTES_IN_TABLE

struct space kernel_space;
struct space *all_spaces;
uint32_t space_redirectors;

static struct pool space_pool = POOL(struct space);
extern char kip_page[]; /* kern/kip.asm */

static void
describe(struct space *s)
{
    struct desc d = desc_user_data(s->base, s->size);

    s->desc_lo = d.lo;
    s->desc_hi = d.hi;
}

/* The fields of a large space with directory `d`, not loaded. */
static void
become_large(struct space *s, pte_t *d)
{
    s->base = 0;
    s->size = USER_TOP;
    s->directory = d;
    s->cr3 = window_paddr(d);
    s->cr3_due = s->cr3;
    s->small_number = 0;
    describe(s);
}

INIT void
space_init(pte_t *directory, uint32_t small_bytes)
{
    uint32_t tables = small_bytes / TABLE_BYTES;
    char *area = frame_alloc_run(tables);
    uint32_t map_pages = round_up(slot_map_bytes(small_bytes), PAGE_SIZE)
        >> PAGE_BITS;
    void *map = frame_alloc_run(map_pages);

    assert(area != NULL && map != NULL); /* boot has checked the memory */
    small_area_ptes = (pte_t *)(void *)area;
    for (uint32_t i = 0; i < tables; i++)
        directory[USER_PDES + i] =
            (window_paddr(area) + i * PAGE_SIZE) | PDE_USER_TABLE;
    slot_init(SMALL_AREA_BASE, small_bytes, map);

    kernel_space.directory = directory;
    kernel_space.size = USER_TOP;
    kernel_space.cr3 = window_paddr(directory);
    describe(&kernel_space);
    directory_owner = &kernel_space;
}

static pte_t *
directory_create(void)
{
    pte_t *d = frame_alloc();

    if (d != NULL)
        memcpy(d + USER_PDES, kernel_space.directory + USER_PDES,
               (DIRECTORY_ENTRIES - USER_PDES) * sizeof(pte_t));
    return d;
}

struct space *
space_create(void)
{
    struct space *s = pool_alloc(&space_pool);
    pte_t *d;

    if (s == NULL)
        return NULL;
    d = directory_create();
    if (d == NULL) {
        pool_free(&space_pool, s);
        return NULL;
    }
    become_large(s, d);
    s->next = all_spaces;
    all_spaces = s;
    return s;
}

/* The UTCB frames are the kernel's own; the interface page is shared. */
static void
free_utcbs(struct space *s)
{
    vaddr_t end = s->utcb + s->utcb_size;
    vaddr_t va = s->utcb;

    if (s->utcb_size == 0)
        return;
    while ((va = ptab_next(s, va, end)) != end) {
        pte_t old = ptab_clear(s, va, ptab_find(s, va));

        frame_free(window(old & PTE_FRAME));
        va += PAGE_SIZE;
    }
}

static void
leave_directory(struct space *s)
{
    if (directory_owner == s)
        space_load_directory(&kernel_space);
}

void
space_set_redirector(struct space *s, uint32_t id)
{
    space_redirectors += (uint32_t)(id != 0) - (uint32_t)(s->redirector != 0);
    s->redirector = id;
}

void
space_destroy(struct space *s)
{
    struct space **at = &all_spaces;

    assert(s->threads == 0);
    space_set_redirector(s, 0);
    free_utcbs(s);
    mapdb_space_remove(s);
    io_unmap(s, X2_FPAGE_IO_COMPLETE, true);
    if (space_is_small(s)) {
        slot_release(s->base, s->size);
    } else {
        leave_directory(s);
        ptab_drop_tables(s);
        frame_free(s->directory);
    }
    while (*at != s)
        at = &(*at)->next;
    *at = s->next;
    pool_free(&space_pool, s);
}

bool
space_set_areas(struct space *s, vaddr_t kip, vaddr_t utcb, uint32_t utcb_size)
{
    pte_t *entry = ptab_make(s, kip);
    paddr_t frame = window_paddr(kip_page);

    if (entry == NULL)
        return false;
    assert(!(*entry & PTE_P));
    ptab_set(s, kip, entry, frame | PTE_P | PTE_US | PTE_A | PTE_PINNED);
    s->kip = kip;
    s->utcb = utcb;
    s->utcb_size = utcb_size;
    return true;
}

void *
space_utcb(struct space *s, vaddr_t va)
{
    pte_t *entry = ptab_make(s, va);

    if (entry == NULL)
        return NULL;
    if (!(*entry & PTE_P)) {
        void *frame = frame_alloc();

        if (frame == NULL)
            return NULL;
        ptab_set(s, va, entry,
                 window_paddr(frame) | PTE_P | PTE_W | PTE_US | PTE_A | PTE_D
                     | PTE_PINNED);
    }
    return (char *)window(*entry & PTE_FRAME) + (va & PAGE_MASK);
}

/* Carry every page of `from` over to `to`: two views of one space. */
static void
carry_pages(struct space *from, struct space *to)
{
    vaddr_t va = 0;

    while ((va = ptab_next(from, va, from->size)) < from->size) {
        pte_t *entry = ptab_make(to, va);
        pte_t old = ptab_clear(from, va, ptab_find(from, va));

        assert(entry != NULL); /* the tables were made beforehand */
        ptab_set(to, va, entry, old & ~(pte_t)PTE_G);
        va += PAGE_SIZE;
    }
}

static bool
make_tables(struct space *from, struct space *to)
{
    vaddr_t va = 0;

    while ((va = ptab_next(from, va, from->size)) < from->size) {
        if (ptab_make(to, va) == NULL)
            return false;
        va = (va | (TABLE_BYTES - 1)) + 1; /* one table serves them all */
        if (va == 0)
            break;
    }
    return true;
}

bool
space_make_large(struct space *s)
{
    struct space large = *s;
    pte_t *d;

    assert(space_is_small(s));
    d = directory_create();
    if (d == NULL)
        return false;
    become_large(&large, d);
    large.pages = 0;
    if (!make_tables(s, &large)) {
        ptab_drop_tables(&large);
        frame_free(d);
        return false;
    }
    /* --- nothing fails from here --- */
    carry_pages(s, &large);
    slot_release(s->base, s->size);
    become_large(s, d);
    s->pages = large.pages;
    return true;
}

bool
space_fits(const struct space *s, uint32_t size)
{
    if (size < s->size && ptab_next(s, size, s->size) < s->size)
        return false;
    return s->kip + PAGE_SIZE <= size && s->utcb + s->utcb_size <= size;
}

bool
space_make_small(struct space *s, vaddr_t base, uint32_t size)
{
    struct space small = *s;

    if (!space_fits(s, size))
        return false;
    /* --- nothing fails from here --- */
    if (!space_is_small(s))
        leave_directory(s);
    small.base = base;
    small.size = size;
    small.directory = NULL;
    small.cr3 = small.cr3_due = 0;
    small.pages = 0;
    describe(&small);
    carry_pages(s, &small);
    if (space_is_small(s)) {
        slot_release(s->base, s->size);
    } else {
        ptab_drop_tables(s);
        frame_free(s->directory);
    }
    *s = small;
    return true;
}
