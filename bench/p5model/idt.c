/* A cache of the guest's IDT. */
#include "idt.h"

#include <string.h>

#define GATE_SIZE      8u
#define GATE_PRESENT   0x8000u
#define GATE_TYPE      0x0f00u
#define GATE_INTERRUPT 0x0e00u
#define GATE_TRAP      0x0f00u

static struct gate gate_decode(uint32_t low, uint32_t high)
{
    uint32_t type = high & GATE_TYPE;
    return (struct gate){.target = (low & 0xffff) | (high & 0xffff0000u),
                         .selector = (uint16_t)(low >> 16),
                         .used = high & GATE_PRESENT &&
                                 (type == GATE_INTERRUPT || type == GATE_TRAP)};
}

static void set_gate(struct idt *idt, unsigned vector, struct gate gate)
{
    struct gate *old = &idt->gate[vector];
    if (old->used)
        idt->here[old->target & 4095]--;
    if (gate.used)
        idt->here[gate.target & 4095]++;
    *old = gate;
}

static void read_gate(struct idt *idt, unsigned vector)
{
    uint32_t va = idt->base + vector * GATE_SIZE, low, high;
    struct gate gate = {0};
    if (guest_peek(idt->guest, va, &low) &&
        guest_peek(idt->guest, va + 4, &high))
        gate = gate_decode(low, high);
    set_gate(idt, vector, gate);
}

static void find_parts(struct idt *idt, uint32_t length)
{
    uint32_t in_page = 4096 - (idt->base & 4095);
    uint32_t first = length < in_page ? length : in_page;
    const struct idt_part none = {0};
    idt->part[0] = idt->part[1] = none;
    struct mapping m = guest_lookup(idt->guest, idt->base);
    if (m.present)
        idt->part[0] =
            (struct idt_part){m.frame | (idt->base & 4095), first, 0};
    m = guest_lookup(idt->guest, idt->base + first);
    if (m.present && first < length)
        idt->part[1] = (struct idt_part){m.frame, length - first, first};
}

void idt_load(struct idt *idt, const struct guest *guest)
{
    memset(idt, 0, sizeof *idt);
    idt->guest = guest;
    idt->base = guest->idt_base;
    uint32_t gates = (guest->idt_limit + 1) / GATE_SIZE;
    if (gates > IDT_GATES)
        gates = IDT_GATES;
    find_parts(idt, gates * GATE_SIZE);
    for (unsigned vector = 0; vector < gates; vector++)
        read_gate(idt, vector);
}

void idt_reread(struct idt *idt, uint32_t pa)
{
    for (unsigned i = 0; i < 2; i++) {
        const struct idt_part *part = &idt->part[i];
        if (pa - part->pa < part->length)
            read_gate(idt, (part->first + pa - part->pa) / GATE_SIZE);
    }
}

int idt_search(const struct idt *idt, uint32_t va)
{
    for (int vector = 0; vector < IDT_GATES; vector++)
        if (idt->gate[vector].used && idt->gate[vector].target == va)
            return vector;
    return IDT_NONE;
}
