/*
 * One decoded instruction: all that the model needs to know about it, worked
 * out once when QEMU translates it and never changed afterwards.
 *
 * Register sets are bit masks over EAX ECX EDX EBX ESP EBP ESI EDI (bit 0..7).
 * A partial register counts as the whole one (Agner, P1 pairing rule 3).
 */
#ifndef P5_INSN_H
#define P5_INSN_H

#include <stdbool.h>
#include <stdint.h>

enum { EAX, ECX, EDX, EBX, ESP, EBP, ESI, EDI };

/* Where an instruction may go when two are issued together. */
enum pair { PAIR_NP, PAIR_UV, PAIR_U, PAIR_V };

/* How it leaves; everything from BR_INT on may land anywhere. */
enum branch {
    BR_NONE,
    BR_COND,   /* conditional, target known */
    BR_DIRECT, /* near JMP or CALL, target known */
    BR_INT,
    BR_IRET,
    BR_FAR,  /* far CALL, JMP or RET */
    BR_NEAR, /* RET, indirect JMP or CALL */
    BR_SYSTEM, /* SYSENTER, SYSEXIT */
    BR_HALT
};

/* What else it does to the model. */
enum kind {
    KIND_PLAIN,
    KIND_MARKER,
    KIND_SREG, /* loads a segment register */
    KIND_CR,   /* writes CR0, CR2, CR3 or CR4 */
    KIND_INVLPG,
    KIND_TABLES, /* LGDT, LIDT, LTR */
    KIND_WBINVD  /* empties the caches */
};

enum far { FAR_CALL, FAR_JMP, FAR_RET };

/* Use of the stack, for the pairing exceptions of PUSH, POP and CALL. */
enum stack { STACK_NONE, STACK_PUSH, STACK_POP, STACK_CALL, STACK_OTHER };

#define INSN_MAX_BYTES 15

struct insn {
    uint32_t va;     /* linear address of the first byte */
    uint32_t last;   /* ... of the last byte */
    uint32_t next;   /* ... of the instruction behind it */
    uint32_t target; /* of BR_COND and BR_DIRECT */
    uint16_t cost;   /* cycles, prefixes included */
    uint16_t step;   /* cycles a further element of a REP */
    uint8_t pair, branch, kind, stack;
    uint8_t reads;   /* registers read, address registers included */
    uint8_t writes;  /* registers written */
    uint8_t address; /* registers used to form an address */
    bool memory;     /* has a memory operand in its ModRM byte */
    bool rmw;        /* reads, modifies and writes memory */
    bool rep;
    uint8_t far;       /* enum far, of BR_FAR */
    bool far_memory;   /* BR_FAR, BR_NEAR: the target is in memory */
    uint8_t control;   /* KIND_CR: number of the register */
    uint8_t vector;    /* BR_INT */
    uint16_t selector; /* BR_FAR with an immediate pointer */
    uint32_t marker;   /* KIND_MARKER: the immediate */
    uint8_t modrm, sib;
    uint32_t displacement;
    uint8_t length;
    uint8_t bytes[INSN_MAX_BYTES];
    char *text; /* disassembly, when tracing */
};

#endif
