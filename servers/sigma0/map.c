/*
 * map.c - memory descriptors (map.h).
 *
 * The address space is walked once, from border to border: kind_at() tells the
 * kind of a granule and how far no descriptor begins or ends.
 */
#include "map.h"

#define GRANULES     (1u << 22) /* of 1 KB in 4 GB */
#define PER_PAGE     4u
#define DESC_VIRTUAL 0x200u

static uint32_t desc_low(const struct map_desc *d)
{
    return d->word[0] >> 10;
}

/* The last granule. */
static uint32_t desc_high(const struct map_desc *d)
{
    return d->word[1] >> 10;
}

static enum pool_kind desc_kind(const struct map_desc *d)
{
    switch (d->word[0] & 0xf) {
    case 0x1:
        return POOL_CONVENTIONAL;
    case 0x3:
        return POOL_DEDICATED;
    case 0x4:
        return POOL_SHARED;
    case 0xe:
        return POOL_BOOT;
    default: /* undefined, reserved, architecture specific, unknown */
        return POOL_NONE;
    }
}

/* Kind of a granule; *end = the next granule where that may change. */
static enum pool_kind kind_at(const struct map_desc *descs, size_t n,
                              uint32_t granule, uint32_t *end)
{
    enum pool_kind kind = POOL_NONE;

    *end = GRANULES;
    for (size_t i = 0; i < n; i++) {
        const struct map_desc *d = &descs[i];
        uint32_t low = desc_low(d);
        uint32_t high = desc_high(d);

        if ((d->word[0] & DESC_VIRTUAL) || low > high || high < granule)
            continue;
        if (low > granule) {
            *end = low < *end ? low : *end;
            continue;
        }
        kind = desc_kind(d);
        *end = high + 1 < *end ? high + 1 : *end;
    }
    return kind;
}

/* Kind of a page that a border runs through. */
static enum pool_kind mixed_kind(const struct map_desc *descs, size_t n,
                                 uint32_t granule)
{
    enum pool_kind kind = POOL_NONE;
    uint32_t end;

    for (uint32_t i = 0; i < PER_PAGE; i++) {
        enum pool_kind k = kind_at(descs, n, granule + i, &end);

        if (i == 0 || k == kind)
            kind = k;
        else if ((k == POOL_BOOT && kind == POOL_CONVENTIONAL) ||
                 (k == POOL_CONVENTIONAL && kind == POOL_BOOT))
            kind = POOL_BOOT;
        else
            return POOL_NONE;
    }
    return kind;
}

int map_build(struct pool *p, const struct map_desc *descs, size_t n)
{
    uint32_t page = 0;

    p->count = 0;
    while (page < POOL_PAGES) {
        uint32_t end;
        enum pool_kind kind = kind_at(descs, n, page * PER_PAGE, &end);
        uint32_t next = end / PER_PAGE;

        if (next == page) {
            kind = mixed_kind(descs, n, page * PER_PAGE);
            next = page + 1;
        }
        if (kind != POOL_NONE && !pool_set(p, page, next - 1, kind, POOL_FREE))
            return 0;
        page = next;
    }
    return 1;
}

int map_assign(struct pool *p, uint32_t low, uint32_t high, uint32_t owner)
{
    uint32_t last = (high - 1) >> POOL_PAGE_LOG2;

    if (high <= low)
        return 1;
    for (uint32_t page = low >> POOL_PAGE_LOG2; page <= last; page++) {
        const struct pool_extent *e = pool_find(p, page);
        enum pool_kind kind = e ? (enum pool_kind)e->kind : POOL_BOOT;

        if (kind == POOL_SHARED)
            kind = POOL_BOOT;
        if (!pool_set(p, page, page, kind, owner))
            return 0;
    }
    return 1;
}
