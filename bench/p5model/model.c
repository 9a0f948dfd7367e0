/* One step of the model, and the markers that frame what is measured. */
#include "model.h"

#include <string.h>

#include "cost.h"
#include "decode.h"
#include "flow.h"

#define CR0_MODE (CR0_PG | CR0_WP | CR0_PE)
#define CR4_MODE (CR4_PSE | CR4_PAE | CR4_PGE)

void model_init(struct model *m, struct guest *guest, bool p6)
{
    memset(m, 0, sizeof *m);
    m->guest = guest;
    m->sink.trace_id = -1;
    m->pipe.count = &m->count;
    m->pipe.banks = !p6;
    memory_init(&m->memory, &m->count, guest, p6);
}

static void start(struct model *m)
{
    struct guest *g = m->guest;
    g->cr0 = g->reg(GUEST_CR0);
    g->cr3 = g->reg(GUEST_CR3);
    g->cr4 = g->reg(GUEST_CR4);
    g->load_tables(g);
    m->cpl = g->reg(GUEST_CS) & 3;
    idt_load(&m->idt, g);
    m->on = true;
}

/* A linear address from ModRM, SIB and displacement, segment base 0. */
static uint32_t effective_address(const struct guest *g, const struct insn *i)
{
    uint32_t va = i->displacement;
    unsigned mod = i->modrm >> 6, base = i->modrm & 7;
    if (base == ESP) {
        unsigned index = i->sib >> 3 & 7;
        base = i->sib & 7;
        if (index != ESP)
            va += g->reg((int)index) << (i->sib >> 6);
    }
    return mod == 0 && base == EBP ? va : va + g->reg((int)base);
}

static void changed_mode(struct model *m)
{
    memory_flush(&m->memory, false);
    idt_load(&m->idt, m->guest);
}

static void changed_control(struct model *m, unsigned number)
{
    struct guest *g = m->guest;
    uint32_t cr0 = g->cr0, cr4 = g->cr4;
    if (number == 3) {
        g->cr3 = g->reg(GUEST_CR3);
        m->count.cr3_writes++;
        memory_flush(&m->memory, g->cr4 & CR4_PGE);
        return;
    }
    g->cr0 = g->reg(GUEST_CR0);
    g->cr4 = g->reg(GUEST_CR4);
    if ((cr0 ^ g->cr0) & CR0_MODE || (cr4 ^ g->cr4) & CR4_MODE)
        changed_mode(m);
}

/* The instruction before this one is through: take over what it changed. */
static void finish(struct model *m, const struct insn *insn)
{
    m->pending = NULL;
    switch ((enum kind)insn->kind) {
    case KIND_CR:
        changed_control(m, insn->control);
        break;
    case KIND_INVLPG:
        m->count.invlpg++;
        memory_invlpg(&m->memory, effective_address(m->guest, insn));
        break;
    case KIND_TABLES:
        m->guest->load_tables(m->guest);
        idt_load(&m->idt, m->guest);
        break;
    case KIND_WBINVD:
        memory_empty_caches(&m->memory);
        break;
    case KIND_PLAIN:
    case KIND_MARKER:
    case KIND_SREG:
        break;
    }
}

static void subtract(struct counters *from, const struct counters *what)
{
#define COUNTER(name) from->name -= what->name;
#include "counters.def"
#undef COUNTER
}

static void region_begin(struct model *m, unsigned id)
{
    m->region[id].begin = m->count;
    m->region[id].open = true;
    if ((int)id == m->sink.trace_id && m->sink.trace_begin) {
        m->tracing = true;
        m->sink.trace_begin(m);
    }
}

static void region_end(struct model *m, unsigned id)
{
    struct region *r = &m->region[id];
    if (!r->open)
        return;
    if (m->tracing && (int)id == m->sink.trace_id) {
        m->tracing = false;
        m->sink.trace_end(m);
    }
    struct counters delta = m->count;
    subtract(&delta, &r->begin);
    if (m->sink.region)
        m->sink.region(id, r->sequence, &delta);
    r->sequence++;
    r->open = false;
}

/* Markers take no time and touch nothing, but nothing pairs across them. */
static void marker(struct model *m, const struct insn *insn)
{
    pipeline_drain(&m->pipe);
    if (marker_op(insn) == MARKER_BEGIN)
        region_begin(m, marker_id(insn));
    else if (marker_op(insn) == MARKER_END)
        region_end(m, marker_id(insn));
}

static void step_off(struct model *m, const struct insn *insn)
{
    if (insn->kind == KIND_MARKER && marker_op(insn) == MARKER_ON) {
        start(m);
        m->previous = insn;
    }
}

/* What privileged instructions change is seen in finish(); in an outer ring
 * they fault and change nothing. */
static void note_kind(struct model *m, const struct insn *insn)
{
    if (insn->kind == KIND_SREG)
        m->count.segment_loads++;
    else if (m->cpl == 0)
        m->pending = insn;
}

void model_step(struct model *m, const struct insn *insn)
{
    if (!m->on) {
        step_off(m, insn);
        return;
    }
    if (m->pending)
        finish(m, m->pending);
    const struct insn *previous = m->previous;
    if (insn->rep && insn->va == previous->va) { /* next element */
        m->count.cycles += insn->step;
        return;
    }
    m->previous = insn;
    if (previous->branch != BR_NONE || insn->va != previous->next)
        flow_resolve(m, previous, insn);
    if (insn->kind == KIND_MARKER) {
        marker(m, insn);
        return;
    }
    if (m->tracing)
        m->sink.trace_step(m, insn);
    memory_fetch(&m->memory, insn->va, insn->last);
    pipeline_issue(&m->pipe, insn);
    m->count.instructions++;
    if (insn->kind != KIND_PLAIN)
        note_kind(m, insn);
}

void model_access(struct model *m, const struct insn *insn, uint32_t va,
                  unsigned size, bool store)
{
    if (!m->on || insn->kind == KIND_MARKER)
        return;
    if (insn->far_memory && !m->far_operand)
        m->far_operand = va; /* the pointer is read first */
    pipeline_access(&m->pipe, insn, va);
    uint32_t pa = memory_access(&m->memory, va, size, store);
    if (store && idt_holds(&m->idt, pa))
        idt_reread(&m->idt, pa);
}
