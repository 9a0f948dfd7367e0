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

/* Did `t`, which took #GP(0), step over the limit of its space? */
bool is_limit_fault(const struct thread *t);
