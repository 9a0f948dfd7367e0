/*
 * malloc.c - C's malloc (pn/malloc.h): arena.c over the heap.
 */
#include "arena.h"

#include <pn/heap.h>
#include <pn/libc.h>
#include <pn/malloc.h>
#include <pn/program.h>

#define PAGE 4096u

static struct arena arena;

/* The arena, which is empty if there is no heap. What was kept of the heap is
 * given up; if that can't be, nothing of it is known to be zero. */
static struct arena *opened(void)
{
    static int asked;
    struct pn_heap heap;

    if (asked)
        return &arena;
    asked = 1;
    if (!pn_heap(&heap))
        heap.low = heap.high = 0;
    arena_open(&arena, (void *)heap.low, heap.high - heap.low);
    if (arena.size > 0 && !pn_trim(heap.low))
        arena.dirty = arena.size;
    return &arena;
}

void *malloc(size_t bytes)
{
    return arena_get(opened(), bytes);
}

void *calloc(size_t n, size_t bytes)
{
    size_t all;

    if (__builtin_mul_overflow(n, bytes, &all))
        return NULL;
    return arena_zeroed(opened(), all);
}

void *realloc(void *block, size_t bytes)
{
    return block ? arena_resize(&arena, block, bytes) : malloc(bytes);
}

void free(void *block)
{
    if (block)
        arena_put(&arena, block);
}

int pn_malloc_trim(void)
{
    const struct arena *a = opened();

    if (a->size == 0)
        return 1;
    if (!pn_trim((L4_Word_t)arena_end(a)))
        return 0;
    arena_cut(&arena, PAGE);
    return 1;
}

void arena_broken(const char *what, const void *block)
{
    printf("%s: malloc: block %p: %s\n", pn_name(), block, what);
    pn_exit(1);
}
