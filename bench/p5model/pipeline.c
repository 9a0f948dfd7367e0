/* Pairing, address-generation interlocks and bank conflicts. */
#include "pipeline.h"

#include "cost.h"

#define BANK_BITS 0x1cu

/* ESP as implied by the stack instructions does not keep these apart. */
static bool stack_conflict(const struct insn *u, const struct insn *v)
{
    if (u->stack == STACK_PUSH)
        return v->stack != STACK_PUSH && v->stack != STACK_CALL &&
               (v->reads | v->writes) >> ESP & 1;
    if (u->stack == STACK_POP)
        return v->stack != STACK_POP && (v->reads | v->writes) >> ESP & 1;
    return false;
}

static bool can_join(const struct pipeline *p, const struct insn *insn)
{
    return p->open && (insn->pair == PAIR_UV || insn->pair == PAIR_V) &&
           !(p->written & (insn->reads | insn->writes)) &&
           !stack_conflict(p->u, insn);
}

static void stall_agi(struct pipeline *p)
{
    p->count->agi++;
    p->count->cycles += cost[COST_agi];
}

/* How many cycles longer than U alone the pair takes. */
static unsigned tail_of_pair(const struct insn *u, const struct insn *v)
{
    if (u->rmw && v->memory && v->cost > 1)
        return v->cost - 1u;
    return v->cost > u->cost ? v->cost - (unsigned)u->cost : 0;
}

static void join(struct pipeline *p, const struct insn *insn)
{
    if (p->before & insn->address)
        stall_agi(p);
    p->count->cycles += tail_of_pair(p->u, insn);
    p->count->paired++;
    p->previous = p->written | insn->writes;
    p->open = false;
    p->v = insn;
}

static void open_cycle(struct pipeline *p, const struct insn *insn)
{
    uint8_t before = p->open ? p->written : p->previous;
    if (before & insn->address) {
        stall_agi(p);
        before = 0;
    }
    p->before = before;
    p->count->cycles += insn->cost;
    p->open = insn->pair == PAIR_UV || insn->pair == PAIR_U;
    p->written = insn->writes;
    p->previous = insn->writes;
    p->u = insn;
    p->v = 0;
    p->u_accessed = false;
}

void pipeline_issue(struct pipeline *p, const struct insn *insn)
{
    if (can_join(p, insn))
        join(p, insn);
    else
        open_cycle(p, insn);
}

void pipeline_access(struct pipeline *p, const struct insn *insn, uint32_t va)
{
    if (insn == p->v) {
        if (p->u_accessed && !((va ^ p->u_address) & BANK_BITS) && p->banks) {
            p->count->bank_conflicts++;
            p->count->cycles += cost[COST_bank];
        }
        p->u_accessed = false;
    } else if (insn == p->u && !p->u_accessed && !p->v) {
        p->u_accessed = true;
        p->u_address = va;
    }
}

void pipeline_drain(struct pipeline *p)
{
    p->open = false;
    p->written = p->before = p->previous = 0;
    p->u = p->v = 0;
    p->u_accessed = false;
}
