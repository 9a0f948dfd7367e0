/*
 * pn/space.h - making, starting and removing threads and address spaces.
 *
 * Thin wrappers over ThreadControl and SpaceControl for programs in privileged
 * spaces: pagers, tests, benchmarks. Functions return 1 for success, else 0
 * with the reason in L4_ErrorCode(); on failure nothing is left behind.
 */
#pragma once

#include <l4/types.h>
#include <l4/thread.h>
#include <l4/space.h>
#include <pn/small.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Where a space has its kernel interface page and its UTCBs. */
struct pn_layout {
    L4_Word_t kip;       /* address, 4 KB aligned */
    L4_Word_t utcb;      /* address, aligned to its size */
    L4_Word_t utcb_log2; /* size of the UTCB area, from 12: 8 threads */
};

/* UTCB location of thread n of a space: what ThreadControl wants. */
L4_Word_t pn_utcb_slot(L4_Word_t utcb_area, unsigned n);

/* UTCB location of the slot n places behind the caller's own. */
L4_Word_t pn_own_utcb_slot(unsigned n);

/* Make `tid`, active, in UTCB slot 0, the first thread of a new space. The
 * caller is its scheduler. It waits for a start message from `pager`. */
int pn_space_make(L4_ThreadId_t tid, const struct pn_layout *layout,
                  L4_ThreadId_t pager);

/* Make `tid`, active, another thread of the space of `space`. */
int pn_thread_make(L4_ThreadId_t tid, L4_ThreadId_t space, L4_ThreadId_t pager,
                   L4_Word_t utcb_location);

/* Start a thread made as above; the caller must be its pager. */
int pn_thread_start(L4_ThreadId_t tid, L4_Word_t ip, L4_Word_t sp);

/* Make a thread of the caller's own space and run function(argument) on the
 * stack that ends at stack_top; `slot` counts UTCBs from the caller's own. The
 * caller becomes its pager. A function that returns sleeps for ever. */
int pn_thread_run(L4_ThreadId_t tid, unsigned slot, void (*function)(void *),
                  void *argument, void *stack_top);

/* Delete a thread; with its last thread its space goes, too. */
int pn_thread_kill(L4_ThreadId_t tid);

/* Make the space of `tid` small with this many pages, or large with 0. Returns
 * whether it is so now. */
int pn_space_resize(L4_ThreadId_t tid, L4_Word_t pages);

/* Move the small space of `tid`, which keeps its size and what it does at its
 * limit. Returns whether it has moved. */
int pn_space_move(L4_ThreadId_t tid);

/* Is the space of `tid` small at this moment? */
int pn_space_is_small(L4_ThreadId_t tid);

/* A thread id that nobody has got from this function before: version 2,
 * numbers from behind the initial servers up. Nil when they are used up. */
L4_ThreadId_t pn_new_tid(void);

#ifdef __cplusplus
}
#endif
