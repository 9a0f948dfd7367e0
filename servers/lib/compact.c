/*
 * compact.c - sliding small spaces together (pn/compact.h).
 *
 * In ascending order the place below a space is free as soon as those below it
 * have been slid, so each is moved once, and none needs to be out of the way.
 */
#include <pn/compact.h>

#define PINNED(control) (((control)&0xff) != 0) /* by X.2's number */
#define PAGE_BITS       12

static void ask(struct pn_tenant *t)
{
    if (!pn_place(t->tid, 0, 0, &t->control, &t->place))
        t->place.base = t->place.size = 0;
}

/* Base 0 is behind all others. */
static int precedes(const struct pn_tenant *a, const struct pn_tenant *b)
{
    return a->place.base - 1 < b->place.base - 1;
}

/* Below `root` the heap is in order: the greatest on top. */
static void sift(struct pn_tenant *tenants, unsigned root, unsigned n)
{
    struct pn_tenant moving = tenants[root];
    unsigned child;

    while ((child = 2 * root + 1) < n) {
        if (child + 1 < n && precedes(&tenants[child], &tenants[child + 1]))
            child++;
        if (!precedes(&moving, &tenants[child]))
            break;
        tenants[root] = tenants[child];
        root = child;
    }
    tenants[root] = moving;
}

static void sort(struct pn_tenant *tenants, unsigned n)
{
    for (unsigned root = n / 2; root > 0; root--)
        sift(tenants, root - 1, n);
    while (n > 1) {
        struct pn_tenant last = tenants[--n];

        tenants[n] = tenants[0];
        tenants[0] = last;
        sift(tenants, 0, n);
    }
}

static void slide(struct pn_tenant *t, L4_Word_t base)
{
    L4_Word_t control = PN_SmallPages(t->place.size >> PAGE_BITS), old;

    if (PN_AskedPager(t->control))
        control = PN_AskPager(control);
    if (!pn_place(t->tid, control, base, &old, &t->place))
        t->place.base = t->place.size = 0; /* it is no more */
}

/* The hole from `base` up to `end`, if it is larger than *largest. */
static void see(struct pn_place *largest, L4_Word_t base, L4_Word_t end)
{
    if (end > base && end - base > largest->size) {
        largest->base = base;
        largest->size = end - base;
    }
}

/* One walk upwards; `moves`: slide them on the way, until there is room. */
static struct pn_place walk(struct pn_tenant *tenants, unsigned n,
                            const struct pn_place *area, L4_Word_t wanted,
                            int moves)
{
    struct pn_place largest = {0, 0};
    L4_Word_t free = area->base;

    for (struct pn_tenant *t = tenants; t < tenants + n; t++) {
        if (t->place.base == 0)
            continue;
        if (moves && t->place.base - free < wanted && t->place.base > free &&
            largest.size < wanted && !PINNED(t->control))
            slide(t, free);
        if (t->place.base < free)
            continue; /* the kernel had to leave it large */
        see(&largest, free, t->place.base);
        free = t->place.base + t->place.size;
    }
    see(&largest, free, area->base + area->size);
    return largest;
}

L4_Word_t pn_compact(struct pn_tenant *tenants, unsigned n,
                     const struct pn_place *area, L4_Word_t wanted,
                     struct pn_place *hole)
{
    struct pn_place largest;

    for (unsigned i = 0; i < n; i++)
        ask(&tenants[i]);
    sort(tenants, n);
    largest = walk(tenants, n, area, wanted, 0);
    if (largest.size < wanted) {
        largest = walk(tenants, n, area, wanted, 1);
        sort(tenants, n);
    }
    if (hole)
        *hole = largest;
    return largest.size;
}
