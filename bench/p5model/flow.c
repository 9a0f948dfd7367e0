/*
 * Where an instruction led to.
 *
 * An interrupt or exception is recognised by its landing: (1) straight code or
 * a direct branch continues at a place it cannot lead to, or (2) an indirect
 * branch, RET, IRET or HLT continues exactly at a handler that the IDT names.
 * So a jump made on purpose to a handler's first instruction is taken for an
 * interrupt, unless the kernel reads that address from memory. A landing of kind (1) that is no handler either is a task switch.
 *
 * QEMU makes the memory references of an interrupt out of a plugin's sight;
 * they are made here: gate, code descriptor, and for an inner ring stack from
 * the TSS and its descriptor, then the frame. Those of IRET are seen.
 */
#include "flow.h"

#include "cost.h"

#define TSS_ESP0             4
#define TSS_SS0              8
#define SELECTOR_INDEX       0xfff8u
#define SELECTOR_LOCAL       0x4u
#define DESCRIPTOR_SYSTEM    0x1000u /* clear: system descriptor */
#define DESCRIPTOR_TYPE      0x0700u
#define DESCRIPTOR_CALL_GATE 0x0400u

static void charge(struct model *m, enum cost_id id)
{
    m->count.cycles += cost[id];
}

static void refer(struct model *m, uint32_t va, unsigned size, bool store)
{
    memory_access(&m->memory, va, size, store);
}

static bool has_error_code(int vector)
{
    return vector == 8 || (vector >= 10 && vector <= 14) || vector == 17;
}

/* An aligned descriptor or gate is one 64-bit reference. */
static void refer_descriptor(struct model *m, uint32_t va)
{
    refer(m, va, 4, false);
    if ((va & 7) != 0)
        refer(m, va + 4, 4, false);
}

static void refer_inner_stack(struct model *m)
{
    const struct guest *g = m->guest;
    uint32_t ss = 0;
    refer(m, g->tss_base + TSS_ESP0, 4, false);
    refer(m, g->tss_base + TSS_SS0, 4, false);
    guest_peek(g, g->tss_base + TSS_SS0, &ss);
    refer_descriptor(m, g->gdt_base + (ss & SELECTOR_INDEX));
}

/* The frame of WORDS dwords, now on top of the (flat) stack. */
static void refer_frame(struct model *m, unsigned words)
{
    uint32_t esp = m->guest->reg(ESP);
    for (unsigned i = words; i-- > 0;)
        refer(m, esp + 4 * i, 4, true);
}

/* The ring that was interrupted. Known, but right behind an IRET or far
 * transfer, which has not been seen to land: there the frame tells. */
static unsigned ring_interrupted(struct model *m, const struct insn *from,
                                 int vector)
{
    uint32_t cs;
    unsigned offset = has_error_code(vector) ? 8 : 4;
    if ((from->branch == BR_IRET || from->branch == BR_FAR) &&
        guest_peek(m->guest, m->guest->reg(ESP) + offset, &cs))
        return cs & 3;
    return m->cpl;
}

static void take_gate(struct model *m, const struct insn *from, int vector,
                      bool software)
{
    const struct gate *gate = &m->idt.gate[vector];
    unsigned ring = gate->selector & 3;
    bool inner = ring < ring_interrupted(m, from, vector);
    bool error = !software && has_error_code(vector);

    pipeline_drain(&m->pipe);
    if (software)
        charge(m, inner ? COST_int : COST_intsame);
    else
        charge(m, inner ? COST_exc : COST_excsame);
    if (software)
        m->count.ints++;
    else
        m->count.exceptions++;
    refer_descriptor(m, m->guest->idt_base + 8 * (uint32_t)vector);
    refer_descriptor(m, m->guest->gdt_base + (gate->selector & SELECTOR_INDEX));
    if (inner)
        refer_inner_stack(m);
    refer_frame(m, (inner ? 5u : 3u) + error);
    m->cpl = ring;
}

static void read_ring(struct model *m)
{
    m->cpl = m->guest->reg(GUEST_CS) & 3;
}

/* Everything may have changed: new TSS, new CR3. */
static void take_task(struct model *m)
{
    struct guest *g = m->guest;
    pipeline_drain(&m->pipe);
    charge(m, COST_task);
    m->count.exceptions++;
    g->load_tables(g);
    g->cr0 = g->reg(GUEST_CR0);
    uint32_t cr3 = g->reg(GUEST_CR3);
    if (cr3 != g->cr3) {
        g->cr3 = cr3;
        memory_flush(&m->memory, g->cr4 & CR4_PGE);
    }
    read_ring(m);
}

/* TO is not where FROM leads. */
static void interrupted(struct model *m, const struct insn *from,
                        const struct insn *to)
{
    int vector = idt_vector(&m->idt, to->va);
    if (vector == IDT_NONE)
        take_task(m);
    else
        take_gate(m, from, vector, false);
}

/* FROM may lead anywhere: was there an interrupt behind it? */
static bool interrupted_behind(struct model *m, const struct insn *from,
                               const struct insn *to)
{
    int vector = idt_vector(&m->idt, to->va);
    if (vector == IDT_NONE)
        return false;
    take_gate(m, from, vector, false);
    return true;
}

static void mispredicted(struct model *m)
{
    m->count.mispredicts++;
    charge(m, COST_mispred);
}

static void resolve_direct(struct model *m, const struct insn *from,
                           const struct insn *to)
{
    bool taken = to->va == from->target;
    if (!taken && to->va != from->next)
        interrupted(m, from, to);
    else if (!btb_direction(&m->btb, from->va, taken))
        mispredicted(m);
}

/* Did FROM lead to TO by itself? Segments of ring 0 are taken to be flat. */
static bool jumped(struct model *m, const struct insn *to)
{
    uint32_t operand = m->far_operand, target;
    m->far_operand = 0;
    return operand && m->cpl == 0 && guest_peek(m->guest, operand, &target) &&
           target == to->va;
}

static void resolve_near(struct model *m, const struct insn *from,
                         const struct insn *to)
{
    if (!jumped(m, to) && interrupted_behind(m, from, to))
        return;
    if (!m->predict_ret)
        return;
    if (!btb_indirect(&m->btb, from->va, to->va))
        mispredicted(m);
}

static void resolve_int(struct model *m, const struct insn *from,
                        const struct insn *to)
{
    const struct gate *gate = &m->idt.gate[from->vector];
    if (gate->used && gate->target == to->va)
        take_gate(m, from, from->vector, true);
    else if (to->va == from->next) /* INTO without overflow */
        charge(m, COST_into);
    else /* the gate is not for this ring: #GP, or a task gate */
        interrupted(m, from, to);
}

/* If an interrupt came right behind, its frame holds the ring returned to. */
static void resolve_iret(struct model *m, const struct insn *from,
                         const struct insn *to)
{
    int vector = idt_vector(&m->idt, to->va);
    unsigned ring = m->cpl;
    if (vector == IDT_NONE)
        read_ring(m);
    else
        m->cpl = ring_interrupted(m, from, vector);
    m->count.irets++;
    charge(m, m->cpl > ring ? COST_iret : COST_iretsame);
    if (vector != IDT_NONE)
        take_gate(m, from, vector, false);
}

static bool is_call_gate(const struct model *m, uint32_t selector)
{
    uint32_t high;
    uint32_t va = m->guest->gdt_base + (selector & SELECTOR_INDEX);
    return !(selector & SELECTOR_LOCAL) &&
           guest_peek(m->guest, va + 4, &high) && !(high & DESCRIPTOR_SYSTEM) &&
           (high & DESCRIPTOR_TYPE) == DESCRIPTOR_CALL_GATE;
}

static enum cost_id far_cost(const struct model *m, const struct insn *from,
                             unsigned ring, uint32_t operand)
{
    if (from->far == FAR_RET)
        return m->cpl > ring ? COST_farretouter : COST_farret;
    if (m->cpl < ring)
        return COST_gateinner;
    uint32_t selector = from->selector;
    if (from->far_memory)
        guest_peek(m->guest, operand + 4, &selector);
    if (is_call_gate(m, selector & 0xffff))
        return COST_gate;
    return from->far == FAR_CALL ? COST_farcall : COST_farjmp;
}

static void resolve_far(struct model *m, const struct insn *from,
                        const struct insn *to)
{
    uint32_t operand = m->far_operand;
    unsigned ring = m->cpl;
    m->far_operand = 0;
    if (interrupted_behind(m, from, to))
        return;
    read_ring(m);
    charge(m, far_cost(m, from, ring, operand));
}

/* No gate, descriptor or stack is read: MSRs and registers say where to. */
static void resolve_system(struct model *m, const struct insn *from,
                           const struct insn *to)
{
    if (interrupted_behind(m, from, to))
        return;
    pipeline_drain(&m->pipe);
    read_ring(m);
}

void flow_resolve(struct model *m, const struct insn *from,
                  const struct insn *to)
{
    switch ((enum branch)from->branch) {
    case BR_NONE:
        if (to->va != from->next)
            interrupted(m, from, to);
        break;
    case BR_COND:
    case BR_DIRECT:
        resolve_direct(m, from, to);
        break;
    case BR_NEAR:
        resolve_near(m, from, to);
        break;
    case BR_INT:
        resolve_int(m, from, to);
        break;
    case BR_IRET:
        resolve_iret(m, from, to);
        break;
    case BR_FAR:
        resolve_far(m, from, to);
        break;
    case BR_SYSTEM:
        resolve_system(m, from, to);
        break;
    case BR_HALT:
        if (!interrupted_behind(m, from, to))
            pipeline_drain(&m->pipe);
        break;
    }
}
