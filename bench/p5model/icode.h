/*
 * Decoded instructions, one for each linear address and content, for as long
 * as QEMU runs: it translates the same code again and again.
 */
#ifndef P5_ICODE_H
#define P5_ICODE_H

#include "insn.h"

/* The decoded form of LENGTH bytes at VA. NULL: out of memory. */
struct insn *icode_get(uint32_t va, const uint8_t *bytes, unsigned length);

#endif
