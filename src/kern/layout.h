/*
 * kern/layout.h - the linear address space and the kernel's selectors.
 *
 * Layer 1.  One table for C and, through kern/offsets.c, for NASM.
 *
 *   00000000-BFFFFFFF  user part of the large space whose directory is loaded
 *   C0000000-DFFFFFFF  small-space area: the same page tables in every
 *                      directory, for good
 *   E0000000-FBFFFFFF  window on physical memory, 4 MB pages, kernel only
 *   FF600000-FF601FFF  two pages to see any other frame through
 *   FF740000           one page, readable by users: the %gs word (where its
 *                      page table entry is in no set of the data cache that
 *                      naturally aligned areas of users crowd)
 *   FF7EC000-FF7EDFFF  the kernel stack; the pages around it are absent
 *   FF7FF000           one page, read-only: IDT entries 0-6
 *   FF800000-FFBFFFFF  the hot 4 MB page = physical 0-4 MB: IDT 7.., the
 *                      kernel image at 1 MB, from 2 MB on 4,096 thread
 *                      control blocks, or frames if there are fewer
 *   FFC00000-FFFFFFFF  absent; with threads=13 a 4 MB page of the kernel's
 *                      memory, whose first half has the blocks that go on
 *                      here; the other is an alias of what the window shows
 */
#pragma once

#include "kern/base.h"

#ifndef PINENUT_SMALL_SPACES /* the build's option (CMakeLists.txt) */
#define PINENUT_SMALL_SPACES 1
#endif

#define USER_TOP 0xc0000000u

#define SMALL_AREA_BASE 0xc0000000u
#define SMALL_AREA_MAX 0x20000000u

#define WINDOW_BASE 0xe0000000u
#define WINDOW_MAX 0x1c000000u /* 448 MB: what the kernel itself can reach */

#define GS_PAGE 0xff740000u
#define KERNEL_STACK_TOP 0xff7ee000u
#define KERNEL_STACK_PAGES 2u
#define IDT_LOW_PAGE 0xff7ff000u
#define IDT_LOW_ENTRIES 7u

#define HOT_BASE 0xff800000u
#define HOT_SIZE 0x00400000u
#define IDT_BASE (HOT_BASE - 8 * IDT_LOW_ENTRIES)

/*
 * Thread control blocks: 2^t of them begin at tcb_array (kern/kernel.ld), in
 * the middle of the hot page; from number 2^12 on they are in the next page.
 */
#define TCB_BITS 9
#define TCB_SIZE (1u << TCB_BITS)
#define TCB_HOT_BYTES (HOT_SIZE / 2)
#define TCB_COLD_PAGE (HOT_BASE + HOT_SIZE)
#define THREAD_BITS_MIN 7u
#define THREAD_BITS_DEFAULT 12u
#define THREAD_BITS_MAX 13u

/* Selectors, in the order of the GDT (seg/gdt.h). */
#define SEL_KERNEL_CODE 0x08u
#define SEL_KERNEL_DATA 0x10u
#define SEL_USER_CODE 0x1bu
#define SEL_USER_DATA 0x23u
#define SEL_USER_GS 0x2bu
#define SEL_TSS 0x30u
#define SEL_TSS_DOUBLE_FAULT 0x38u
#define SEL_TSS_NMI 0x40u
#define SEL_TSS_MACHINE_CHECK 0x48u
#define GDT_ENTRIES 10u

#define VECTOR_IPC 0x30u
#define VECTOR_SYSCALL 0x31u
#define VECTOR_IRQ 0x20u
#define VECTORS 0x32u

/*
 * A physical address below WINDOW_MAX as the kernel sees it, and back.  What
 * lies in the hot page is seen there and nowhere else: kernel objects taken
 * from it cost no second entry of the TLB.  (kern/window.c; the host tests
 * bring their own.)
 */
void *window(paddr_t pa);
paddr_t window_paddr(const void *p);

/*
 * The frame at `frame`, wherever it lies: beyond WINDOW_MAX through one of two
 * private views (0, 1), until the next one through the same view.
 */
void *window_view(paddr_t frame, unsigned view);

/* The page table of the 4 MB below the hot page (kern/main.c fills it). */
extern uint32_t odd_pages[1024];
