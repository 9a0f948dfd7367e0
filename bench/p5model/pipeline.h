/*
 * The two integer pipes of the P5.
 *
 * Instructions arrive one by one in program order; each either opens a new
 * cycle in U or joins the one in U as its V partner. Rules (Agner, P1):
 *   - U takes anything; V only PAIR_UV and PAIR_V behind a PAIR_UV or PAIR_U
 *   - no pair if the second reads or writes a register the first writes;
 *     flags are excepted, and ESP in PUSH+PUSH, PUSH+CALL and POP+POP
 *   - AGI: one cycle lost if an address register was written in the cycle
 *     before, in either pipe; PUSH, POP, CALL and RET use ESP as an address
 *   - a pair lasts as long as its longer half; behind a read-modify-write in
 *     U the partner's arithmetic waits: +1 if it reads, +2 if it also writes
 *   - the first data accesses of a pair in one bank (address bits 2-4): +1
 */
#ifndef P5_PIPELINE_H
#define P5_PIPELINE_H

#include <stdbool.h>
#include <stdint.h>

#include "counters.h"
#include "insn.h"

struct pipeline {
    struct counters *count;
    bool banks; /* model bank conflicts */

    const struct insn *u, *v; /* in the current cycle */
    bool open;                /* U may still get a partner */
    uint8_t written;          /* registers written by U */
    uint8_t before;   /* registers written in the cycle before this one */
    uint8_t previous; /* what `before` will be for the next cycle */
    bool u_accessed;  /* U has touched memory, first at ... */
    uint32_t u_address;
};

/* Issue an instruction; charges its cycles. */
void pipeline_issue(struct pipeline *p, const struct insn *insn);

/* A data access by the instruction issued last or before last. */
void pipeline_access(struct pipeline *p, const struct insn *insn, uint32_t va);

/* Nothing pairs or stalls across this point (interrupts, markers). */
void pipeline_drain(struct pipeline *p);

#endif
