/*
 * A first-level cache: 128 sets of 32-byte lines, true LRU, by physical
 * address; two ways on a P5 (8 KB), four on a P6 (16 KB). Only presence is
 * kept, no data.
 *
 * The P5's data cache does not allocate a line on a write miss (Agner; also the
 * reason why P5 copy loops first read their destination); a P6's does.
 */
#ifndef P5_CACHE_H
#define P5_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#define LINE_SHIFT  5
#define LINE_SIZE   (1u << LINE_SHIFT)
#define CACHE_SETS  128u
#define CACHE_WAYS  4
#define CACHE_EMPTY UINT32_MAX /* no line number is that large */

struct cache_set {
    uint32_t line[CACHE_WAYS]; /* numbers; the first was used last */
};

struct cache {
    unsigned ways; /* in use, of each set */
    struct cache_set set[CACHE_SETS];
};

static inline void cache_empty(struct cache *cache)
{
    for (unsigned i = 0; i < CACHE_SETS; i++)
        for (unsigned way = 0; way < CACHE_WAYS; way++)
            cache->set[i].line[way] = CACHE_EMPTY;
}

static inline void cache_init(struct cache *cache, unsigned ways)
{
    cache->ways = ways;
    cache_empty(cache);
}

/* Look PA up; true if its line is there. Brings it in if ALLOCATE. */
static inline bool cache_access(struct cache *cache, uint32_t pa, bool allocate)
{
    uint32_t line = pa >> LINE_SHIFT;
    struct cache_set *set = &cache->set[line % CACHE_SETS];
    unsigned way = 0;
    while (way < cache->ways && set->line[way] != line)
        way++;
    if (way == 0)
        return true;
    bool hit = way < cache->ways;
    if (!hit && !allocate)
        return false;
    for (unsigned at = hit ? way : cache->ways - 1; at > 0; at--)
        set->line[at] = set->line[at - 1];
    set->line[0] = line;
    return hit;
}

#endif
