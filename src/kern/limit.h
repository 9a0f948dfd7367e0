/*
 * kern/limit.h - what a #GP(0) or #SS(0) of a small space means.
 *
 * Layer 6.  The processor gives no address for an access beyond the limit, and
 * raises the same fault for three other reasons (DESIGN 4): port access,
 * privileged instructions, and null or foreign selectors.  Only the access
 * beyond the limit makes a space large.
 */
#pragma once

#include "kern/thread.h"

/* What a port instruction accesses: 2^log2 ports. */
struct port_access {
    uint32_t port; /* NO_PORT: it is no port instruction */
    uint32_t log2;
};
#define NO_PORT (~0u)

/*
 * Did `t`, which took #GP(0), step over the limit of its space?  If it is at a
 * port instruction, *ports says which ones; the answer then holds for INS and
 * OUTS to ports that are open to it, whose memory alone can be the cause.
 */
bool is_limit_fault(const struct thread *t, struct port_access *ports);
