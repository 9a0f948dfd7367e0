/*
 * ipc/gate.c - rewriting one IDT entry, and only when it changes.
 *
 * Layer 5.
 */
#include "ipc/gate.h"

#include "kern/layout.h"
#include "kern/sched.h"
#include "seg/gdt.h"

typedef void entry_t(void);

/* ipc/fast.asm; kern/entry.asm */
entry_t ipc_entry_alone, ipc_entry_fast, ipc_entry_slow;

HOT_WORD static bool fast_allowed;
HOT_WORD entry_t *ipc_entry; /* the same for SYSENTER (kern/sysenter.asm) */

COLD static void
select_entry(entry_t *entry)
{
    ipc_entry = entry;
    idt_set(VECTOR_IPC, entry, 3);
}

INIT void
gate_init(bool fast)
{
    fast_allowed = fast;
    select_entry(ipc_entry_slow);
}

void
gate_select(bool live)
{
    entry_t *entry = ipc_entry_slow;

    if (fast_allowed && !live)
        entry = ready_words == 0 ? ipc_entry_alone : ipc_entry_fast;
    if (entry != ipc_entry)
        select_entry(entry);
}
