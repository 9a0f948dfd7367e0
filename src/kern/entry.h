/*
 * kern/entry.h - the symbols assembly and C share across the layers.
 *
 * Layer 6.  Upward control flow, from the entry code into C and from the
 * layers below into a table of the entry code, goes through these names only.
 */
#pragma once

#include "kern/thread.h"

/* kern/entry.asm */
extern const uint32_t trap_table[VECTORS];
void syscall_entry(void);
NORETURN void kernel_exit(void);
NORETURN void kernel_abandon(void);
void user_iret(void);
uint32_t user_copy_word(const void *linear, uint32_t *out);
void user_copy_fixup(void);
void double_fault_entry(void);
void nmi_entry(void);
void machine_check_entry(void);

/* ipc/fast.asm */
extern char *const ipc_fast_masks[2]; /* "and ebx, imm32", set at boot */
extern const uint32_t ipc_fast_irets[], ipc_fast_irets_end[];

/* kern/sysenter.asm */
void sysenter_entry(void);
void sysenter_traced(void);

/* kern/probe.asm */
uint32_t limit_probe(uint32_t selector, uint32_t offset);
void limit_probe_read(void);
void limit_probe_fixup(void);

/* Called by the entry code. */
struct kernel_frame;
void trap_user(struct thread *t, uint32_t vector, uint32_t error);
uint32_t trap_kernel(struct kernel_frame *f, uint32_t vector, uint32_t error);
void syscall_dispatch(struct thread *t);
void kernel_leave(struct thread *t);
void panic_double_fault(void);
void panic_nmi(void);
void panic_machine_check(void);
