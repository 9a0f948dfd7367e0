/*
 * The guest's interrupt gates, kept to recognise that an interrupt or
 * exception has been taken: QEMU tells a plugin nothing of it, but the next
 * instruction is the first one of a handler.
 *
 * The kernel rewrites gates while it runs. Stores are matched by physical
 * address, so that one through another mapping of the table is seen too; the
 * table may lie across two pages with unrelated frames. Changes of those
 * mappings themselves are followed only at LIDT and when paging is switched.
 */
#ifndef P5_IDT_H
#define P5_IDT_H

#include <stdbool.h>
#include <stdint.h>

#include "guest.h"

#define IDT_GATES 256
#define IDT_NONE  (-1)

struct gate {
    uint32_t target;
    uint16_t selector;
    bool used; /* present interrupt or trap gate */
};

struct idt_part {               /* piece of the table in one page */
    uint32_t pa, length, first; /* FIRST byte of the table lies at PA */
};

struct idt {
    const struct guest *guest;
    uint32_t base;
    struct idt_part part[2];
    struct gate gate[IDT_GATES];
    uint8_t here[4096]; /* how many gates lead to an address with these bits */
};

/* Read the whole table that the guest's IDTR names. */
void idt_load(struct idt *idt, const struct guest *guest);

/* Something was stored at PA inside the table: read that gate again. */
void idt_reread(struct idt *idt, uint32_t pa);

int idt_search(const struct idt *idt, uint32_t va);

/* The lowest vector whose handler starts at VA, or IDT_NONE. */
static inline int idt_vector(const struct idt *idt, uint32_t va)
{
    return idt->here[va & 4095] ? idt_search(idt, va) : IDT_NONE;
}

static inline bool idt_holds(const struct idt *idt, uint32_t pa)
{
    return pa - idt->part[0].pa < idt->part[0].length ||
           pa - idt->part[1].pa < idt->part[1].length;
}

#endif
