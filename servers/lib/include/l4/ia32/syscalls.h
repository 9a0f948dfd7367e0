/*
 * l4/ia32/syscalls.h - the system call stubs, on raw words.
 *
 * Each stub loads the registers of X.2's IA-32 binding and calls the entry in
 * the kernel interface page. Two families (syscalls.asm):
 *
 *   l4_NAME        takes the entry from the table l4_entries, which crt0 fills
 *                  for the space it runs in;
 *   l4_NAME_fresh  finds the interface page by `lock; nop` at every call, so it
 *                  works in any space, whatever that table holds; slower by a
 *                  trap.
 *
 * Whoever defines L4_FRESH_CALLS before including <l4/...> gets the second
 * family behind all names of that file. The third way, one table for each
 * space that shares an image, is <pn/share.h>.
 */
#pragma once

#include <l4/types.h>

#ifdef L4_FRESH_CALLS
#define L4_SYS(name) l4_##name##_fresh
#else
#define L4_SYS(name) l4_##name
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* In the order of their offset words, 0xD0 and up, in the interface page. */
enum l4_entry {
    L4_ENTRY_SPACE_CONTROL,
    L4_ENTRY_THREAD_CONTROL,
    L4_ENTRY_PROCESSOR_CONTROL,
    L4_ENTRY_MEMORY_CONTROL,
    L4_ENTRY_IPC,
    L4_ENTRY_LIPC,
    L4_ENTRY_UNMAP,
    L4_ENTRY_EXCHANGE_REGISTERS,
    L4_ENTRY_SYSTEM_CLOCK,
    L4_ENTRY_THREAD_SWITCH,
    L4_ENTRY_SCHEDULE,
    PN_ENTRY_NOTIFY = 16, /* Pinenut's own, at 0x110; between them: nothing */
    L4_ENTRIES
};

/* Entry addresses in this space, for l4_NAME. */
extern L4_Word_t l4_entries[L4_ENTRIES];

/* Fill l4_entries for the space of the caller; crt0 has done it once. */
void l4_init_space(void);

/* Fill `table` with the entries of interface page `kip` as it will be seen at
 * address `base` (which may lie in another space). */
void l4_entries_fill(L4_Word_t *table, const void *kip, L4_Word_t base);

/* What ExchangeRegisters takes and gives, in the order of its parameters. */
struct l4_exregs {
    L4_Word_t thread; /* in: dest; out: result */
    L4_Word_t control;
    L4_Word_t sp;
    L4_Word_t ip;
    L4_Word_t flags;
    L4_Word_t handle;
    L4_Word_t pager;
};

#define L4_STUB(type, name, parameters) \
    type l4_##name parameters;          \
    type l4_##name##_fresh parameters

/* Message in the caller's UTCB; returns the tag received. `from` may be null.
 */
L4_STUB(L4_Word_t, ipc,
        (L4_Word_t to, L4_Word_t from_specifier, L4_Word_t timeouts,
         L4_Word_t *from));
L4_STUB(L4_Word_t, lipc,
        (L4_Word_t to, L4_Word_t from_specifier, L4_Word_t timeouts,
         L4_Word_t *from));
L4_STUB(void, exchange_registers, (struct l4_exregs * regs));
L4_STUB(L4_Word_t, thread_control,
        (L4_Word_t dest, L4_Word_t space, L4_Word_t scheduler, L4_Word_t pager,
         L4_Word_t utcb));
L4_STUB(L4_Word_t, space_control,
        (L4_Word_t space, L4_Word_t control, L4_Word_t kip, L4_Word_t utcb,
         L4_Word_t redirector, L4_Word_t *old_control));
/* The same call, Pinenut's extension (pn/small.h). */
L4_STUB(L4_Word_t, place,
        (L4_Word_t space, L4_Word_t control, L4_Word_t base,
         L4_Word_t *old_control, L4_Word_t place[2]));
L4_STUB(L4_Word_t, schedule,
        (L4_Word_t dest, L4_Word_t time, L4_Word_t processor, L4_Word_t prio,
         L4_Word_t preemption, L4_Word_t *old_time));
L4_STUB(void, thread_switch, (L4_Word_t dest));
L4_STUB(L4_Word64_t, system_clock, (void));
/* Fpages in the MRs of the caller, as many as `control` says. */
L4_STUB(void, unmap, (L4_Word_t control));
L4_STUB(L4_Word_t, processor_control,
        (L4_Word_t processor, L4_Word_t internal_khz, L4_Word_t external_khz,
         L4_Word_t voltage));
L4_STUB(L4_Word_t, memory_control,
        (L4_Word_t control, const L4_Word_t attributes[4]));

#undef L4_STUB

#ifdef __cplusplus
}
#endif
