/*
 * ipc/strings.h - string items: memory copied from the sender's buffers to
 * the receiver's.
 *
 * Layer 5.  X.2 "String Items", "String Buffers and Buffer Registers".  A page
 * at a time, each address looked up in its space when its turn comes, through
 * the kernel's own view of the frame: neither party's directory has to be
 * loaded, a space may move between two pages, and the kernel never faults.
 *
 * How far it has come stands in the sender's control block (thread.h); what
 * to copy stands in the parties' UTCBs, whose owners may change it at any
 * time: every index is checked when it is used.
 */
#pragma once

#include "kern/thread.h"

enum copy_status {
    COPY_DONE,  /* the item's last byte is over; strings.from.at is behind it */
    COPY_MORE,  /* some bytes are over, call again */
    COPY_CUT,   /* no buffer, no more room in it, or a malformed item */
    COPY_READ_FAULT,  /* the sender lacks the page of address fault[1] */
    COPY_WRITE_FAULT, /* the receiver does */
};

/* Begin the string item whose first word is register strings.from.at of `s`. */
enum copy_status strings_begin(struct thread *s, struct thread *r);

/* Go on with it: at most a page. */
enum copy_status strings_copy(struct thread *s, struct thread *r);
