/*
 * paged.h - programs with pages from another program (pn/swap.h).
 *
 * Such a program asks for addresses behind its heap, and says whose faults they
 * are. Its thread has us as its pager at first. A fault there makes the other
 * one its pager; a fault elsewhere comes back from that one, by PN_LABEL_PASS,
 * and makes us the pager again. So none is lost, and each is resolved by the
 * one who has the page. When that other program ends, its clients cannot go on.
 */
#pragma once

#include <l4/types.h>

struct program;

/* Give it addresses for so many bytes, faults at which are `pager`'s; or take
 * them back, with bytes 0. The first address, or an enum pn_problem: PN_DENIED
 * if one of them may talk to some only, as its faults are for the supervisor;
 * 0 if they were taken back. */
L4_Word_t paged_open(struct program *p, L4_Word_t bytes, L4_ThreadId_t pager);

/* It faults at `address`. 1: somebody else's fault; it shall fault again. */
int paged_fault(const struct program *p, L4_Word_t address);

/* `pager` has a fault of thread `client` that it does not resolve. The client,
 * whose pager we are again; null: that is none of its clients. */
struct program *paged_pass(const struct program *pager, L4_ThreadId_t client);

/* Is `address` among those that it got? */
int paged_has(const struct program *p, L4_Word_t address);

/* The program has ended. */
void paged_end(struct program *p);

/* Is there anybody whose pager has ended? */
int paged_has_orphans(void);

/* One of them, with no such pages any more; null: there are no more. */
struct program *paged_orphan(void);
