/*
 * l4/space.h - address spaces: Unmap and SpaceControl (X.2 "Address Spaces and
 * Mapping"). Fpages themselves are in <l4/fpage.h>.
 */
#pragma once

#include <l4/types.h>
#include <l4/ia32/specifics.h>
#include <l4/ia32/syscalls.h>
#include <l4/ia32/vregs.h>

#define L4_UnmapFlushFlag 0x40UL

/* Fpages in MR0 and up; control = their number - 1, with the flush flag to
 * remove them from the caller's space, too. Their rights say what to revoke;
 * afterwards they hold the status. */
L4_INLINE void L4_Unmap(L4_Word_t control)
{
    L4_SYS(unmap)(control);
}

/* k fpages from memory and back, at most 64 a system call; not part of X.2. */
L4_INLINE void l4_unmap_list(L4_Word_t flush, L4_Word_t k, L4_Fpage_t *f)
{
    while (k > 0) {
        L4_Word_t n = k < L4_MRS ? k : L4_MRS;

        L4_LoadMRs(0, (int)n, &f->raw);
        L4_Unmap(flush | (n - 1));
        L4_StoreMRs(0, (int)n, &f->raw);
        f += n;
        k -= n;
    }
}

L4_INLINE L4_Fpage_t L4_UnmapFpage(L4_Fpage_t f)
{
    l4_unmap_list(0, 1, &f);
    return f;
}

L4_INLINE void L4_UnmapFpages(L4_Word_t n, L4_Fpage_t *fpages)
{
    l4_unmap_list(0, n, fpages);
}

L4_INLINE L4_Fpage_t L4_Flush(L4_Fpage_t f)
{
    l4_unmap_list(L4_UnmapFlushFlag, 1, &f);
    return f;
}

L4_INLINE void L4_FlushFpages(L4_Word_t n, L4_Fpage_t *fpages)
{
    l4_unmap_list(L4_UnmapFlushFlag, n, fpages);
}

/* Referenced and written bits, in the rights field; resets them. */
L4_INLINE L4_Fpage_t L4_GetStatus(L4_Fpage_t f)
{
    f.raw &= ~0xfUL;
    return L4_UnmapFpage(f);
}

/* Privileged. 1 if done, 0 with L4_ErrorCode(). The control word: X.2's in
 * <l4/ia32/specifics.h>, Pinenut's extension in <pn/small.h>. */
L4_INLINE L4_Word_t L4_SpaceControl(L4_ThreadId_t SpaceSpecifier,
                                    L4_Word_t control,
                                    L4_Fpage_t KernelInterfacePageArea,
                                    L4_Fpage_t UtcbArea,
                                    L4_ThreadId_t Redirector,
                                    L4_Word_t *old_Control)
{
    return L4_SYS(space_control)(SpaceSpecifier.raw, control,
                                 KernelInterfacePageArea.raw, UtcbArea.raw,
                                 Redirector.raw, old_Control);
}
