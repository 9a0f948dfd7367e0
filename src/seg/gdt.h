/*
 * seg/gdt.h - the machine's descriptor tables and task state segments.
 *
 * Layer 2.  R1: ring 3 can load the running space's code and data segment and
 * the four bytes of the %gs word, and nothing else: there is no LDT, no call
 * gate, no flat user segment, and no word inside the GDT's limit that is not
 * a descriptor.
 */
#pragma once

#include "kern/base.h"
#include "seg/desc.h"

/* [P5-v3] 13.2.1; we use esp0 and ss0, and the panic tasks all of it. */
struct tss {
    uint32_t back_link;
    uint32_t esp0, ss0, esp1, ss1, esp2, ss2;
    uint32_t cr3, eip, eflags;
    uint32_t eax, ecx, edx, ebx, esp, ebp, esi, edi;
    uint32_t es, cs, ss, ds, fs, gs;
    uint32_t ldt;
    uint16_t trap, io_map_base;
};
static_assert(sizeof(struct tss) == 104, "the CPU's layout");

/*
 * The I/O permission bitmap, one for all: a bit a port, 0 = open, and a byte
 * of ones behind, as the processor reads two bytes for every access.  It lies
 * within the TSS's limit, and tss.io_map_base points at it only while a thread
 * runs whose space has the ports it shows (kern/ports.h); else at nothing.
 */
#define IO_PORTS 65536u
#define IO_MAP_BYTES (IO_PORTS / 8 + 1)
extern uint8_t port_bitmap[IO_MAP_BYTES];
void port_bitmap_select(bool open);

/* seg/hot.asm */
extern struct desc gdt[GDT_ENTRIES];
extern struct tss tss;
extern uint32_t gs_word;
extern char hot_page[];
extern char kernel_stack[];
extern char panic_stack_top[];

/*
 * Build GDT, TSS and IDT and load them.  `trap_table` holds the VECTORS entry
 * points; task gates run `panic_entries` (#DF, NMI, #MC) with `panic_cr3`.
 */
void gdt_init(const uint32_t *trap_table, void (*const panic_entries[3])(void),
              paddr_t panic_cr3);

/* Point a vector's interrupt gate at `entry`; dpl 3 = INT n may use it. */
void idt_set(unsigned vector, void (*entry)(void), unsigned dpl);

/*
 * R7, the F00F lock-up: IDT entries 0-6 lie on a read-only page, so that the
 * locked CMPXCHG8B faults there instead of hanging the bus.  True if a page
 * fault at `address` is that one: it stands for #UD.
 */
bool idt_is_f00f_fault(uint32_t address);
