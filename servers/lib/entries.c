/*
 * entries.c - the table of system call entries.
 *
 * An entry is at (interface page) + (offset word), and the interface page may
 * sit elsewhere in every space. crt0 fills the table once for the space of the
 * program's first thread. The table has a section of its own so that programs
 * which share their image among spaces can have it on a page of its own and
 * give each space another copy (pn/share.h).
 */
#include <l4/ia32/syscalls.h>
#include <l4/kip.h>

L4_Word_t l4_entries[L4_ENTRIES] __attribute__((section(".l4_entries")));

void l4_entries_fill(L4_Word_t *table, const void *kip, L4_Word_t base)
{
    const L4_Word_t *offsets = &l4_kip(kip)->SpaceControl;

    for (unsigned i = 0; i < L4_ENTRIES; i++)
        table[i] = base + offsets[i];
}

void l4_init_space(void)
{
    const void *kip = L4_GetKernelInterface();

    l4_entries_fill(l4_entries, kip, (L4_Word_t)kip);
}
