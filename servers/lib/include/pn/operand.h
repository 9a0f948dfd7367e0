/*
 * pn/operand.h - which bytes beyond its limit a small space wanted.
 *
 * A limit fault names no address (pn/small.h, PN_AskPager). A pager that wants
 * to know finds it in the instruction: this decodes it, from the pager's own
 * copy of the client's memory, and computes what it accesses from the registers
 * in the message.
 *
 * Known are the integer and x87 instructions of the Pentium in 32-bit segments,
 * but for far transfers and IRET: their operands, stack, strings with REP, the
 * targets of jumps, calls and returns, and an instruction that itself runs over
 * the limit. Segment overrides mean nothing, as there is one data segment; the
 * kernel reports accesses by %gs's own as exceptions.
 *
 * Pure; the host tests run it. A client can change its code meanwhile: nothing
 * here trusts it, and a wrong answer only makes it fault again.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What the message tells. */
struct pn_fault {
    uint32_t limit; /* size of the space */
    uint32_t eip;
    uint32_t eflags;
    uint32_t reg[8]; /* EAX ECX EDX EBX ESP EBP ESI EDI */
};

/* From the message registers of a limit fault. */
void pn_fault_load(struct pn_fault *f);

/* Both are addresses at the limit or above. */
struct pn_access {
    uint32_t low;  /* the lowest byte */
    uint32_t high; /* the highest */
};

/* Copy up to n bytes at `address` of the client; returns how many there are in
 * a row, 0 if there are none. */
typedef size_t pn_peek(void *client, uint32_t address, void *bytes, size_t n);

/*
 * What the instruction accesses beyond the limit. 1; or 0 if it is unknown, or
 * accesses nothing there. REP counts as a whole, if it has only its counter to
 * end it: the lowest byte is then the one that faulted, or with DF set the
 * highest.
 */
int pn_operand(const struct pn_fault *fault, pn_peek *peek, void *client,
               struct pn_access *beyond);

#ifdef __cplusplus
}
#endif
