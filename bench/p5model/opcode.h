/* The opcode table behind decode.c: what a row of opcode.c says. */
#ifndef P5_OPCODE_H
#define P5_OPCODE_H

#include "cost.h"
#include "insn.h"

/* Which registers and operands a row stands for. */
enum {
    MODRM = 1 << 0,
    REG_R = 1 << 1, /* ModRM.reg is read, written */
    REG_W = 1 << 2,
    RM_R = 1 << 3, /* ModRM.rm, register or memory */
    RM_W = 1 << 4,
    OP_R = 1 << 5, /* register in the low three opcode bits */
    OP_W = 1 << 6,
    AX_R = 1 << 7,
    AX_W = 1 << 8,
    DX_W = 1 << 9,
    CX_RW = 1 << 10,
    SI_RW = 1 << 11, /* string source, destination: address and update */
    DI_RW = 1 << 12,
    ALL_W = 1 << 13, /* but ESP */
    WIDTH = 1 << 14, /* opcode bit 0 clear: byte registers */
    BYTE = 1 << 15,  /* byte registers always */
    IMM = 1 << 16,   /* has an immediate */
    NOMEM = 1 << 17  /* forms an address but does not access it (LEA) */
};

struct opcode {
    uint8_t mask, value; /* row applies if (opcode & mask) == value ... */
    uint8_t regs;        /* ... and bit ModRM.reg is set here */
    uint8_t pair, branch, kind, stack;
    uint8_t cost, cost_memory; /* enum cost_id, by operand form */
    uint32_t flags;
};

/* The row of an opcode byte (after 0F if TWO_BYTE); REG is ModRM.reg, 0 if
 * there is none. Never fails: the last row takes everything. */
const struct opcode *opcode_find(bool two_byte, uint8_t opcode, unsigned reg);

/* Does it have a ModRM byte? */
bool opcode_has_modrm(bool two_byte, uint8_t opcode);

#endif
