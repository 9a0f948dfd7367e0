/*
 * pn/compact.h - making one large hole in the small area out of many.
 *
 * For privileged programs that know who lives there. Whoever is slid runs on
 * and notices nothing. A space that has to go a shorter way than it is long
 * gets there by way of a page directory of its own, which the kernel has to
 * have memory for.
 */
#pragma once

#include <l4/types.h>
#include <pn/small.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One space, by any of its threads. The rest is filled in. */
struct pn_tenant {
    L4_ThreadId_t tid;
    struct pn_place place; /* base 0: it is not in the area */
    L4_Word_t control;     /* its old control word */
};

/*
 * Slide small spaces down to the beginning of `area`, the lowest first, until
 * `wanted` bytes in a row are free; not at all if they are. Those that X.2's
 * numbers have put somewhere stay, as do those that the kernel does not let
 * move. `tenants`, one entry a space, come back in ascending order of base,
 * those that are not in the area last. Returns the size of the largest hole
 * that they leave, and in *hole, if that is not null, the hole.
 */
L4_Word_t pn_compact(struct pn_tenant *tenants, unsigned n,
                     const struct pn_place *area, L4_Word_t wanted,
                     struct pn_place *hole);

#ifdef __cplusplus
}
#endif
