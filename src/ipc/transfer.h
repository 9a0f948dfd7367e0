/*
 * ipc/transfer.h - the contents of a message.
 *
 * Layer 5.  X.2 "Messages and Message Registers".
 */
#pragma once

#include "kern/thread.h"

#define MESSAGE_IS_LONG 1u /* no error code is odd without its phase bit */

/*
 * Copy the message of `s` to `r`, which accepts it: words, then map and grant
 * items in their order.  Returns 0; or X2_IPC_OVERFLOW if the message was cut:
 * by an item the receiver has no window for, by one that is malformed, or by
 * lack of kernel memory; or MESSAGE_IS_LONG at the first string item, which is
 * s->strings.from.at.  A system call that receives has the tag in its register,
 * ESI, and not yet in its UTCB.
 */
MUST_CHECK uint32_t message_transfer(struct thread *s, struct thread *r);

/* The same for the rest of a long message: the items from register i on. */
MUST_CHECK uint32_t message_items(struct thread *s, struct thread *r,
                                  uint32_t i);
