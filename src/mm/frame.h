/*
 * mm/frame.h - page frames of kernel memory.
 *
 * Layer 3.  Kernel memory is what boot sets aside below WINDOW_MAX; users'
 * memory belongs to sigma0 and never passes through here.  Frames are handed
 * out as kernel pointers into the window; window_paddr() gives the physical
 * address.  Everything is constant time but for the zeroing.
 */
#pragma once

#include "kern/base.h"

/*
 * Adds the whole pages of [from, to), all below WINDOW_MAX.  Of what boot
 * gives, the last is used first.
 */
void frame_give(paddr_t from, paddr_t to);

/* A page, or NULL: zeroed, or as it is. */
MUST_CHECK void *frame_alloc(void);
MUST_CHECK void *frame_take(void);

/*
 * `pages` adjacent zeroed pages, or NULL.  For boot: pages that were given
 * back by frame_free are not joined again.
 */
MUST_CHECK void *frame_alloc_run(uint32_t pages);

/*
 * Sets `pages` free pages aside, or with a negative number (modulo 2^32) that
 * many less: to frame_alloc they are not free.  False: there are not so many.
 */
bool frame_reserve(uint32_t pages);

/* Gives one page back, however it was allocated. */
void frame_free(void *page);

uint32_t frame_free_count(void);
uint32_t frame_total(void);

/*
 * Provided by boot, which knows the memory map: may users have the pages from
 * `first` to `last`, all of them (memory that is not the kernel's, devices)?
 * And the first such page address >= from; NO_MEMORY_ABOVE if there is none.
 */
#define NO_MEMORY_ABOVE 0xffffffffu
bool frames_are_user(paddr_t first, paddr_t last);
paddr_t user_memory_next(paddr_t from);

static inline bool
frame_is_user(paddr_t pa)
{
    return frames_are_user(pa, pa);
}
