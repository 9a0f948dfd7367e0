/*
 * What the model must know of the guest beyond the instructions themselves:
 * control registers, descriptor table bases, a few registers, memory.
 *
 * machine.c fills it in from QEMU; unit tests from arrays.
 */
#ifndef P5_GUEST_H
#define P5_GUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "insn.h"

#define CR0_PG  0x80000000u
#define CR0_WP  0x00010000u
#define CR0_PE  0x00000001u
#define CR4_PSE 0x00000010u
#define CR4_PAE 0x00000020u
#define CR4_PGE 0x00000080u

#define PAGE_SHIFT  12
#define LARGE_SHIFT 22
#define PTE_P       0x001u
#define PDE_PS      0x080u
#define PTE_G       0x100u

/* Registers that can be asked for: EAX..EDI as 0..7, and these. */
enum { GUEST_CS = 8, GUEST_CR0, GUEST_CR3, GUEST_CR4, GUEST_EIP };

struct guest {
    uint32_t cr0, cr3, cr4;
    uint32_t gdt_base, idt_base, idt_limit, tss_base;

    uint32_t (*read32)(uint32_t pa); /* any alignment; 0 where nothing is */
    uint32_t (*reg)(int number);
    void (*load_tables)(struct guest *); /* GDTR, IDTR and TR to the above */
};

static inline bool guest_paging(const struct guest *g)
{
    return (g->cr0 & CR0_PG) != 0;
}

/* One page-table lookup without any effect on the model. */
struct mapping {
    uint32_t frame; /* physical address of the 4 KB page */
    uint32_t pde_pa, pte_pa;
    bool present, large, global;
};

struct mapping guest_lookup(const struct guest *g, uint32_t va);

/* Read a dword at a linear address through the page tables, leaving the model
 * alone. False if it is not mapped. */
bool guest_peek(const struct guest *g, uint32_t va, uint32_t *value);

#endif
