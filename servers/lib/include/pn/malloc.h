/*
 * pn/malloc.h - C's malloc, over the program's heap (pn/heap.h).
 *
 * The first call asks the pager where the heap is, and takes all of it: a
 * program uses this or pn_heap, not both. That call may change the MRs; a heap
 * that was kept over a restart is zeroed by it. Blocks are taken from the lowest
 * addresses that have room, so that no page is touched before it is needed: a
 * table of calloc's touches none until it is written to.
 *
 * A block costs 8 bytes. What is wrong with a block that is given back (freed
 * twice, no block at all, bytes written beyond its end) ends the program, status
 * 1, with a line that says which block it was. One thread only.
 */
#pragma once

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* As in C11. Null: there is no heap (`heap` in the system description), or not
 * so much room in it. Blocks begin at multiples of 8. */
void *malloc(size_t bytes);
void *calloc(size_t n, size_t bytes);
void *realloc(void *block, size_t bytes);
void free(void *block);

/* Give back the pages behind the last block. 1; 0: not now (pn_trim). */
int pn_malloc_trim(void);

#ifdef __cplusplus
}
#endif
