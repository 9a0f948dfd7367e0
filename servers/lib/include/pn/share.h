/*
 * pn/share.h - several spaces that run one image.
 *
 * A test or benchmark often wants its workers in other spaces but compiled into
 * the same program. Their pager, a thread of the program itself, maps the image
 * 1:1, variables included. One page must differ: the table of system call
 * entries (l4_entries), because the kernel interface page is elsewhere in each
 * space. A program that uses this file has that table on a page of its own, and
 * each space gets a copy that fits it.
 *
 *     for (tag = L4_Wait(&from);; tag = L4_ReplyWait(from, &from))
 *         if (!pn_share_fault(tag, layout.kip)) ...something else
 *
 * The image is touched before it is mapped, so the pager has no fault of its
 * own in the middle of an answer.
 */
#pragma once

#include <l4/types.h>
#include <l4/ipc.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Spaces with different interface page addresses that can be served. */
#define PN_SHARE_TABLES 8

/* If `tag`, just received, is a page fault on this program's image from a
 * space with its interface page at `kip`, put the answer (one 4 KB page, all
 * rights, 1:1) into the MRs and return 1. Else return 0, MRs untouched. */
int pn_share_fault(L4_MsgTag_t tag, L4_Word_t kip);

/* The same as a map item: the page of `address`, nil fpage if it is outside
 * the image or the tables are used up. */
L4_MapItem_t pn_share_item(L4_Word_t address, L4_Word_t kip);

#ifdef __cplusplus
}
#endif
