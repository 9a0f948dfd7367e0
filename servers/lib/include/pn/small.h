/*
 * pn/small.h - Pinenut's extension of SpaceControl's control word: small spaces
 * of any number of pages.
 *
 * Pass PN_SmallPages(n) as control: the space becomes small with n pages of
 * 4 KB, at a place the kernel chooses; n = 0 makes it large. The control word
 * that comes back says whether it took effect and what the space was before.
 * X.2's own numbers (L4_SmallSpace in <l4/ia32/specifics.h>) work, too.
 */
#pragma once

#include <l4/types.h>

L4_INLINE L4_Word_t PN_SmallPages(L4_Word_t pages)
{
    return (1UL << 30) | (pages & 0xfffffUL);
}

L4_INLINE L4_Bool_t PN_TookEffect(L4_Word_t old_control)
{
    return (old_control & (1UL << 31)) != 0;
}

L4_INLINE L4_Bool_t PN_WasSmall(L4_Word_t old_control)
{
    return (old_control & (1UL << 30)) != 0;
}
