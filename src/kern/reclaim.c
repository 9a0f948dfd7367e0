/*
 * kern/reclaim.c - from boot to the first thread.
 *
 * Layer 6.  In a file of its own because boot's code is gone when this returns
 * to nobody: the frame allocator writes into the pages it is given.
 */
#include "kern/reclaim.h"

#include "kern/entry.h"
#include "kern/layout.h"
#include "mm/frame.h"

extern char init_start[], init_end[];

void
reclaim_and_run(void)
{
    frame_give(window_paddr(init_start), window_paddr(init_end));
    kernel_exit();
}
