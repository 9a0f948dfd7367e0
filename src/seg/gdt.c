/*
 * seg/gdt.c - GDT, TSS and IDT.
 *
 * Layer 2.  Descriptors are made by the encoders of seg/desc.h only.
 */
#include "seg/gdt.h"

#include "kern/x86.h"

struct table_register {
    uint16_t limit;
    uint32_t base;
} __attribute__((packed));

enum {
    TSS_NO_IO_MAP = 0xdfff, /* beyond the limit, whatever the port */
    VECTOR_NMI = 2,
    VECTOR_DOUBLE_FAULT = 8,
    VECTOR_MACHINE_CHECK = 18,
};

/* IDT entries 0-6 end this page; users of the IDT see it read-only. */
char idt_low_page[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));

static struct tss panic_tss[3];

uint8_t port_bitmap[IO_MAP_BYTES] __attribute__((section(".bss.port_bitmap")));
#define IO_MAP_OFFSET ((uint32_t)((char *)port_bitmap - (char *)&tss))

void
port_bitmap_select(bool open)
{
    tss.io_map_base = (uint16_t)(open ? IO_MAP_OFFSET : TSS_NO_IO_MAP);
}

static struct desc *
idt_entry(unsigned vector)
{
    if (vector < IDT_LOW_ENTRIES)
        return (struct desc *)(void *)(idt_low_page + PAGE_SIZE)
            - IDT_LOW_ENTRIES + vector;
    return (struct desc *)(uintptr_t)(IDT_BASE + 8 * vector);
}

void
idt_set(unsigned vector, void (*entry)(void), unsigned dpl)
{
    assert(vector < VECTORS);
    *idt_entry(vector) =
        desc_interrupt_gate(SEL_KERNEL_CODE, (uint32_t)(uintptr_t)entry, dpl);
}

bool
idt_is_f00f_fault(uint32_t address)
{
    return address >= IDT_BASE && address < HOT_BASE;
}

INIT static void
panic_task(unsigned i, unsigned vector, uint32_t selector,
           void (*entry)(void), paddr_t cr3)
{
    struct tss *t = &panic_tss[i];

    t->cr3 = cr3;
    t->eip = (uint32_t)(uintptr_t)entry;
    t->eflags = EFLAGS_ONE;
    t->esp = (uint32_t)(uintptr_t)panic_stack_top;
    t->cs = SEL_KERNEL_CODE;
    t->ss = t->ds = t->es = SEL_KERNEL_DATA;
    t->io_map_base = TSS_NO_IO_MAP;
    gdt[selector / 8] = desc_tss((uint32_t)(uintptr_t)t, sizeof *t);
    *idt_entry(vector) = desc_task_gate(selector);
}

INIT static void
load_tables(void)
{
    struct table_register g = {GDT_ENTRIES * 8 - 1, (uint32_t)(uintptr_t)gdt};
    struct table_register i = {VECTORS * 8 - 1, IDT_BASE};

    __asm__ volatile("lgdt %0\n\t"
                     "lidt %1\n\t"
                     "mov %2, %%ds\n\t"
                     "mov %2, %%es\n\t"
                     "mov %2, %%ss\n\t"
                     "mov %3, %%fs\n\t"
                     "mov %3, %%gs\n\t"
                     "ljmp %4, $1f\n"
                     "1:\tlldt %w3\n\t"
                     "ltr %w5"
                     :
                     : "m"(g), "m"(i), "r"(SEL_KERNEL_DATA), "r"(0),
                       "i"(SEL_KERNEL_CODE), "r"(SEL_TSS)
                     : "memory");
}

INIT void
gdt_init(const uint32_t *trap_table, void (*const panic_entries[3])(void),
         paddr_t panic_cr3)
{
    uint32_t gs = GS_PAGE + ((uint32_t)(uintptr_t)&gs_word & PAGE_MASK);

    gdt[SEL_KERNEL_CODE / 8] = desc_kernel_code();
    gdt[SEL_KERNEL_DATA / 8] = desc_kernel_data();
    gdt[SEL_USER_DATA / 8] = desc_user_data_large();
    gdt[SEL_USER_CODE / 8] = desc_code_from_data(desc_user_data_large());
    gdt[SEL_USER_GS / 8] = desc_user_gs(gs, 4);
    assert(IO_MAP_OFFSET + IO_MAP_BYTES <= TSS_NO_IO_MAP);
    gdt[SEL_TSS / 8] = desc_tss((uint32_t)(uintptr_t)&tss,
                                IO_MAP_OFFSET + IO_MAP_BYTES);
    tss.ss0 = SEL_KERNEL_DATA;
    port_bitmap_select(false);

    for (unsigned v = 0; v < VECTORS; v++)
        *idt_entry(v) = desc_interrupt_gate(SEL_KERNEL_CODE, trap_table[v], 0);
    panic_task(0, VECTOR_DOUBLE_FAULT, SEL_TSS_DOUBLE_FAULT, panic_entries[0],
               panic_cr3);
    panic_task(1, VECTOR_NMI, SEL_TSS_NMI, panic_entries[1], panic_cr3);
    panic_task(2, VECTOR_MACHINE_CHECK, SEL_TSS_MACHINE_CHECK,
               panic_entries[2], panic_cr3);
    load_tables();
}
