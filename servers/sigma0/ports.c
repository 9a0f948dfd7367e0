/*
 * ports.c - the map of I/O ports (ports.h).
 */
#include "ports.h"

/* Has anybody else one of these? */
static int taken(const struct ports *p, uint32_t first, uint32_t last,
                 uint32_t owner)
{
    for (size_t i = 0; i < p->count; i++) {
        const struct port_range *r = &p->range[i];

        if (r->owner != owner && r->first <= last && first <= r->last)
            return 1;
    }
    return 0;
}

/* Add the ports to a range of the owner's that they touch. */
static int join(struct ports *p, uint32_t first, uint32_t last, uint32_t owner)
{
    for (size_t i = 0; i < p->count; i++) {
        struct port_range *r = &p->range[i];

        if (r->owner != owner || r->first > last + 1 || first > r->last + 1)
            continue;
        if (first < r->first)
            r->first = first;
        if (last > r->last)
            r->last = last;
        return 1;
    }
    return 0;
}

int ports_take(struct ports *p, uint32_t first, uint32_t last, uint32_t owner)
{
    if (taken(p, first, last, owner))
        return 0;
    if (join(p, first, last, owner))
        return 1;
    if (p->count == PORT_RANGES)
        return 0;
    p->range[p->count++] = (struct port_range){first, last, owner};
    return 1;
}
