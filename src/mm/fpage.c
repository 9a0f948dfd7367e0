/*
 * mm/fpage.c - flexpages: which pages an X.2 fpage word means.
 *
 * Layer 3.
 */
#include "mm/fpage.h"

#define COMPLETE_BITS  1u  /* the size field of the complete address space */
#define SEND_BASE_UNIT 10u /* bits 10-31 of a map item's first word */

struct fpage
fpage_decode(uint32_t word)
{
    uint32_t bits = word >> X2_FPAGE_SIZE_SHIFT & X2_FPAGE_SIZE_MASK;

    if (bits == COMPLETE_BITS)
        bits = FPAGE_ALL_BITS;
    if (bits < PAGE_BITS || bits > FPAGE_ALL_BITS)
        return (struct fpage){0, 0, 0};
    return (struct fpage){word & ~fpage_mask(bits), bits,
                          fpage_mask(bits) & ~PAGE_MASK};
}

/*
 * The smaller of the two decides how much moves.  The send base picks the
 * place in the larger one, modulo its size; what is left of it below the
 * smaller size is garbage.
 */
bool
fpage_transfer(uint32_t snd_fpage, uint32_t snd_base, uint32_t window,
               struct transfer *out)
{
    struct fpage send = fpage_decode(snd_fpage);
    struct fpage receive = fpage_decode(window);
    uint32_t smaller = fpage_mask(min_u32(send.bits, receive.bits));
    uint32_t larger = fpage_mask(max_u32(send.bits, receive.bits));
    uint32_t place = snd_base & ~fpage_mask(SEND_BASE_UNIT) & larger & ~smaller;

    if (send.bits == 0 || receive.bits == 0)
        return false;
    out->from = send.base;
    out->to = receive.base;
    if (send.bits > receive.bits)
        out->from += place;
    else
        out->to += place;
    out->last = smaller & ~PAGE_MASK;
    return true;
}
