/*
 * l4/ia32/specifics.h - what X.2 defines for IA-32 alone: I/O fpages and the
 * control word of SpaceControl.
 */
#pragma once

#include <l4/types.h>

/* --- I/O fpages: ports 16..31, log2 of their number 10..15, constant 2 --- */

L4_INLINE L4_Fpage_t L4_IoFpageLog2(L4_Word_t port, L4_Word_t log2)
{
    return l4_fpage((port << 16) | (log2 << 10) | (2UL << 4));
}

/* `ports` is rounded up to a power of two. */
L4_INLINE L4_Fpage_t L4_IoFpage(L4_Word_t port, L4_Word_t ports)
{
    L4_Word_t log2 = 0;

    while (log2 < 16 && (1UL << log2) < ports)
        log2++;
    return L4_IoFpageLog2(port, log2);
}

L4_INLINE L4_Bool_t L4_IsIoFpage(L4_Fpage_t f)
{
    return ((f.raw >> 4) & 0x3f) == 2;
}

L4_INLINE L4_Word_t L4_IoFpagePort(L4_Fpage_t f)
{
    return f.raw >> 16;
}

L4_INLINE L4_Word_t L4_IoFpageSizeLog2(L4_Fpage_t f)
{
    return (f.raw >> 10) & 0x3f;
}

L4_INLINE L4_Word_t L4_IoFpageSize(L4_Fpage_t f)
{
    return 1UL << (L4_IoFpageSizeLog2(f) & 31);
}

/* --- Small spaces --- */

/* In the control word: bits 0..7 are valid. In the result: it took effect. */
#define L4_SpaceControlSmall (1UL << 31)

/* Small-space number 0: an ordinary, large space. */
#define L4_LargeSpace 0UL

/* The small-space number for a space of `size` MB at `location` MB in the
 * small area; size a power of two from 4, location a multiple of size. Use it
 * as L4_SpaceControl(t, L4_SpaceControlSmall | L4_SmallSpace(0, 16), ...). */
L4_INLINE L4_Word_t L4_SmallSpace(L4_Word_t location, L4_Word_t size)
{
    L4_Word_t bit = size / 4;

    return ((location / 2 & ~(bit - 1)) | bit) & 0xff;
}
