/*
 * heap.c - asking the pager about memory (pn/heap.h).
 */
#include <pn/heap.h>
#include <pn/program.h>
#include <l4/ipc.h>

#include <stddef.h>

#define PATIENCE 1000000 /* us: a pager need not know the question */

/* Have an answer of so many words in the MRs? */
static int ask(L4_Word_t label, L4_Word_t word, L4_Word_t answer)
{
    L4_Time_t patience = L4_TimePeriod(PATIENCE);
    L4_MsgTag_t tag;

    L4_Set_MsgTag(l4_tag(label << 16 | 1));
    L4_LoadMR(1, word);
    tag = L4_Call_Timeouts(L4_Pager(), patience, patience);
    return L4_IpcSucceeded(tag) && L4_UntypedWords(tag) == answer;
}

int pn_heap(struct pn_heap *heap)
{
    if (!ask(PN_LABEL_HEAP, 0, 2))
        return 0;
    L4_StoreMR(1, &heap->low);
    L4_StoreMR(2, &heap->high);
    return heap->low < heap->high;
}

const void *pn_data(L4_Word_t *bytes)
{
    L4_Word_t address = 0;

    *bytes = 0;
    if (ask(PN_LABEL_DATA, 0, 2)) {
        L4_StoreMR(1, &address);
        L4_StoreMR(2, bytes);
    }
    return *bytes != 0 ? (const void *)address : NULL;
}

int pn_trim(L4_Word_t address)
{
    L4_Word_t done = 0;

    if (ask(PN_LABEL_TRIM, address, 1))
        L4_StoreMR(1, &done);
    return done != 0;
}
