/*
 * mm/tlb.h - forgetting translations.
 *
 * Layer 3.  A page of a small space is cached under base + address, whatever
 * directory is loaded, and globally where the CPU has PGE; it always needs
 * INVLPG.  A page of a large space can only be cached while its directory is
 * loaded: any other directory came or comes with a CR3 write, which drops
 * what is not global.  What counts is the directory that is *loaded*, which
 * need not be the running space's (DESIGN section 3).
 *
 * A translation that was not present is never cached: making a page present
 * needs nothing (Intel, Pentium Processor Family Developer's Manual 3, 11.3.5).
 */
#pragma once

#include "kern/base.h"
#include "mm/space.h"

/* The large space whose directory CR3 holds (seg/switch). */
extern struct space *directory_owner;

#ifdef PINENUT_HOST
void tlb_invlpg(uint32_t linear); /* the tests' fake TLB */
#else
#include "kern/x86.h"
static inline void
tlb_invlpg(uint32_t linear)
{
    invlpg(linear);
}
#endif

static inline void
tlb_forget(const struct space *space, vaddr_t va)
{
    if (space_is_small(space) || directory_owner == space)
        tlb_invlpg(space->base + va);
}
