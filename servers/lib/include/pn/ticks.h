/*
 * pn/ticks.h - who has the processor, and how much of it (Pinenut's own part of
 * X.2 "Schedule": docs/api.md).
 */
#pragma once

#include <l4/types.h>
#include <l4/ia32/syscalls.h>

L4_Word64_t l4_ticks(L4_Word_t dest);
L4_Word64_t l4_ticks_fresh(L4_Word_t dest);

/*
 * How many ticks of the kernel's clock (1 ms, modulo 2^32) have found the thread
 * running since it was created.  Who runs between two ticks and never at one
 * has none: it is a sample, not a sum.  The caller must be the thread's
 * scheduler, or privileged.  Its state as L4_Schedule() tells it, or 0 with
 * L4_ErrorCode() and *ticks as it was.
 */
L4_INLINE L4_Word_t PN_Ticks(L4_ThreadId_t thread, L4_Word_t *ticks)
{
    L4_Word64_t both = L4_SYS(ticks)(thread.raw);

    if ((L4_Word_t)both != 0)
        *ticks = (L4_Word_t)(both >> 32);
    return (L4_Word_t)both;
}
