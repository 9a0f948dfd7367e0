/*
 * kern/syscall.h - the system calls but Ipc, one function each.
 *
 * Layer 6.  Parameters and results are in t->regs, as the X.2 IA-32 binding
 * assigns them; each function's comment says which.  A call that fails leaves
 * everything as it was, puts X.2's error number into the ErrorCode register,
 * and returns 0.
 */
#pragma once

#include "kern/thread.h"

void sys_space_control(struct thread *t);
void sys_thread_control(struct thread *t);
void sys_processor_control(struct thread *t);
void sys_memory_control(struct thread *t);
void sys_unmap(struct thread *t);
void sys_exchange_registers(struct thread *t);
void sys_system_clock(struct thread *t);
void sys_thread_switch(struct thread *t);
void sys_schedule(struct thread *t);
void sys_notify(struct thread *t);

/* The two ends of a call that returns 1 or 0 in EAX. */
void syscall_done(struct thread *t);
void syscall_failed(struct thread *t, uint32_t error);
