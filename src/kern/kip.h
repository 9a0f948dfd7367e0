/*
 * kern/kip.h - the kernel interface page, as boot fills it in.
 *
 * Layer 6.  X.2 "Kernel Interface Page"; the page itself is kern/kip.asm.
 */
#pragma once

#include "kern/boot.h"

#define KIP_SYSCALL_FIRST 0x800u /* offset of the first int 0x31 stub */
#define KIP_STUB_SIZE 16u

void kip_init(struct loaded sigma0, struct loaded root, paddr_t bootinfo);
/* Processor clock in kHz, measured at boot. */
void kip_set_frequency(uint32_t khz);
/* Ipc and Lipc enter by SYSENTER from now on. */
void kip_use_sysenter(void);
