/*
 * pool.c - the memory map (pool.h).
 */
#include "pool.h"

#include <pn/libc.h>

/* Index of the first extent that ends at or behind `page`. */
static size_t lookup(const struct pool *p, uint32_t page)
{
    size_t low = 0;
    size_t high = p->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (p->extent[middle].last < page)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct pool_extent *pool_find(const struct pool *p, uint32_t page)
{
    size_t i = lookup(p, page);

    if (i == p->count || p->extent[i].first > page)
        return NULL;
    return &p->extent[i];
}

/* Make room for (or, with a negative n, close) n places at index i. */
static void shift(struct pool *p, size_t i, ptrdiff_t n)
{
    size_t from = n < 0 ? i + (size_t)-n : i;

    memmove(p->extent + from + n, p->extent + from,
            (p->count - from) * sizeof p->extent[0]);
    p->count += (size_t)n;
}

/* Let an extent begin at `page` if one covers it. Needs one free place. Returns
 * the index of the first extent that begins at `page` or behind. */
static size_t split(struct pool *p, uint32_t page)
{
    size_t i = lookup(p, page);

    if (i == p->count || p->extent[i].first >= page)
        return i;
    shift(p, i, 1);
    p->extent[i] = p->extent[i + 1];
    p->extent[i].last = page - 1;
    p->extent[i + 1].first = page;
    return i + 1;
}

static int joinable(const struct pool_extent *a, const struct pool_extent *b)
{
    return a->last + 1 == b->first && a->kind == b->kind &&
           a->owner == b->owner;
}

/* POOL-2 again for the extents around indices first..last. */
static void join(struct pool *p, size_t first, size_t last)
{
    size_t i = first > 0 ? first - 1 : 0;
    size_t end = last + 1 < p->count ? last + 1 : p->count - 1;
    size_t to = i;

    if (p->count == 0)
        return;
    for (size_t from = i + 1; from <= end; from++) {
        if (joinable(&p->extent[to], &p->extent[from]))
            p->extent[to].last = p->extent[from].last;
        else
            p->extent[++to] = p->extent[from];
    }
    shift(p, to + 1, -(ptrdiff_t)(end - to));
}

/* Two splits and one insertion need at most three places. */
static int has_room(const struct pool *p)
{
    return p->count + 3 <= POOL_EXTENTS;
}

int pool_set(struct pool *p, uint32_t first, uint32_t last, enum pool_kind kind,
             uint32_t owner)
{
    size_t i, end;

    if (!has_room(p))
        return 0;
    i = split(p, first);
    end = last + 1 < POOL_PAGES ? split(p, last + 1) : p->count;
    shift(p, i, -(ptrdiff_t)(end - i));
    if (kind == POOL_NONE)
        return 1;
    shift(p, i, 1);
    p->extent[i] = (struct pool_extent){first, last, owner, kind};
    join(p, i, i);
    return 1;
}

/* May `owner` have all these pages? No hole, no other owner. */
static int takeable(const struct pool *p, uint32_t first, uint32_t last,
                    uint32_t owner)
{
    size_t i = lookup(p, first);
    uint32_t page = first;

    for (; i < p->count && p->extent[i].first <= page; i++) {
        const struct pool_extent *e = &p->extent[i];

        if (e->kind != POOL_SHARED && e->owner != POOL_FREE &&
            e->owner != owner)
            return 0;
        if (e->last >= last)
            return 1;
        page = e->last + 1;
    }
    return 0;
}

int pool_take(struct pool *p, uint32_t first, uint32_t last, uint32_t owner)
{
    const struct pool_extent *e = pool_find(p, first);
    size_t i, end;

    if (!takeable(p, first, last, owner))
        return 0;
    /* The usual repetition: nothing to change. */
    if (e->last >= last && (e->kind == POOL_SHARED || e->owner == owner))
        return 1;
    if (!has_room(p))
        return 0;
    i = split(p, first);
    end = last + 1 < POOL_PAGES ? split(p, last + 1) : p->count;
    for (size_t n = i; n < end; n++)
        if (p->extent[n].kind != POOL_SHARED)
            p->extent[n].owner = owner;
    join(p, i, end - 1);
    return 1;
}

uint32_t pool_take_any(struct pool *p, unsigned order, uint32_t owner)
{
    uint32_t size, first;

    if (order >= 20)
        return POOL_PAGES;
    size = 1u << order;
    for (size_t i = p->count; i-- > 0;) {
        const struct pool_extent *e = &p->extent[i];

        if (e->kind != POOL_CONVENTIONAL || e->owner != POOL_FREE ||
            e->last - e->first < size - 1)
            continue;
        first = (e->last - (size - 1)) & ~(size - 1);
        if (first < e->first)
            continue;
        return pool_take(p, first, first + size - 1, owner) ? first
                                                            : POOL_PAGES;
    }
    return POOL_PAGES;
}

uint32_t pool_sum(const struct pool *p, enum pool_kind kind, uint32_t owner)
{
    uint32_t pages = 0;

    for (size_t i = 0; i < p->count; i++)
        if (p->extent[i].kind == kind && p->extent[i].owner == owner)
            pages += p->extent[i].last - p->extent[i].first + 1;
    return pages;
}
