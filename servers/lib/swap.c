/*
 * swap.c - clients of the pager with a disk (pn/swap.h).
 *
 * The root server is told first, as it knows where there are addresses. It
 * stays the one to ask about everything else, whoever is the thread's pager.
 */
#include "pager.h"

#include <pn/libc.h>
#include <pn/names.h>
#include <pn/program.h>
#include <pn/swap.h>

#define PAGE 4096u

static int has_region;

/* The region's first address, or an enum pn_problem. */
static L4_Word_t tell_root(L4_Word_t bytes, L4_ThreadId_t server)
{
    L4_Word_t words[2] = {bytes, server.raw}, low = PN_UNKNOWN;

    if (pager_ask(PN_LABEL_PAGED, words, 2, 1))
        L4_StoreMR(1, &low);
    return low;
}

int pn_swap_open(L4_Word_t bytes, struct pn_heap *region)
{
    L4_ThreadId_t server = pn_names_find(PN_SWAP_NAME);
    L4_Word_t words[2];
    int n;

    if (bytes == 0 || bytes > ~0UL - PAGE)
        return -PN_INVALID;
    if (has_region)
        return -PN_BUSY;
    if (L4_IsNilThread(server))
        return -PN_GONE;
    bytes = (bytes + PAGE - 1) / PAGE * PAGE;
    pager_stays();
    words[0] = tell_root(bytes, server);
    words[1] = bytes;
    region->low = words[0];
    region->high = region->low + bytes;
    if (region->low < PAGE)
        return -(int)region->low;
    n = pn_ask(server, PN_SWAP_OPEN, words, 2, 0);
    has_region = n >= 0;
    if (n < 0)
        (void)tell_root(0, L4_nilthread);
    return n;
}

int pn_swap_close(void)
{
    L4_Word_t none;
    int n = pn_ask(pn_names_find(PN_SWAP_NAME), PN_SWAP_CLOSE, &none, 0, 0);

    (void)tell_root(0, L4_nilthread);
    has_region = 0;
    return n;
}

int pn_swap_info(struct pn_swap_info *info)
{
    int n;

    memset(info, 0, sizeof *info);
    n = pn_ask(pn_names_find(PN_SWAP_NAME), PN_SWAP_INFO, (L4_Word_t *)info, 0,
               PN_SWAP_INFO_WORDS);
    return n < 0 || n == PN_SWAP_INFO_WORDS ? n : -PN_BROKEN;
}
