/*
 * l4/fpage.h - flexpages: encoding and tests (X.2 "Fpages").
 *
 * Bits 0..2 rights (x 1, w 2, r 4), bits 4..9 log2 of the size, bits 10..31
 * base / 1024. Size field 1 with base 0 is the complete address space.
 * Part of <l4/types.h>; mapping and unmapping are in <l4/space.h>.
 */
#pragma once

#include <l4/types.h>

typedef union {
    L4_Word_t raw;
    struct {
        L4_Word_t rwx : 3;
        L4_Word_t __zero : 1;
        L4_Word_t s : 6;
        L4_Word_t b : 22;
    } X;
} L4_Fpage_t;

#define L4_NoAccess        0x0UL
#define L4_eXecutable      0x1UL
#define L4_Writable        0x2UL
#define L4_WriteeXecOnly   0x3UL
#define L4_Readable        0x4UL
#define L4_ReadeXecOnly    0x5UL
#define L4_ReadWriteOnly   0x6UL
#define L4_FullyAccessible 0x7UL

/* An fpage from its raw word; not part of X.2. */
L4_INLINE L4_Fpage_t l4_fpage(L4_Word_t raw)
{
    L4_Fpage_t f;
    f.raw = raw;
    return f;
}

#define L4_Nilpage              (l4_fpage(0UL))
#define L4_CompleteAddressSpace (l4_fpage(1UL << 4))

/* The fpage of 2^log2 bytes that contains `base`; rights none. */
L4_INLINE L4_Fpage_t L4_FpageLog2(L4_Word_t base, L4_Word_t log2)
{
    L4_Word_t size_mask = log2 < 32 ? (1UL << log2) - 1 : ~0UL;

    return l4_fpage((base & ~size_mask & ~0x3ffUL) | (log2 << 4));
}

/* `size` is rounded up to a power of two, at least 1 KB. */
L4_INLINE L4_Fpage_t L4_Fpage(L4_Word_t base, L4_Word_t size)
{
    L4_Word_t log2 = 10;

    while (log2 < 32 && (1UL << log2) < size)
        log2++;
    return L4_FpageLog2(base, log2);
}

L4_INLINE L4_Bool_t L4_IsNilFpage(L4_Fpage_t f)
{
    return f.raw == 0;
}

L4_INLINE L4_Word_t L4_SizeLog2(L4_Fpage_t f)
{
    return (f.raw >> 4) & 0x3f;
}

/* In bytes; 0 for the complete address space and other sizes of 4 GB. */
L4_INLINE L4_Word_t L4_Size(L4_Fpage_t f)
{
    L4_Word_t log2 = L4_SizeLog2(f);

    return log2 < 10 || log2 > 31 ? 0 : 1UL << log2;
}

L4_INLINE L4_Word_t L4_Address(L4_Fpage_t f)
{
    return f.raw & ~0x3ffUL;
}

L4_INLINE L4_Word_t L4_Rights(L4_Fpage_t f)
{
    return f.raw & 7;
}

L4_INLINE void L4_Set_Rights(L4_Fpage_t *f, L4_Word_t rights)
{
    f->raw = (f->raw & ~7UL) | (rights & 7);
}

L4_INLINE L4_Fpage_t L4_FpageAddRights(L4_Fpage_t f, L4_Word_t rights)
{
    return l4_fpage(f.raw | (rights & 7));
}

L4_INLINE L4_Fpage_t L4_FpageAddRightsTo(L4_Fpage_t *f, L4_Word_t rights)
{
    f->raw |= rights & 7;
    return *f;
}

L4_INLINE L4_Fpage_t L4_FpageRemoveRights(L4_Fpage_t f, L4_Word_t rights)
{
    return l4_fpage(f.raw & ~(rights & 7));
}

L4_INLINE L4_Fpage_t L4_FpageRemoveRightsFrom(L4_Fpage_t *f, L4_Word_t rights)
{
    f->raw &= ~(rights & 7);
    return *f;
}

/* For fpages whose rights field holds the status that Unmap returned. */
L4_INLINE L4_Bool_t L4_WasWritten(L4_Fpage_t f)
{
    return (f.raw & L4_Writable) != 0;
}

L4_INLINE L4_Bool_t L4_WasReferenced(L4_Fpage_t f)
{
    return (f.raw & L4_Readable) != 0;
}

L4_INLINE L4_Bool_t L4_WaseXecuted(L4_Fpage_t f)
{
    return (f.raw & L4_eXecutable) != 0;
}
