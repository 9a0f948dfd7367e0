/*
 * kern/sysenter.c - finding SYSENTER, and setting it up.
 *
 * Layer 6.  [IA-32-v3] 4.8.7.  SYSENTER faults while SYSENTER_CS is 0.  SS is the
 * descriptor behind that of CS.
 */
#include "kern/sysenter.h"

#include "kern/entry.h"
#include "kern/panic.h"
#include "kern/x86.h"

static_assert(SEL_KERNEL_DATA == SEL_KERNEL_CODE + 8, "SYSENTER's SS");

/* The first Pentium Pros say they have it and do not ([IA-32-v2] SYSENTER). */
INIT static bool
is_there(void)
{
    uint32_t id[4], family, model, stepping;

    cpuid(1, id);
    family = id[0] >> 8 & 15;
    model = id[0] >> 4 & 15;
    stepping = id[0] & 15;
    return (id[3] & CPUID_SEP) != 0
        && !(family == 6 && model < 3 && stepping < 3);
}

INIT bool
sysenter_init(enum entry_choice choice)
{
    if (!is_there()) {
        if (choice == ENTRY_SYSENTER)
            bad_boot("entry=sysenter: this processor has no SYSENTER, use "
                     "entry=auto");
        return false;
    }
    write_msr(MSR_SYSENTER_CS, choice == ENTRY_INT ? 0 : SEL_KERNEL_CODE);
    write_msr(MSR_SYSENTER_ESP, KERNEL_STACK_TOP);
    write_msr(MSR_SYSENTER_EIP, (uint32_t)(uintptr_t)sysenter_entry);
    return choice != ENTRY_INT;
}
