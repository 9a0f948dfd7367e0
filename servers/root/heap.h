/*
 * heap.h - memory of programs behind their images, page by page.
 *
 * A page is there from when it is touched until the program gives it back or
 * ends.
 */
#pragma once

#include <l4/types.h>

struct program;

/* Give it a heap of so many KB, all of it untouched; or the one that it has
 * still, as it was. Null, or why not. */
const char *heap_make(struct program *p, unsigned kb);

/* The program has no space any more. */
void heap_free(struct program *p);

/* The same, but its memory is lost. */
void heap_forget(struct program *p);

/* First address, and the address behind the last. */
L4_Word_t heap_low(const struct program *p);
L4_Word_t heap_high(const struct program *p);

/* Memory of the page at `address`; 0: it is no heap, or was not touched. */
L4_Word_t heap_at(const struct program *p, L4_Word_t address);

/* The same; now it is touched. 0: it is no heap, or there is no memory. */
L4_Word_t heap_touch(struct program *p, L4_Word_t address);

/* Take back the pages from `address` on. */
void heap_trim(struct program *p, L4_Word_t address);

/* Would that take any? */
int heap_reaches(const struct program *p, L4_Word_t address);
