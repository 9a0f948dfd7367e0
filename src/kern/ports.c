/*
 * kern/ports.c - when the I/O map is open.
 *
 * Layer 6.
 */
#include "kern/ports.h"

#include "mm/io.h"
#include "seg/gdt.h"

HOT_WORD const struct thread *ports_live;

static void
set_live(const struct thread *t)
{
    ports_live = t;
    port_bitmap_select(t != NULL);
}

enum ports_use
ports_use(struct thread *t, uint32_t first, uint32_t last)
{
    if (!io_has(t->space, first, last))
        return PORTS_DENIED;
    if (!io_show(t->space) && ports_live == t)
        return PORTS_LIVE;
    set_live(t);
    return PORTS_OPENED;
}

bool
ports_switch(const struct thread *t)
{
    if (ports_live != NULL && ports_live != t)
        set_live(NULL);
    return ports_live != NULL;
}

void
ports_forget(const struct thread *t)
{
    if (ports_live == t)
        set_live(NULL);
}
