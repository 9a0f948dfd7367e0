/*
 * mm/ptab.h - page table entries of small and large spaces alike.
 *
 * Layer 3.  A small space's entries lie in the tables of the small area, one
 * array for the whole area that every directory shares (DESIGN section 3);
 * it needs no table of its own.  A large space has a directory and tables of
 * its own, made when the first page is put there; they stay until the space
 * dies or becomes small, empty or not.
 *
 * Where a large space has no table, one entry of the directory may map 4 MB
 * (PTE_PS).  For each of these a frame is set aside: it can be split into
 * 1,024 pages at any time, without asking for memory.
 *
 * MM-5  space->pages counts the present entries.
 * MM-6  entries are changed by ptab_set, ptab_clear and ptab_split only, which
 *       forget the old translation before they return.
 * MM-7  an entry with PTE_PINNED is the kernel's own gift (KIP, UTCBs):
 *       users neither map it on, nor map over it, nor unmap it.
 * MM-17 there are as many frames set aside for tables as there are entries
 *       of 4 MB in user space.
 */
#pragma once

#include "kern/base.h"
#include "kern/layout.h"
#include "mm/space.h"

/* Intel, Pentium Processor Family Developer's Manual 3, 11.3.4. */
enum pte_bits {
    PTE_P = 1 << 0,
    PTE_W = 1 << 1,
    PTE_US = 1 << 2,
    PTE_PWT = 1 << 3, /* write through */
    PTE_PCD = 1 << 4, /* do not cache */
    PTE_A = 1 << 5,
    PTE_D = 1 << 6,
    PTE_PS = 1 << 7,     /* of a directory: a page of 4 MB */
    PTE_G = 1 << 8,      /* set by ptab_set itself */
    PTE_PINNED = 1 << 9, /* bits 9-11 are software's */
};

#define PTE_STATUS    ((pte_t)(PTE_A | PTE_D))
#define PTE_CACHING   ((pte_t)(PTE_PWT | PTE_PCD))
#define PTE_FRAME     (~(pte_t)PAGE_MASK)
#define PTES_IN_TABLE ((uint32_t)(PAGE_SIZE / sizeof(pte_t)))
#define TABLE_BYTES   (PTES_IN_TABLE << PAGE_BITS) /* what one table maps */

/* A page of 4 MB has these pages; offset of the last. */
#define BIG_BYTES  TABLE_BYTES
#define BIG_OFFSET (BIG_BYTES - PAGE_SIZE)

/* Directory entry of a user table; the entry of the page decides W. */
#define PDE_USER_TABLE ((pte_t)(PTE_P | PTE_W | PTE_US | PTE_A))

/* The entries of the small area, index (linear - SMALL_AREA_BASE) / 4 KB. */
extern pte_t *small_area_ptes;

/* CR4.PGE is on: pages of the small area are global (found out at boot). */
extern bool cpu_has_pge;

/*
 * The entry of page `va` (rounded down): NULL if there is no table for it or
 * it lies at or beyond space->size.  The entry may be not present, and that of
 * 4 MB (PTE_PS).  A page that a moving space has at its old place is carried
 * over (MM-15).
 */
pte_t *ptab_find(struct space *space, vaddr_t va);

/* What a present entry of `va` would be if it had that page alone. */
static inline pte_t
ptab_page(pte_t entry, vaddr_t va)
{
    return (entry & PTE_PS) == 0
        ? entry : (entry & ~(pte_t)PTE_PS) | (va & BIG_OFFSET);
}

/* ptab_find, but 4 MB become 1,024 pages first. */
pte_t *ptab_split(struct space *space, vaddr_t va);

/*
 * The entry to make a page of 4 MB in, or one already; NULL = not here: the
 * space is small or moving, or has a table there.
 */
pte_t *ptab_big(struct space *space, vaddr_t va);

/* `space` is moving: carry page `va` over; false = it is not at the old place. */
bool ptab_carry(struct space *space, vaddr_t va);

/* ptab_split, but makes the table: NULL = no memory, or beyond the size. */
MUST_CHECK pte_t *ptab_make(struct space *space, vaddr_t va);

/*
 * Writes `value` (present) to the entry of page `va` of `space`.  Bit G is
 * chosen here, so a value may be carried from one kind of space to another.
 * Who puts 4 MB where nothing was has set a frame aside (MM-17).
 */
void ptab_set(struct space *space, vaddr_t va, pte_t *entry, pte_t value);

/* Makes the page not present; returns what was there. */
pte_t ptab_clear(struct space *space, vaddr_t va, pte_t *entry);

/*
 * A step of the search for present pages in [va, end): all pages between `va`
 * and the result are absent.  The page there may be present or not; at or
 * beyond `end` the search is over.  Bounded time.
 */
vaddr_t ptab_next(const struct space *space, vaddr_t va, vaddr_t end);

/*
 * Frees the user tables of a large space, not the pages, and not the
 * directory.  It must not be the loaded one, and pages must all be gone.
 * Preemptible: the space shrinks from its top, and has size 0 in the end.
 */
void ptab_drop_tables(struct space *space);
