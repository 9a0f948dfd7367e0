/*
 * heap.c - asking the pager about memory (pn/heap.h).
 */
#include "pager.h"

#include <pn/heap.h>
#include <pn/program.h>
#include <l4/ipc.h>

#include <stddef.h>

int pn_heap(struct pn_heap *heap)
{
    const L4_Word_t where = 0;

    if (!pager_ask(PN_LABEL_HEAP, &where, 1, 2))
        return 0;
    L4_StoreMR(1, &heap->low);
    L4_StoreMR(2, &heap->high);
    return heap->low < heap->high;
}

const void *pn_data(L4_Word_t *bytes)
{
    L4_Word_t address = 0;

    *bytes = 0;
    if (pager_ask(PN_LABEL_DATA, &address, 1, 2)) {
        L4_StoreMR(1, &address);
        L4_StoreMR(2, bytes);
    }
    return *bytes != 0 ? (const void *)address : NULL;
}

int pn_trim(L4_Word_t address)
{
    L4_Word_t done = 0;

    if (pager_ask(PN_LABEL_TRIM, &address, 1, 1))
        L4_StoreMR(1, &done);
    return done != 0;
}
