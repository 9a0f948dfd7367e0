/*
 * kern/ports.h - I/O ports, opened lazily.
 *
 * Layer 6.  R2: the I/O map's base lies beyond the TSS's limit except while a
 * thread runs that used a port of its space since it was last switched to.  The
 * first IN or OUT after a switch is a #GP, as is the first FPU instruction an
 * #NM, and the IPC gate leads to the slow path meanwhile (IPC-4).  So spaces
 * without ports pay nothing for those with ports.
 *
 * IO-4  tss.io_map_base is open only while the thread runs that opened it, in
 *       the space whose ports the bitmap shows, or if all is closed there.
 */
#pragma once

#include "kern/thread.h"

enum ports_use {
    PORTS_OPENED, /* the instruction can run now */
    PORTS_LIVE,   /* it could before: the fault had another cause */
    PORTS_DENIED, /* the space has not all of them */
};

/* `t` used these ports and took #GP(0).  `last` may be beyond the last one. */
enum ports_use ports_use(struct thread *t, uint32_t first, uint32_t last);

extern const struct thread *ports_live; /* the map is open for it, or NULL */

/* `t` will run now: close unless it had them open.  Returns: are they open? */
bool ports_switch(const struct thread *t);

/* `t` leaves its space. */
void ports_forget(const struct thread *t);
