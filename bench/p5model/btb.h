/*
 * Branch prediction of the P5: 256 branches, 4-way, two-bit counters. A
 * branch that is not there is predicted to fall through and enters when it
 * first jumps, as strongly taken; a branch at strongly-not-taken that jumps
 * also returns to strongly taken (Agner, "Branch prediction in P1").
 *
 * The real one's index and replacement differ in detail: sets here come from
 * address bits 2-7, the victim is the one used least recently.
 */
#ifndef P5_BTB_H
#define P5_BTB_H

#include <stdbool.h>
#include <stdint.h>

#define BTB_SETS 64
#define BTB_WAYS 4

struct btb_entry {
    uint32_t va; /* 0: empty */
    uint32_t target;
    uint32_t used;
    uint32_t state; /* 0 strongly not taken .. 3 strongly taken */
};

struct btb {
    uint32_t clock;
    struct btb_entry entry[BTB_SETS][BTB_WAYS];
};

/* A branch at VA was TAKEN or not; true if that had been predicted. */
bool btb_direction(struct btb *btb, uint32_t va, bool taken);

/* An indirect branch at VA went to TARGET; true if it went there last time. */
bool btb_indirect(struct btb *btb, uint32_t va, uint32_t target);

#endif
