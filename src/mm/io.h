/*
 * mm/io.h - I/O ports: who got which from whom, and the bitmap that shows it.
 *
 * Layer 3.  X.2 IA-32 "I/O Ports": ports are mapped, granted and unmapped as
 * fpages, always to the same numbers; send base and rights mean nothing.
 * sigma0 owns them all and cannot lose them: its grants are maps.
 *
 * One record a range and space.  The records form a tree below sigma0's, kept
 * as one list in preorder with depths, so what came from a record is what
 * follows it, as long as it is deeper.
 *
 * IO-1  a port has at most one record in each space;
 * IO-2  a record's ports are its parent's, too;
 * IO-3  if the bitmap shows a space, it shows exactly that space's ports;
 *       else all ports are closed in it.
 *
 * What a receiver has already stays as it is, wherever it came from.  So
 * nothing can come from itself, and a repeated map revokes nothing.
 */
#pragma once

#include "kern/base.h"
#include "mm/space.h"
#include "pinenut/x2.h"

/* Before the first map: all ports are this space's. */
void io_init(struct space *sigma0);

static inline bool
io_is_fpage(uint32_t word)
{
    return (word >> X2_FPAGE_SIZE_SHIFT & X2_FPAGE_SIZE_MASK) == X2_FPAGE_IO;
}

/*
 * Map or grant what of the I/O fpage `from` has and `to` has not, as far as
 * the window, which is an I/O fpage or the complete address space, lets it
 * through.  A grant takes what was mapped from the ports along.  False: no
 * record was left; what was done stays.
 */
MUST_CHECK bool io_map(struct space *from, struct space *to, uint32_t fpage,
                       uint32_t window, bool grant);

/*
 * Take the ports of an I/O fpage from all that got them from `s`, and with
 * `flush` from `s`.  Never fails; if ranges would have to be divided and no
 * record is left, the rest of those ranges goes, too.
 */
void io_unmap(struct space *s, uint32_t fpage, bool flush);

/* Has `s` all of these ports?  `last` may lie beyond the last port there is. */
bool io_has(const struct space *s, uint32_t first, uint32_t last);

/* Let the bitmap show the ports of `s`.  False: it did already. */
bool io_show(const struct space *s);
