/*
 * l4/misc.h - ProcessorControl and MemoryControl (X.2 "Miscellaneous").
 * Both are privileged and return 1, or 0 with L4_ErrorCode().
 */
#pragma once

#include <l4/types.h>
#include <l4/ia32/syscalls.h>
#include <l4/ia32/vregs.h>

#define L4_DefaultMemory        0x0UL
#define L4_WriteBackMemory      0x1UL
#define L4_WriteThroughMemory   0x2UL
#define L4_UncacheableMemory    0x4UL
#define L4_WriteCombiningMemory 0x5UL
#define L4_WriteProtectedMemory 0x8UL

/* Frequencies in kHz, voltage in mV; 0 leaves a frequency unchanged. */
L4_INLINE L4_Word_t L4_ProcessorControl(L4_Word_t ProcessorNo,
                                        L4_Word_t InternalFrequency,
                                        L4_Word_t ExternalFrequency,
                                        L4_Word_t voltage)
{
    return L4_SYS(processor_control)(ProcessorNo, InternalFrequency,
                                     ExternalFrequency, voltage);
}

/* Fpages in MR0..MR(control); rights bits 0..1 of each choose an attribute. */
L4_INLINE L4_Word_t L4_MemoryControl(L4_Word_t control,
                                     const L4_Word_t *attributes)
{
    return L4_SYS(memory_control)(control, attributes);
}

L4_INLINE L4_Word_t L4_Set_PageAttribute(L4_Fpage_t f, L4_Word_t attribute)
{
    L4_Word_t attributes[4] = {attribute, 0, 0, 0};

    L4_LoadMR(0, f.raw & ~7UL);
    return L4_MemoryControl(0, attributes);
}

/* At most 64 fpages; others are ignored. */
L4_INLINE L4_Word_t L4_Set_PagesAttributes(L4_Word_t n, const L4_Fpage_t *f,
                                           const L4_Word_t *attributes)
{
    if (n == 0)
        return 1;
    if (n > L4_MRS)
        n = L4_MRS;
    L4_LoadMRs(0, (int)n, &f->raw);
    return L4_MemoryControl(n - 1, attributes);
}
