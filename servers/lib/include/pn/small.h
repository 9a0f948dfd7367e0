/*
 * pn/small.h - Pinenut's extension of SpaceControl's control word: small spaces
 * of any number of pages, that grow, shrink and move.
 *
 * Pass PN_SmallPages(n) as control: the space becomes small with n pages of
 * 4 KB; n = 0 makes it large. A small space grows or shrinks where it is if
 * there is room behind it, else at a place the kernel chooses. The control word
 * that comes back says whether it took effect and what the space was before.
 * X.2's own numbers (L4_SmallSpace in <l4/ia32/specifics.h>) work, too.
 *
 * PN_AskPager: an access beyond the limit (and a string buffer there) is the
 * business of the thread's pager. It gets an exception message with the
 * exception number 0x100 + 12 or 13 and the size of the space as error code,
 * and answers as to an exception. Without it the space becomes large, and
 * nobody is told.
 */
#pragma once

#include <l4/kip.h>
#include <l4/space.h>

/* Type of the small area's memory descriptor in the kernel interface page. */
#define PN_MEMORY_SMALL_AREA 0x1fUL

#define PN_LIMIT_FAULT   0x100UL /* + the processor's exception number */
#define PN_LIMIT_REFUSED 0x200UL /* as number in the answer: to the handler */

L4_INLINE L4_Word_t PN_SmallPages(L4_Word_t pages)
{
    return (1UL << 30) | (pages & 0xfffffUL);
}

L4_INLINE L4_Word_t PN_AskPager(L4_Word_t control)
{
    return control | (1UL << 29);
}

/* Not where it is now. */
L4_INLINE L4_Word_t PN_Elsewhere(L4_Word_t control)
{
    return control | (1UL << 28);
}

L4_INLINE L4_Bool_t PN_TookEffect(L4_Word_t old_control)
{
    return (old_control & (1UL << 31)) != 0;
}

L4_INLINE L4_Bool_t PN_WasSmall(L4_Word_t old_control)
{
    return (old_control & (1UL << 30)) != 0;
}

L4_INLINE L4_Bool_t PN_AskedPager(L4_Word_t old_control)
{
    return (old_control & (1UL << 29)) != 0;
}

/* Where a space is in the machine's one linear address space. */
struct pn_place {
    L4_Word_t base; /* 0 = a large space */
    L4_Word_t size; /* bytes that its segment covers */
};

/*
 * SpaceControl with `control` for the space of `tid`, which has its areas. If
 * `base` is not 0, it is the linear address, page aligned, where the kernel
 * shall put it. *old is the old control word, which says whether anything took
 * effect; *place is where the space is now. 1; or 0 with L4_ErrorCode 1 or 3,
 * and then *old and *place are of no use. Control 0 changes nothing.
 */
L4_INLINE L4_Word_t pn_place(L4_ThreadId_t tid, L4_Word_t control,
                             L4_Word_t base, L4_Word_t *old,
                             struct pn_place *place)
{
    L4_Word_t words[2];
    L4_Word_t done = L4_SYS(place)(
        tid.raw, base ? PN_Elsewhere(control) : control, base, old, words);

    place->base = words[0];
    place->size = words[1];
    return done;
}

/* The area that small spaces have their places in, as the kernel interface
 * page tells; size 0 if it does not. */
L4_INLINE struct pn_place pn_small_area(void)
{
    struct pn_place area = {0, 0};
    const L4_MemoryDesc_t *m;

    for (L4_Word_t n = 0; (m = L4_MemoryDesc(0, n)) != 0; n++)
        if (L4_IsMemoryDescVirtual(m) &&
            L4_MemoryDescType(m) == PN_MEMORY_SMALL_AREA) {
            area.base = L4_MemoryDescLow(m);
            area.size = L4_MemoryDescHigh(m) - area.base + 1;
        }
    return area;
}
