/*
 * kern/window.c - physical memory as the kernel sees it.
 *
 * Layer 1.
 */
#include "kern/layout.h"
#include "kern/x86.h"

enum {
    PRESENT_WRITABLE_USED = 0x63, /* P, W, A, D: the kernel's alone */
    FIRST_VIEW = 512,             /* entries of odd_pages nobody else has */
};

uint32_t odd_pages[1024] __attribute__((aligned(PAGE_SIZE)));

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

void *
window_view(paddr_t frame, unsigned view)
{
    uint32_t at = HOT_BASE - HOT_SIZE + ((FIRST_VIEW + view) << PAGE_BITS);

    if (frame < WINDOW_MAX)
        return window(frame);
    odd_pages[FIRST_VIEW + view] = frame | PRESENT_WRITABLE_USED;
    invlpg(at);
    return (void *)(uintptr_t)at;
}
