/*
 * tests/host/machine.h - what surrounds the mapping code in its tests: some
 * spaces, physical memory with holes, and a processor with a TLB that never
 * forgets by itself.
 *
 * A space may be large or small, and changes from one to the other as the
 * kernel does it, with pages carried over.  Each has one pinned page.
 */
#pragma once

#include "host.h"
#include "mm/space.h"

#define SPACES 6u /* the first is sigma0 */
#define SIGMA0 0u

#define BIG_MEMORY   0x10000000u /* 8 MB of user memory without a hole */
#define HOLED_MEMORY 0x20000000u /* 4 MB that end after 8 pages */
#define LATE_MEMORY  0x20400000u /* 4 MB of which the last 8 pages are there */

extern struct space spaces[SPACES];
extern vaddr_t pinned_at[SPACES];

/* Ends the last space, sigma0's, and switches the machine off. */
void machine_halt(void);

/* Boots: frames, small area, mapping database, fresh spaces. */
void machine_start(bool global_pages);

/* A new space in place i; size 0: large, else a small one of that size. */
void space_start(unsigned i, uint32_t size);

/* Ends a space that has no pages left but the pinned one. */
void space_end(unsigned i);

/*
 * Makes it large (size 0) or small, keeping its pages; false: cannot.  The move
 * may be left for later.
 */
bool space_convert(unsigned i, uint32_t size);

/* The first page in [va, end) that is present, or `end`. */
vaddr_t page_first(struct space *s, vaddr_t va, vaddr_t end);

/* Maps the space's pinned page. */
void space_pin(unsigned i, vaddr_t va);

/*
 * One memory access by the space, through the TLB.  Sets accessed and dirty
 * bits as the processor does.  False: it faults.
 */
bool cpu_access(unsigned i, vaddr_t va, bool write);

/* Stops unless all that the TLB remembers is what the tables say. */
void tlb_check(void);

/*
 * An operation that may be interrupted: every preemption point is taken, and
 * one in `preempt_chance` of them (0: none) ends in a jump to
 * `preempted`, where the operation is to be called again.
 */
extern uint32_t preempt_chance, preemptions;
extern jmp_buf preempted;

/*
 * Not 0: preemption points are as far apart as in the kernel, and each ends so;
 * after so many the test has failed.
 */
extern uint32_t preempt_storm;

/* Repeats `call` until it gets through. */
#define RESTARTED(call) (void)setjmp(preempted), (call)

/* Takes all free frames away (true), or gives them back. */
void frames_hide(bool hide);
