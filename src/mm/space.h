/*
 * mm/space.h - one address space, small or large.
 *
 * Layer 3.  The first four words are what a switch reads (seg/switch): they
 * share a cache line, and kern/offsets.c hands their offsets to NASM.
 *
 * MM-1  small: base + size lies in the small area, cr3 == 0, directory == NULL.
 * MM-2  large: base == 0, size == USER_TOP, cr3 is the directory's address.
 * MM-3  cr3_due == 0 when the loaded directory serves this space (every small
 *       space; the large space `directory_owner`); else cr3_due == cr3.
 * MM-4  no page, interface page or UTCB area lies at or beyond size.
 * MM-15 a page that a space has is in its tables or, while `old` is there, in
 *       those of the place it is leaving; never in both.  Who asks for a page
 *       (mm/ptab.h) or touches it (a page fault) has it carried over first, so
 *       the space's threads run on, and nobody waits for the move.
 * MM-16 a space that is moving or dying is in a queue: its mover or killer
 *       finishes it, or if that thread is no more, whoever is next there.
 */
#pragma once

#include "kern/base.h"

typedef uint32_t pte_t;

struct progress;
struct thread;

struct space {
    uint32_t desc_lo; /* data descriptor; code differs in one type bit */
    uint32_t desc_hi;
    uint32_t cr3_due;
    uint32_t cr3;

    vaddr_t base;     /* linear address of the segment; 0 = large */
    uint32_t size;    /* bytes the segment covers, a page multiple */
    pte_t *directory; /* large: the page directory; small: NULL */
    uint32_t pages;   /* present pages, KIP and UTCBs included */

    vaddr_t kip;      /* 0 = not initialised by SpaceControl yet */
    vaddr_t utcb;     /* UTCB area */
    uint32_t utcb_size;
    uint32_t redirector; /* global id, 0 = none (X.2 "SpaceControl") */
    struct space *old; /* moving: the place it leaves, seen as a space */

    struct thread *first_thread; /* active or not; NULL: new, or dying */
    uint8_t privileged;
    uint8_t is_sigma0;    /* owns all of physical memory, 1:1 */
    uint8_t small_number; /* X.2's number it was placed by, or 0 */
    uint8_t queued;       /* MM-16 */
    struct space *next;   /* in that queue */
    uint32_t searched;    /* pages below have been looked at: by space_fits;
                             of `old`: carried; dying: given back */
    uint32_t fits;        /* nothing came to lie at or beyond it since
                             space_fits began to look; 0 = it did */
    uint32_t reserved;    /* of `old`: frames set aside for page tables */
    uint8_t asks_pager;  /* what to do at the limit: DESIGN 4, policy b */
    uint8_t spare[19];
};

static_assert(sizeof(void *) != 4 || sizeof(struct space) == 96,
              "three cache lines, the first one hot");

/* The boot directory, loaded while no large space has run yet. */
extern struct space kernel_space;
extern uint32_t space_redirectors; /* how many spaces have one */

static inline bool
space_is_small(const struct space *s)
{
    return s->directory == NULL;
}

/* Its UTCB area is the kernel's: nobody maps there, used yet or not. */
static inline bool
space_in_utcb_area(const struct space *s, vaddr_t va)
{
    return va - s->utcb < s->utcb_size;
}

/*
 * `directory` is the one boot made: its kernel part and its small area go
 * into every directory.  `small_bytes` is the size of the area.
 */
void space_init(pte_t *directory, uint32_t small_bytes);

/* A large, empty space without areas; NULL = no memory. */
MUST_CHECK struct space *space_create(void);
/* X.2 "SpaceControl": who gets its messages; 0 = nobody but their addressees. */
void space_set_redirector(struct space *s, uint32_t id);
/*
 * It has no threads any more: space_finish gives everything back, pages,
 * areas, tables, slot.
 */
void space_abandon(struct space *s);

/*
 * Show the interface page at `kip` and make [utcb, utcb + utcb_size) the UTCB
 * area.  False = no memory for a page table; nothing has changed then.
 */
MUST_CHECK bool space_set_areas(struct space *s, vaddr_t kip, vaddr_t utcb,
                                uint32_t utcb_size);
/* The kernel's alias of user address `va` in the UTCB area; NULL = no memory. */
MUST_CHECK void *space_utcb(struct space *s, vaddr_t va);

/*
 * Promotion: false = no memory, and nothing has changed.  Begins the move, as
 * do the others here; space_finish ends it.  Preemptible (an earlier move).
 */
MUST_CHECK bool space_make_large(struct space *s);
/*
 * Does nothing of it, page or area, lie beyond `size` bytes?  False also if
 * something came there meanwhile.  Preemptible.
 */
bool space_fits(struct space *s, uint32_t size, struct progress *p);
/*
 * Demotion or move into `size` bytes at `base`, already claimed (seg/slot).
 * space_fits() has just said yes.  False = no memory, and nothing has changed.
 */
MUST_CHECK bool space_make_small(struct space *s, vaddr_t base, uint32_t size);

/* It is small, and its slot has been made `size` bytes long or will be. */
void space_resize(struct space *s, uint32_t size);

/* Ends every move and death that was begun.  Preemptible. */
void space_finish(void);

/*
 * Load a directory now, without running anybody (seg/switch.asm): before the
 * loaded one dies or changes.
 */
void space_load_directory(struct space *s);
