/*
 * heap.c - memory on demand (heap.h).
 */
#include "heap.h"
#include "memory.h"
#include "program.h"

#include <l4/space.h>
#include <pn/libc.h>

#define KB_PER_PAGE (PAGE_SIZE / 1024)

const char *heap_make(struct program *p, unsigned kb)
{
    L4_Word_t bytes;

    if (p->heap)
        return NULL;
    p->heap_pages = (unsigned)((kb + KB_PER_PAGE - 1) / KB_PER_PAGE);
    if (p->heap_pages == 0)
        return NULL;
    if (heap_high(p) > USER_END || heap_high(p) < heap_low(p))
        return "there are no addresses for such a heap";
    bytes = p->heap_pages * sizeof *p->heap;
    p->heap_log2 = memory_log2(bytes);
    p->heap = (L4_Word_t *)memory_get(p->heap_log2);
    if (!p->heap)
        return "no memory for its heap's table";
    memset(p->heap, 0, bytes);
    return NULL;
}

void heap_free(struct program *p)
{
    if (!p->heap)
        return;
    for (unsigned i = 0; i < p->heap_used; i++)
        if (p->heap[i])
            memory_put(p->heap[i], PAGE_LOG2);
    memory_put((L4_Word_t)p->heap, p->heap_log2);
    heap_forget(p);
}

void heap_forget(struct program *p)
{
    p->heap = NULL;
    p->heap_pages = p->heap_used = 0;
}

L4_Word_t heap_low(const struct program *p)
{
    return program_devices_end(p);
}

L4_Word_t heap_high(const struct program *p)
{
    return heap_low(p) + p->heap_pages * PAGE_SIZE;
}

/* Number of the page; heap_pages or more: none. */
static L4_Word_t index_of(const struct program *p, L4_Word_t address)
{
    return address < heap_low(p) ? ~0UL : (address - heap_low(p)) / PAGE_SIZE;
}

L4_Word_t heap_at(const struct program *p, L4_Word_t address)
{
    L4_Word_t i = index_of(p, address);

    return i < p->heap_used ? p->heap[i] : 0;
}

L4_Word_t heap_touch(struct program *p, L4_Word_t address)
{
    L4_Word_t i = index_of(p, address), page;

    if (i >= p->heap_pages)
        return 0;
    if (p->heap[i])
        return p->heap[i];
    page = memory_get(PAGE_LOG2);
    if (!page)
        return 0;
    memset((void *)page, 0, PAGE_SIZE);
    p->heap[i] = page;
    if (i >= p->heap_used)
        p->heap_used = (unsigned)i + 1;
    return page;
}

/* Number of the first whole page from there. */
static L4_Word_t first_of(const struct program *p, L4_Word_t address)
{
    return address <= heap_low(p)
               ? 0
               : (address - heap_low(p) + PAGE_SIZE - 1) / PAGE_SIZE;
}

int heap_reaches(const struct program *p, L4_Word_t address)
{
    return first_of(p, address) < p->heap_used;
}

void heap_trim(struct program *p, L4_Word_t address)
{
    L4_Word_t first = first_of(p, address);

    for (L4_Word_t i = first; i < p->heap_used; i++) {
        if (!p->heap[i])
            continue;
        (void)L4_UnmapFpage(L4_FpageAddRights(
            L4_FpageLog2(p->heap[i], PAGE_LOG2), L4_FullyAccessible));
        memory_put(p->heap[i], PAGE_LOG2);
        p->heap[i] = 0;
    }
    if (first < p->heap_used)
        p->heap_used = (unsigned)first;
}
