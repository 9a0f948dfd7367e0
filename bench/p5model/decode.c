/*
 * The decoder: prefixes, opcode, ModRM and SIB, then what the opcode's row
 * says is turned into register sets, costs and a pairing class.
 *
 * Immediates and branch displacements are the last bytes of an instruction,
 * and its length is given, so they are read from the end.
 */
#include "decode.h"

#include <string.h>

#include "cost.h"
#include "opcode.h"

struct reader {
    const uint8_t *bytes;
    unsigned at, length;
};

struct prefixes {
    unsigned count; /* all but REP */
    bool word;      /* 66: 16-bit operands */
    bool lock, rep;
};

struct operands {
    bool memory, displacement;
    unsigned reg, rm;
};

static uint8_t next_byte(struct reader *r)
{
    return r->at < r->length ? r->bytes[r->at++] : 0;
}

/* N bytes from the end of the instruction, little endian. */
static uint32_t tail(const struct insn *insn, unsigned from_end, unsigned n)
{
    uint32_t value = 0;
    if (from_end > insn->length)
        return 0;
    for (unsigned i = 0; i < n; i++)
        value |= (uint32_t)insn->bytes[insn->length - from_end + i] << 8 * i;
    return value;
}

static bool read_prefix(struct prefixes *p, uint8_t byte)
{
    switch (byte) {
    case 0xf2:
    case 0xf3:
        p->rep = true;
        return true;
    case 0xf0:
        p->lock = true;
        break;
    case 0x66:
        p->word = true;
        break;
    case 0x67:
    case 0x26:
    case 0x2e:
    case 0x36:
    case 0x3e:
    case 0x64:
    case 0x65:
        break;
    default:
        return false;
    }
    p->count++;
    return true;
}

static struct prefixes read_prefixes(struct reader *r)
{
    struct prefixes p = {0};
    while (r->at < r->length && read_prefix(&p, r->bytes[r->at]))
        r->at++;
    return p;
}

static void read_sib(struct insn *insn, struct reader *r, unsigned *base)
{
    insn->sib = next_byte(r);
    *base = insn->sib & 7;
    unsigned index = insn->sib >> 3 & 7;
    if (index != ESP)
        insn->address |= (uint8_t)(1u << index);
}

static uint32_t read_displacement(struct reader *r, unsigned size)
{
    uint32_t value = 0;
    for (unsigned i = 0; i < size; i++)
        value |= (uint32_t)next_byte(r) << 8 * i;
    return size == 1 ? (uint32_t)(int8_t)value : value;
}

static struct operands read_operands(struct insn *insn, struct reader *r)
{
    insn->modrm = next_byte(r);
    unsigned mod = insn->modrm >> 6;
    struct operands o = {
        .memory = mod != 3, .reg = insn->modrm >> 3 & 7, .rm = insn->modrm & 7};
    if (!o.memory)
        return o;
    unsigned base = o.rm;
    if (o.rm == ESP)
        read_sib(insn, r, &base);
    bool absolute = mod == 0 && base == EBP;
    if (!absolute)
        insn->address |= (uint8_t)(1u << base);
    unsigned size = mod == 1 ? 1 : mod == 2 || absolute ? 4 : 0;
    insn->displacement = read_displacement(r, size);
    o.displacement = size != 0;
    return o;
}

/* Register NUMBER as a bit; byte registers 4..7 are the high halves of 0..3. */
static uint8_t reg_bit(unsigned number, bool byte)
{
    return (uint8_t)(1u << (byte ? number & 3 : number));
}

static void set_registers(struct insn *insn, const struct operands *o,
                          uint32_t flags, uint8_t opcode)
{
    bool byte = flags & BYTE || (flags & WIDTH && !(opcode & 1));
    uint8_t reg = reg_bit(o->reg, byte), op = reg_bit(opcode & 7, byte);
    uint8_t rm = o->memory ? 0 : reg_bit(o->rm, byte);
    unsigned r = insn->address, w = 0;
    r |= (flags & REG_R ? reg : 0u) | (flags & RM_R ? rm : 0u);
    w |= (flags & REG_W ? reg : 0u) | (flags & RM_W ? rm : 0u);
    r |= (flags & OP_R ? op : 0u) | (flags & AX_R ? 1u << EAX : 0);
    w |= (flags & OP_W ? op : 0u) | (flags & AX_W ? 1u << EAX : 0);
    w |= flags & DX_W ? 1u << EDX : 0;
    r |= flags & CX_RW ? 1u << ECX : 0;
    w |= flags & CX_RW ? 1u << ECX : 0;
    w |= flags & ALL_W ? 0xffu & ~(1u << ESP) : 0;
    unsigned a =
        (flags & SI_RW ? 1u << ESI : 0) | (flags & DI_RW ? 1u << EDI : 0);
    insn->address |= (uint8_t)a;
    insn->reads |= (uint8_t)(r | a);
    insn->writes |= (uint8_t)(w | a);
}

/* The hardware updates ESP without a register write that others wait for, so
 * ESP counts as an address register here but not as written. */
static void set_stack(struct insn *insn, uint8_t opcode)
{
    if (insn->stack == STACK_NONE)
        return;
    insn->address |= 1u << ESP;
    insn->reads |= 1u << ESP;
    if (opcode == 0xc9) { /* LEAVE: ESP = EBP, POP EBP */
        insn->address |= 1u << EBP;
        insn->reads |= 1u << EBP;
        insn->writes |= 1u << ESP | 1u << EBP;
    } else if (opcode == 0xc8) { /* ENTER: EBP = new frame */
        insn->writes |= 1u << ESP | 1u << EBP;
    }
}

static void set_string(struct insn *insn, const struct prefixes *p,
                       uint8_t opcode)
{
    static const struct {
        uint8_t opcode, start, step;
    } rep[] = {{0x6c, COST_ins, COST_ins},
               {0x6e, COST_outs, COST_outs},
               {0xa4, COST_repmovs, COST_stepmovs},
               {0xa6, COST_repcmps, COST_stepscas},
               {0xaa, COST_repstos, COST_stepmovs},
               {0xac, COST_replods, COST_steplods},
               {0xae, COST_repscas, COST_stepscas}};
    for (unsigned i = 0; p->rep && i < sizeof rep / sizeof *rep; i++)
        if (rep[i].opcode == (opcode & 0xfe)) {
            insn->rep = true;
            insn->reads |= 1u << ECX;
            insn->writes |= 1u << ECX;
            insn->cost = cost[rep[i].start];
            insn->step = cost[rep[i].step];
        }
}

/* A prefix costs a cycle and keeps the instruction out of V. A displacement
 * together with an immediate keeps it from pairing at all. */
static void set_pairing(struct insn *insn, const struct prefixes *p,
                        const struct operands *o, uint32_t flags)
{
    unsigned prefixes = p->count + (p->rep && !insn->rep);
    unsigned extra = prefixes * cost[COST_prefix];
    if (p->lock)
        extra += cost[COST_lock];
    insn->cost = (uint16_t)(insn->cost + extra);
    if (o->memory && o->displacement && flags & IMM)
        insn->pair = PAIR_NP;
    else if (prefixes && insn->pair == PAIR_UV)
        insn->pair = PAIR_U;
}

static void set_branch(struct insn *insn, bool two_byte, uint8_t opcode,
                       bool memory)
{
    if (insn->branch == BR_COND || insn->branch == BR_DIRECT) {
        bool near = two_byte || opcode == 0xe8 || opcode == 0xe9;
        uint32_t offset =
            near ? tail(insn, 4, 4) : (uint32_t)(int8_t)tail(insn, 1, 1);
        insn->target = insn->next + offset;
    } else if (insn->branch == BR_INT) {
        insn->vector = opcode == 0xcd   ? (uint8_t)tail(insn, 1, 1)
                       : opcode == 0xcc ? 3
                                        : 4;
    } else if (insn->branch == BR_NEAR) {
        insn->far_memory = memory;
    } else if (insn->branch == BR_FAR) {
        bool immediate = opcode == 0x9a || opcode == 0xea;
        unsigned reg = insn->modrm >> 3 & 7;
        insn->far_memory = memory;
        insn->selector = immediate ? (uint16_t)tail(insn, 2, 2) : 0;
        insn->far = opcode == 0x9a || (opcode == 0xff && reg == 3) ? FAR_CALL
                    : opcode == 0xea || opcode == 0xff             ? FAR_JMP
                                                                   : FAR_RET;
    }
}

static void set_marker(struct insn *insn)
{
    if (insn->length != 5 || insn->bytes[0] != 0xa9)
        return;
    uint32_t imm = tail(insn, 4, 4);
    if (imm >> 16 == MARKER_MAGIC) {
        insn->kind = KIND_MARKER;
        insn->marker = imm;
    }
}

/* What INT, IRET and far transfers cost is known when they have landed. */
static bool cost_later(const struct opcode *row)
{
    return row->branch == BR_INT || row->branch == BR_IRET ||
           row->branch == BR_FAR;
}

static void apply_row(struct insn *insn, const struct opcode *row,
                      const struct operands *o)
{
    insn->pair = row->pair;
    insn->branch = row->branch;
    insn->kind = row->kind;
    insn->stack = row->stack;
    insn->memory = o->memory && !(row->flags & NOMEM);
    if (!cost_later(row))
        insn->cost = cost[insn->memory ? row->cost_memory : row->cost];
    insn->rmw = insn->memory && row->flags & RM_R && row->flags & RM_W;
    insn->control = (uint8_t)(row->cost == COST_lmsw ? 0 : o->reg);
}

void decode(struct insn *insn, uint32_t va, const uint8_t *bytes,
            unsigned length)
{
    memset(insn, 0, sizeof *insn);
    insn->va = va;
    insn->last = va + length - 1;
    insn->next = va + length;
    insn->length = (uint8_t)length;
    memcpy(insn->bytes, bytes, length);

    struct reader r = {bytes, 0, length};
    struct prefixes p = read_prefixes(&r);
    uint8_t opcode = next_byte(&r);
    bool two_byte = opcode == 0x0f;
    if (two_byte)
        opcode = next_byte(&r);
    struct operands o = {0};
    if (opcode_has_modrm(two_byte, opcode))
        o = read_operands(insn, &r);
    const struct opcode *row = opcode_find(two_byte, opcode, o.reg);

    apply_row(insn, row, &o);
    set_registers(insn, &o, row->flags, opcode);
    set_stack(insn, two_byte ? 0 : opcode);
    if (!two_byte)
        set_string(insn, &p, opcode);
    set_pairing(insn, &p, &o, row->flags);
    set_branch(insn, two_byte, opcode, insn->memory);
    set_marker(insn);
}
