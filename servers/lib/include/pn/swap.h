/*
 * pn/swap.h - memory that is larger than its share of the machine's
 * (servers/swap): a region of the client's addresses whose pages the server
 * brings from the disk when they are touched, and takes away when it needs
 * their frames.
 *
 *     struct pn_heap region;
 *
 *     if (pn_swap_open(1 << 20, &region) == 0)
 *         ...region.low up to region.high is memory, zeros at first...
 *
 * It lies behind the heap. The root server, the client's pager, gives faults
 * there over to the server, and gets back those elsewhere: everything else of
 * the client stays as it was. What cannot be read any more ends the client, as
 * does the server's end; a supervisor may start it again, without the region's
 * contents.
 *
 * Whom the client sends a string from there, or gets one from, waits for the
 * disk, too. That must not be the disk's driver.
 *
 *   label   request                          answer
 *   OPEN    MR1 = address, MR2 = bytes       -
 *   CLOSE   -                                -
 *   INFO    -                                struct pn_swap_info, as words
 *
 * Refusals (pn/server.h): PN_NO_ROOM: the store, or a table, is full; PN_BUSY:
 * the client has a region; PN_DENIED: the server could not answer its faults,
 * as it may talk to some only (`talk` in the system description).
 */
#pragma once

#include <pn/heap.h>
#include <pn/server.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PN_SWAP_NAME "swap" /* to pn_names_find (pn/names.h) */

enum pn_swap_label { PN_SWAP_OPEN = 0x0901, PN_SWAP_CLOSE, PN_SWAP_INFO };

struct pn_swap_info {
    L4_Word_t frames, free_frames; /* pages of memory */
    L4_Word_t slots, free_slots;   /* pages of the store */
    L4_Word_t reads, writes;       /* of pages, so far */
    L4_Word_t clients;
};

#define PN_SWAP_INFO_WORDS 7

/* A region of so many bytes, in whole pages. Each returns 0 or more, or minus
 * an enum pn_problem; -PN_GONE: there is no server. */
int pn_swap_open(L4_Word_t bytes, struct pn_heap *region);
/* The region is gone, and what was in it. */
int pn_swap_close(void);
int pn_swap_info(struct pn_swap_info *info);

#ifdef __cplusplus
}
#endif
