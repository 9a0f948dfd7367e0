/*
 * From the bytes of a 32-bit instruction to a struct insn.
 *
 * Knows 32-bit code segments only (no real mode, no V86). Pure: no QEMU.
 */
#ifndef P5_DECODE_H
#define P5_DECODE_H

#include "insn.h"

/* `test eax, imm32` with these upper 16 bits of the immediate is a marker. */
#define MARKER_MAGIC 0x5043u

enum marker_op { MARKER_BEGIN = 1, MARKER_END = 2, MARKER_ON = 3 };

static inline unsigned marker_op(const struct insn *insn)
{
    return insn->marker >> 8 & 0xff;
}

static inline unsigned marker_id(const struct insn *insn)
{
    return insn->marker & 0xff;
}

/* Decode LENGTH (1..15) bytes at linear address VA. Bytes that are no
 * instruction the table knows become an unpairable one of cost `other`. */
void decode(struct insn *insn, uint32_t va, const uint8_t *bytes,
            unsigned length);

#endif
