/*
 * mm/space.c - address spaces: their making, their end, their kind.
 *
 * Layer 3.  A small space is a base, a limit and pages in tables that every
 * directory shares; a large one has a directory of its own.  Promotion,
 * demotion and moving are one operation: change the descriptor at once, then
 * carry the page table entries over, by and by (MM-15).  The mapping database
 * names (space, page) and hears nothing of it; user pointers are
 * segment-relative and stay true.
 */
#include "mm/space.h"

#include "kern/layout.h"
#include "kern/string.h"
#include "mm/frame.h"
#include "mm/io.h"
#include "mm/mapdb.h"
#include "mm/object.h"
#include "mm/progress.h"
#include "mm/ptab.h"
#include "mm/tlb.h"
#include "seg/desc.h"
#include "seg/slot.h"

#define USER_PDES (USER_TOP / TABLE_BYTES)
#define DIRECTORY_ENTRIES PTES_IN_TABLE

struct space kernel_space;
uint32_t space_redirectors;

static struct pool space_pool = POOL(struct space);
static struct space *queue, **queue_end = &queue; /* MM-16: moving, dying */
static struct progress finishing;                 /* of the first in it */
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
    return s;
}

static void
enqueue(struct space *s)
{
    if (s->queued)
        return;
    s->queued = true;
    *queue_end = s;
    queue_end = &s->next;
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
space_abandon(struct space *s)
{
    assert(s->first_thread == NULL);
    leave_directory(s);
    space_set_redirector(s, 0);
    s->searched = 0;
    enqueue(s);
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

/* --- moving ---------------------------------------------------------------- */

/* What a place took besides pages, which are gone. */
static void
place_release(struct space *s)
{
    if (space_is_small(s)) {
        slot_release(s->base, s->size);
        return;
    }
    ptab_drop_tables(s);
    frame_free(s->directory);
}

/* Ends the move of `s`, if it is moving. */
static void
settle(struct space *s)
{
    struct space *old = s->old;

    if (old == NULL)
        return;
    while (old->pages != 0) {
        preempt(250);
        old->searched = ptab_next(old, old->searched, old->size);
        (void)ptab_carry(s, old->searched);
    }
    place_release(old);
    s->old = NULL;
    frame_reserve(0u - old->reserved);
    pool_free(&space_pool, old);
}

/* `s` is to be somewhere else: what it is now becomes s->old. */
static bool
move_begin(struct space *s, uint32_t tables)
{
    struct space *old;

    if (!frame_reserve(tables))
        return false;
    old = pool_alloc(&space_pool);
    if (old == NULL) {
        frame_reserve(0u - tables);
        return false;
    }
    *old = *s;
    old->searched = 0;
    old->reserved = tables;
    s->old = old;
    return true;
}

bool
space_make_large(struct space *s)
{
    pte_t *d;

    if (!space_is_small(s))
        return true;
    settle(s);
    d = directory_create();
    if (d == NULL)
        return false;
    if (!move_begin(s, (s->size + TABLE_BYTES - 1) / TABLE_BYTES)) {
        frame_free(d);
        return false;
    }
    become_large(s, d);
    s->pages = 0;
    enqueue(s);
    return true;
}

bool
space_fits(struct space *s, uint32_t size, struct progress *p)
{
    settle(s);
    if (s->kip + PAGE_SIZE > size || s->utcb + s->utcb_size > size
        || (p->walked && s->fits == 0))
        return false;
    if (!p->walked || s->fits != size)
        s->fits = s->searched = size;
    p->walked = true;
    for (; (s->searched = ptab_next(s, s->searched, s->size)) < s->size;
         s->searched += PAGE_SIZE) {
        const pte_t *entry = ptab_find(s, s->searched);

        if (entry != NULL && (*entry & PTE_P) != 0)
            return false;
        preempt(200);
    }
    return true;
}

bool
space_make_small(struct space *s, vaddr_t base, uint32_t size)
{
    if (!move_begin(s, 0))
        return false;
    leave_directory(s);
    s->base = base;
    s->size = size;
    s->directory = NULL;
    s->cr3 = s->cr3_due = 0;
    s->pages = 0;
    describe(s);
    enqueue(s);
    return true;
}

void
space_resize(struct space *s, uint32_t size)
{
    s->size = size;
    describe(s);
}

/* --- the end --------------------------------------------------------------- */

/* The UTCB frames are the kernel's own; the interface page is shared. */
static void
free_pinned(struct space *s)
{
    s->searched |= 1; /* what is not pinned has gone */
    for (; s->pages != 0; s->searched += PAGE_SIZE) {
        pte_t *entry;

        s->searched = ptab_next(s, s->searched, s->size);
        entry = ptab_find(s, s->searched);
        preempt(60);
        if (entry == NULL || (*entry & PTE_P) == 0)
            continue;
        if (space_in_utcb_area(s, s->searched))
            frame_free(window(*entry & PTE_FRAME));
        (void)ptab_clear(s, s->searched, entry);
    }
}

void
space_finish(void)
{
    struct space *s;

    while ((s = queue) != NULL) {
        settle(s);
        if (s->first_thread == NULL) {
            if (s->searched == 0) {
                mapdb_space_remove(s, &finishing);
                io_unmap(s, X2_FPAGE_IO_COMPLETE, true);
            }
            free_pinned(s);
            place_release(s);
        }
        queue = s->next;
        if (queue == NULL)
            queue_end = &queue;
        s->next = NULL;
        s->queued = false;
        if (s->first_thread == NULL)
            pool_free(&space_pool, s);
    }
}
