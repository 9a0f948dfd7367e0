/*
 * kern/kdb.h - the int3 calls of X.2 programs, on the console.
 *
 * Layer 6.
 */
#pragma once

#include "kern/thread.h"

/*
 * `t` executed int3; its EIP stands behind it.  True: done.  False: the page
 * of *missing, part of the marker or of the string, is not there; nothing was
 * printed, and the call may be made again when it is.
 */
MUST_CHECK bool kdb_call(struct thread *t, vaddr_t *missing);

/* Give a character that has come to whoever waits for one. */
void kdb_poll(void);
/* `t`, blocked in ReadChar_Blocked, waits no more. */
void kdb_wait_cancel(struct thread *t);
