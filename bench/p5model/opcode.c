/*
 * The opcode table: pairing class, cost and registers of every instruction of
 * the P5, first match wins. Pairing classes after Agner Fog, "The
 * microarchitecture of Intel, AMD and VIA CPUs", chapter on P1.
 *
 * Rows are (mask, value): ADD r/m,r in both widths is 0xfe, 0x00. Opcode
 * groups are told apart by the set of ModRM.reg values, one bit each.
 */
#include "opcode.h"

#define ANY  0xff
#define G(n) (1 << (n))

/* An ordinary instruction. */
#define ROW(mask, value, regs, pair, cost, cost_memory, flags)                 \
    {                                                                          \
        mask, value, regs, pair, BR_NONE, KIND_PLAIN, STACK_NONE, COST_##cost, \
            COST_##cost_memory, flags                                          \
    }

/* One that uses the stack. */
#define STK(mask, value, regs, pair, stack, cost, cost_memory, flags)     \
    {                                                                     \
        mask, value, regs, pair, BR_NONE, KIND_PLAIN, stack, COST_##cost, \
            COST_##cost_memory, flags                                     \
    }

/* One that may go elsewhere. */
#define FLOW(mask, value, regs, pair, branch, stack, cost, flags)        \
    {                                                                    \
        mask, value, regs, pair, branch, KIND_PLAIN, stack, COST_##cost, \
            COST_##cost, flags                                           \
    }

/* One that changes the state of the machine. */
#define SYS(mask, value, regs, kind, stack, cost, flags)               \
    {                                                                  \
        mask, value, regs, PAIR_NP, BR_NONE, kind, stack, COST_##cost, \
            COST_##cost, flags                                         \
    }

static const struct opcode one_byte[] = {
    /* 00-3F: arithmetic; CMP writes nothing, ADC and SBB pair in U only */
    ROW(0xfe, 0x38, ANY, PAIR_UV, alu, aluload, MODRM | WIDTH | REG_R | RM_R),
    ROW(0xfe, 0x3a, ANY, PAIR_UV, alu, aluload, MODRM | WIDTH | REG_R | RM_R),
    ROW(0xfe, 0x3c, ANY, PAIR_UV, alu, alu, AX_R | IMM),
    ROW(0xf6, 0x10, ANY, PAIR_U, alu, alurmw,
        MODRM | WIDTH | REG_R | RM_R | RM_W),
    ROW(0xf6, 0x12, ANY, PAIR_U, alu, aluload,
        MODRM | WIDTH | REG_R | REG_W | RM_R),
    ROW(0xf6, 0x14, ANY, PAIR_U, alu, alu, AX_R | AX_W | IMM),
    ROW(0xc6, 0x00, ANY, PAIR_UV, alu, alurmw,
        MODRM | WIDTH | REG_R | RM_R | RM_W),
    ROW(0xc6, 0x02, ANY, PAIR_UV, alu, aluload,
        MODRM | WIDTH | REG_R | REG_W | RM_R),
    ROW(0xc6, 0x04, ANY, PAIR_UV, alu, alu, AX_R | AX_W | IMM),
    STK(0xe7, 0x06, ANY, PAIR_NP, STACK_OTHER, pushsreg, pushsreg, 0),
    SYS(0xe7, 0x07, ANY, KIND_SREG, STACK_OTHER, popsreg, 0),
    ROW(0xe7, 0x27, ANY, PAIR_NP, bcd, bcd, AX_R | AX_W),

    /* 40-6F */
    ROW(0xf0, 0x40, ANY, PAIR_UV, alu, alu, OP_R | OP_W),
    STK(0xf8, 0x50, ANY, PAIR_UV, STACK_PUSH, push, push, OP_R),
    STK(0xf8, 0x58, ANY, PAIR_UV, STACK_POP, pop, pop, OP_W),
    STK(0xff, 0x60, ANY, PAIR_NP, STACK_OTHER, pusha, pusha, 0),
    STK(0xff, 0x61, ANY, PAIR_NP, STACK_OTHER, popa, popa, ALL_W),
    ROW(0xff, 0x62, ANY, PAIR_NP, bound, bound, MODRM | REG_R | RM_R),
    ROW(0xff, 0x63, ANY, PAIR_NP, verr, verr, MODRM | REG_R | RM_R | RM_W),
    STK(0xfd, 0x68, ANY, PAIR_UV, STACK_PUSH, push, push, IMM),
    ROW(0xfd, 0x69, ANY, PAIR_NP, mul32, mul32, MODRM | REG_W | RM_R | IMM),
    ROW(0xfe, 0x6c, ANY, PAIR_NP, ins, ins, DI_RW),
    ROW(0xfe, 0x6e, ANY, PAIR_NP, outs, outs, SI_RW),

    /* 70-8F */
    FLOW(0xf0, 0x70, ANY, PAIR_V, BR_COND, STACK_NONE, branch, 0),
    ROW(0xfc, 0x80, G(7), PAIR_UV, alu, aluload, MODRM | WIDTH | RM_R | IMM),
    ROW(0xfc, 0x80, G(2) | G(3), PAIR_U, alu, alurmw,
        MODRM | WIDTH | RM_R | RM_W | IMM),
    ROW(0xfc, 0x80, ANY, PAIR_UV, alu, alurmw,
        MODRM | WIDTH | RM_R | RM_W | IMM),
    ROW(0xfe, 0x84, ANY, PAIR_UV, alu, aluload, MODRM | WIDTH | REG_R | RM_R),
    ROW(0xfe, 0x86, ANY, PAIR_NP, xchg, xchgm,
        MODRM | WIDTH | REG_R | REG_W | RM_R | RM_W),
    ROW(0xfe, 0x88, ANY, PAIR_UV, mov, mov, MODRM | WIDTH | REG_R | RM_W),
    ROW(0xfe, 0x8a, ANY, PAIR_UV, mov, mov, MODRM | WIDTH | REG_W | RM_R),
    ROW(0xff, 0x8c, ANY, PAIR_NP, readsreg, readsreg, MODRM | RM_W),
    ROW(0xff, 0x8d, ANY, PAIR_UV, alu, alu, MODRM | REG_W | NOMEM),
    SYS(0xff, 0x8e, ANY, KIND_SREG, STACK_NONE, sreg, MODRM | RM_R),
    STK(0xff, 0x8f, ANY, PAIR_NP, STACK_OTHER, pop, popm, MODRM | RM_W),

    /* 90-AF */
    ROW(0xff, 0x90, ANY, PAIR_UV, alu, alu, 0),
    ROW(0xf8, 0x90, ANY, PAIR_NP, xchgax, xchgax, AX_R | AX_W | OP_R | OP_W),
    ROW(0xff, 0x98, ANY, PAIR_NP, cwde, cwde, AX_R | AX_W),
    ROW(0xff, 0x99, ANY, PAIR_NP, cdq, cdq, AX_R | DX_W),
    FLOW(0xff, 0x9a, ANY, PAIR_NP, BR_FAR, STACK_OTHER, farcall, 0),
    STK(0xff, 0x9c, ANY, PAIR_NP, STACK_OTHER, pushf, pushf, 0),
    STK(0xff, 0x9d, ANY, PAIR_NP, STACK_OTHER, popf, popf, 0),
    ROW(0xff, 0x9e, ANY, PAIR_NP, lahf, lahf, AX_R),
    ROW(0xff, 0x9f, ANY, PAIR_NP, lahf, lahf, AX_W),
    ROW(0xfe, 0xa0, ANY, PAIR_UV, mov, mov, AX_W),
    ROW(0xfe, 0xa2, ANY, PAIR_UV, mov, mov, AX_R),
    ROW(0xfe, 0xa4, ANY, PAIR_NP, movs, movs, SI_RW | DI_RW),
    ROW(0xfe, 0xa6, ANY, PAIR_NP, cmps, cmps, SI_RW | DI_RW),
    ROW(0xfe, 0xa8, ANY, PAIR_UV, alu, alu, AX_R | IMM),
    ROW(0xfe, 0xaa, ANY, PAIR_NP, stos, stos, AX_R | DI_RW),
    ROW(0xfe, 0xac, ANY, PAIR_NP, lods, lods, AX_W | SI_RW),
    ROW(0xfe, 0xae, ANY, PAIR_NP, scas, scas, AX_R | DI_RW),

    /* B0-CF; of the rotates only those by one pair */
    ROW(0xf8, 0xb0, ANY, PAIR_UV, mov, mov, OP_W | BYTE | IMM),
    ROW(0xf8, 0xb8, ANY, PAIR_UV, mov, mov, OP_W | IMM),
    ROW(0xfe, 0xc0, G(0) | G(1), PAIR_NP, shift, shiftm,
        MODRM | WIDTH | RM_R | RM_W | IMM),
    ROW(0xfe, 0xc0, G(2) | G(3), PAIR_NP, rcl, rclm,
        MODRM | WIDTH | RM_R | RM_W | IMM),
    ROW(0xfe, 0xc0, ANY, PAIR_U, shift, shiftm,
        MODRM | WIDTH | RM_R | RM_W | IMM),
    FLOW(0xff, 0xc2, ANY, PAIR_NP, BR_NEAR, STACK_OTHER, reti, IMM),
    FLOW(0xff, 0xc3, ANY, PAIR_NP, BR_NEAR, STACK_OTHER, ret, 0),
    SYS(0xfe, 0xc4, ANY, KIND_SREG, STACK_NONE, lds, MODRM | REG_W | RM_R),
    ROW(0xfe, 0xc6, ANY, PAIR_UV, mov, mov, MODRM | WIDTH | RM_W | IMM),
    STK(0xff, 0xc8, ANY, PAIR_NP, STACK_OTHER, enter, enter, IMM),
    STK(0xff, 0xc9, ANY, PAIR_NP, STACK_OTHER, leave, leave, 0),
    FLOW(0xfe, 0xca, ANY, PAIR_NP, BR_FAR, STACK_OTHER, farret, 0),
    FLOW(0xfe, 0xcc, ANY, PAIR_NP, BR_INT, STACK_NONE, int, 0),
    FLOW(0xff, 0xce, ANY, PAIR_NP, BR_INT, STACK_NONE, into, 0),
    FLOW(0xff, 0xcf, ANY, PAIR_NP, BR_IRET, STACK_OTHER, iret, 0),

    /* D0-EF */
    ROW(0xfe, 0xd0, ANY, PAIR_U, shift, shiftm, MODRM | WIDTH | RM_R | RM_W),
    ROW(0xfe, 0xd2, G(2) | G(3), PAIR_NP, rcl, rclm,
        MODRM | WIDTH | RM_R | RM_W),
    ROW(0xfe, 0xd2, ANY, PAIR_NP, shiftcl, shiftclm,
        MODRM | WIDTH | RM_R | RM_W),
    ROW(0xff, 0xd4, ANY, PAIR_NP, aam, aam, AX_R | AX_W | IMM),
    ROW(0xff, 0xd5, ANY, PAIR_NP, aad, aad, AX_R | AX_W | IMM),
    ROW(0xff, 0xd7, ANY, PAIR_NP, xlat, xlat, AX_R | AX_W),
    ROW(0xf8, 0xd8, ANY, PAIR_NP, fpu, fpu, MODRM),
    FLOW(0xff, 0xe3, ANY, PAIR_NP, BR_COND, STACK_NONE, jecxz, 0),
    FLOW(0xfc, 0xe0, ANY, PAIR_NP, BR_COND, STACK_NONE, loop, CX_RW),
    ROW(0xf6, 0xe4, ANY, PAIR_NP, in, in, AX_W),
    ROW(0xf6, 0xe6, ANY, PAIR_NP, out, out, AX_R),
    FLOW(0xff, 0xe8, ANY, PAIR_V, BR_DIRECT, STACK_CALL, branch, 0),
    FLOW(0xff, 0xea, ANY, PAIR_NP, BR_FAR, STACK_NONE, farjmp, 0),
    FLOW(0xfd, 0xe9, ANY, PAIR_V, BR_DIRECT, STACK_NONE, branch, 0),

    /* F0-FF */
    FLOW(0xff, 0xf4, ANY, PAIR_NP, BR_HALT, STACK_NONE, hlt, 0),
    ROW(0xfe, 0xf6, G(0) | G(1), PAIR_NP, alu, aluload,
        MODRM | WIDTH | RM_R | IMM),
    ROW(0xfe, 0xf6, G(2) | G(3), PAIR_NP, alu, alurmw,
        MODRM | WIDTH | RM_R | RM_W),
    ROW(0xff, 0xf6, G(4) | G(5), PAIR_NP, mul8, mul8,
        MODRM | BYTE | RM_R | AX_R | AX_W),
    ROW(0xff, 0xf7, G(4) | G(5), PAIR_NP, mul32, mul32,
        MODRM | RM_R | AX_R | AX_W | DX_W),
    ROW(0xff, 0xf6, G(6), PAIR_NP, div8, div8,
        MODRM | BYTE | RM_R | AX_R | AX_W),
    ROW(0xff, 0xf7, G(6), PAIR_NP, div32, div32,
        MODRM | RM_R | AX_R | AX_W | DX_W),
    ROW(0xff, 0xf6, G(7), PAIR_NP, idiv8, idiv8,
        MODRM | BYTE | RM_R | AX_R | AX_W),
    ROW(0xff, 0xf7, G(7), PAIR_NP, idiv32, idiv32,
        MODRM | RM_R | AX_R | AX_W | DX_W),
    ROW(0xfe, 0xfa, ANY, PAIR_NP, cli, cli, 0),
    ROW(0xff, 0xf5, ANY, PAIR_NP, flag, flag, 0),
    ROW(0xfe, 0xf8, ANY, PAIR_NP, flag, flag, 0),
    ROW(0xfe, 0xfc, ANY, PAIR_NP, flag, flag, 0),
    ROW(0xfe, 0xfe, G(0) | G(1), PAIR_UV, alu, alurmw,
        MODRM | WIDTH | RM_R | RM_W),
    FLOW(0xff, 0xff, G(2), PAIR_NP, BR_NEAR, STACK_OTHER, indirect,
         MODRM | RM_R),
    FLOW(0xff, 0xff, G(3), PAIR_NP, BR_FAR, STACK_OTHER, farcall, MODRM | RM_R),
    FLOW(0xff, 0xff, G(4), PAIR_NP, BR_NEAR, STACK_NONE, indirect,
         MODRM | RM_R),
    FLOW(0xff, 0xff, G(5), PAIR_NP, BR_FAR, STACK_NONE, farjmp, MODRM | RM_R),
    STK(0xff, 0xff, G(6), PAIR_NP, STACK_OTHER, push, pushm, MODRM | RM_R),
    ROW(0xfe, 0xfe, ANY, PAIR_NP, other, other, MODRM),

    ROW(0x00, 0x00, ANY, PAIR_NP, other, other, 0),
};

static const struct opcode two_byte_rows[] = {
    ROW(0xff, 0x00, G(0) | G(1), PAIR_NP, sldt, sldt, MODRM | RM_W),
    ROW(0xff, 0x00, G(2), PAIR_NP, lldt, lldt, MODRM | RM_R),
    SYS(0xff, 0x00, G(3), KIND_TABLES, STACK_NONE, ltr, MODRM | RM_R),
    ROW(0xff, 0x00, ANY, PAIR_NP, verr, verr, MODRM | RM_R),
    ROW(0xff, 0x01, G(0) | G(1) | G(4), PAIR_NP, smsw, smsw, MODRM | RM_W),
    SYS(0xff, 0x01, G(2) | G(3), KIND_TABLES, STACK_NONE, lgdt, MODRM),
    SYS(0xff, 0x01, G(6), KIND_CR, STACK_NONE, lmsw, MODRM | RM_R),
    SYS(0xff, 0x01, G(7), KIND_INVLPG, STACK_NONE, invlpg, MODRM | NOMEM),
    ROW(0xff, 0x01, ANY, PAIR_NP, other, other, MODRM),
    ROW(0xfe, 0x02, ANY, PAIR_NP, lar, lar, MODRM | REG_W | RM_R),
    SYS(0xff, 0x06, ANY, KIND_PLAIN, STACK_NONE, clts, 0),
    SYS(0xff, 0x08, ANY, KIND_WBINVD, STACK_NONE, invd, 0),
    SYS(0xff, 0x09, ANY, KIND_WBINVD, STACK_NONE, wbinvd, 0),
    ROW(0xff, 0x20, ANY, PAIR_NP, readcr, readcr, MODRM | RM_W),
    SYS(0xff, 0x22, G(0), KIND_CR, STACK_NONE, cr0, MODRM | RM_R),
    SYS(0xff, 0x22, G(2), KIND_CR, STACK_NONE, cr2, MODRM | RM_R),
    SYS(0xff, 0x22, G(3), KIND_CR, STACK_NONE, cr3, MODRM | RM_R),
    SYS(0xff, 0x22, ANY, KIND_CR, STACK_NONE, cr4, MODRM | RM_R),
    ROW(0xff, 0x21, ANY, PAIR_NP, dr, dr, MODRM | RM_W),
    ROW(0xff, 0x23, ANY, PAIR_NP, dr, dr, MODRM | RM_R),
    ROW(0xff, 0x30, ANY, PAIR_NP, wrmsr, wrmsr, AX_R),
    ROW(0xff, 0x31, ANY, PAIR_NP, rdtsc, rdtsc, AX_W | DX_W),
    ROW(0xff, 0x32, ANY, PAIR_NP, rdmsr, rdmsr, AX_W | DX_W),
    FLOW(0xff, 0x34, ANY, PAIR_NP, BR_SYSTEM, STACK_NONE, sysenter, 0),
    FLOW(0xff, 0x35, ANY, PAIR_NP, BR_SYSTEM, STACK_NONE, sysexit, 0),
    FLOW(0xf0, 0x80, ANY, PAIR_V, BR_COND, STACK_NONE, branch, 0),
    ROW(0xf0, 0x90, ANY, PAIR_NP, setcc, setccm, MODRM | BYTE | RM_W),
    STK(0xf7, 0xa0, ANY, PAIR_NP, STACK_OTHER, pushsreg, pushsreg, 0),
    SYS(0xf7, 0xa1, ANY, KIND_SREG, STACK_OTHER, popsreg, 0),
    ROW(0xff, 0xa2, ANY, PAIR_NP, cpuid, cpuid, ALL_W),
    ROW(0xff, 0xa3, ANY, PAIR_NP, bt, btm, MODRM | REG_R | RM_R),
    ROW(0xf6, 0xa4, ANY, PAIR_NP, shld, shldm, MODRM | REG_R | RM_R | RM_W),
    ROW(0xff, 0xaf, ANY, PAIR_NP, mul32, mul32, MODRM | REG_R | REG_W | RM_R),
    ROW(0xfe, 0xb0, ANY, PAIR_NP, cmpxchg, cmpxchgm,
        MODRM | WIDTH | REG_R | RM_R | RM_W | AX_R | AX_W),
    SYS(0xff, 0xb2, ANY, KIND_SREG, STACK_NONE, lds, MODRM | REG_W | RM_R),
    SYS(0xfe, 0xb4, ANY, KIND_SREG, STACK_NONE, lds, MODRM | REG_W | RM_R),
    ROW(0xf7, 0xb6, ANY, PAIR_NP, movx, movx, MODRM | REG_W | RM_R),
    ROW(0xf7, 0xb7, ANY, PAIR_NP, movx, movx, MODRM | REG_W | RM_R),
    ROW(0xff, 0xba, G(4), PAIR_NP, bt, bt, MODRM | RM_R | IMM),
    ROW(0xff, 0xba, ANY, PAIR_NP, bts, bts, MODRM | RM_R | RM_W | IMM),
    ROW(0xe7, 0xa3, ANY, PAIR_NP, bts, btsm, MODRM | REG_R | RM_R | RM_W),
    ROW(0xfe, 0xbc, ANY, PAIR_NP, bsf, bsf, MODRM | REG_W | RM_R),
    ROW(0xfe, 0xc0, ANY, PAIR_NP, xadd, xaddm,
        MODRM | WIDTH | REG_R | REG_W | RM_R | RM_W),
    ROW(0xff, 0xc7, ANY, PAIR_NP, cmpxchg8b, cmpxchg8b,
        MODRM | RM_R | RM_W | AX_R | AX_W | DX_W),
    ROW(0xf8, 0xc8, ANY, PAIR_NP, bswap, bswap, OP_R | OP_W),

    ROW(0x00, 0x00, ANY, PAIR_NP, other, other, 0),
};

static bool row_is(const struct opcode *row, uint8_t opcode, unsigned reg)
{
    return (opcode & row->mask) == row->value && (row->regs >> reg & 1);
}

const struct opcode *opcode_find(bool two_byte, uint8_t opcode, unsigned reg)
{
    const struct opcode *row = two_byte ? two_byte_rows : one_byte;
    while (!row_is(row, opcode, reg))
        row++;
    return row;
}

bool opcode_has_modrm(bool two_byte, uint8_t opcode)
{
    /* all rows of an opcode agree, and ModRM.reg = 0..7 finds one of them */
    for (unsigned reg = 0; reg < 8; reg++)
        if (opcode_find(two_byte, opcode, reg)->flags & MODRM)
            return true;
    return false;
}
