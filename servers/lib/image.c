/*
 * image.c - the running program's own image (pn/image.h).
 */
#include <pn/image.h>

#define PAGE 4096UL

extern char __image_start[], __image_end[];

L4_Word_t pn_image_low(void)
{
    return (L4_Word_t)__image_start & -PAGE;
}

L4_Word_t pn_image_high(void)
{
    return ((L4_Word_t)__image_end + PAGE - 1) & -PAGE;
}

/* One instruction: other threads may be using the word. */
void pn_touch(L4_Word_t address)
{
    volatile L4_Word_t *word = (volatile L4_Word_t *)(address & ~3UL);

    __asm__ volatile("lock; addl $0, %0" : "+m"(*word) : : "cc");
}

void pn_image_touch(void)
{
    for (L4_Word_t a = pn_image_low(); a < pn_image_high(); a += PAGE)
        pn_touch(a);
}
