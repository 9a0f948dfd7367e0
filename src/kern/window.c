/*
 * kern/window.c - physical memory as the kernel sees it.
 *
 * Layer 1.
 */
#include "kern/layout.h"

void *
window(paddr_t pa)
{
    return (void *)(uintptr_t)((pa < HOT_SIZE ? HOT_BASE : WINDOW_BASE) + pa);
}

paddr_t
window_paddr(const void *p)
{
    uint32_t at = (uint32_t)(uintptr_t)p;

    return at - (at >= HOT_BASE ? HOT_BASE : WINDOW_BASE);
}
