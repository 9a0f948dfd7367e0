/*
 * memory.c - blocks of memory (memory.h). A free block's first word links it to
 * the next one of its size.
 */
#include "memory.h"

#include <l4/sigma0.h>

#define SIGMA0_EXTENDED 0xc170UL
#define SIGMA0_ALONE    3UL

static L4_Word_t free_blocks[32];
static L4_Word_t taken;

void memory_begin(void)
{
    L4_Set_MsgTag(l4_tag(SIGMA0_EXTENDED << 16 | 2));
    L4_LoadMR(1, SIGMA0_ALONE);
    L4_LoadMR(2, 1);
    (void)L4_Send(L4_Sigma0Id(0));
}

L4_Word_t memory_log2(L4_Word_t bytes)
{
    L4_Word_t log2 = PAGE_LOG2;

    while (log2 < 31 && (1UL << log2) < bytes)
        log2++;
    return log2;
}

L4_Word_t memory_get(L4_Word_t log2)
{
    L4_Word_t block = free_blocks[log2];
    L4_Fpage_t fpage;

    if (block) {
        free_blocks[log2] = *(L4_Word_t *)block;
        return block;
    }
    fpage = L4_Sigma0_GetAny(L4_nilthread, log2, L4_CompleteAddressSpace);
    if (!L4_IsNilFpage(fpage))
        taken += 1UL << log2;
    return L4_Address(fpage);
}

L4_Word_t memory_taken(void)
{
    return taken;
}

void memory_put(L4_Word_t block, L4_Word_t log2)
{
    *(L4_Word_t *)block = free_blocks[log2];
    free_blocks[log2] = block;
}

int memory_get_at(L4_Word_t start, L4_Word_t size)
{
    L4_Word_t end = start + size;

    if (size == 0 || end < start)
        return 0;
    for (L4_Word_t page = start & -PAGE_SIZE; page < end; page += PAGE_SIZE)
        if (L4_IsNilFpage(
                L4_Sigma0_GetPage(L4_nilthread, L4_FpageLog2(page, PAGE_LOG2))))
            return 0;
    return 1;
}
