/*
 * pn/heap.h - a program's memory beyond its image (servers/root: heap=KB).
 *
 * It is zeroed and comes page by page when it is touched. What is no longer
 * needed can be given back; a program that is placed automatically gets a
 * smaller slot then, or comes back from a large space to a small one.
 */
#pragma once

#include <l4/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct pn_heap {
    L4_Word_t low;  /* first address */
    L4_Word_t high; /* behind the last */
};

/* Where it is, by the pager's word. 1; 0 if there is none. */
int pn_heap(struct pn_heap *heap);

/*
 * "Nothing is needed from `address` on." Whole pages from there to the heap's
 * end are gone and zero when they are touched again. 1; or 0 and nothing has
 * changed: not now. Each time that something was given back, the next has to
 * wait, and longer if it comes soon.
 */
int pn_trim(L4_Word_t address);

#ifdef __cplusplus
}
#endif
