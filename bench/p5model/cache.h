/*
 * A first-level cache of the P5: 8 KB, 2 ways, 128 sets of 32-byte lines,
 * true LRU, by physical address. Only presence is kept, no data.
 *
 * The data cache does not allocate a line on a write miss (Agner; also the
 * reason why P5 copy loops first read their destination).
 */
#ifndef P5_CACHE_H
#define P5_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#define LINE_SHIFT  5
#define LINE_SIZE   (1u << LINE_SHIFT)
#define CACHE_SETS  128u
#define CACHE_EMPTY UINT32_MAX /* no line number is that large */

struct cache_set {
    uint32_t recent, older; /* line numbers; recent was used last */
};

struct cache {
    struct cache_set set[CACHE_SETS];
};

static inline void cache_empty(struct cache *cache)
{
    for (unsigned i = 0; i < CACHE_SETS; i++)
        cache->set[i] = (struct cache_set){CACHE_EMPTY, CACHE_EMPTY};
}

/* Look PA up; true if its line is there. Brings it in if ALLOCATE. */
static inline bool cache_access(struct cache *cache, uint32_t pa, bool allocate)
{
    uint32_t line = pa >> LINE_SHIFT;
    struct cache_set *set = &cache->set[line % CACHE_SETS];
    if (set->recent == line)
        return true;
    bool hit = set->older == line;
    if (hit || allocate)
        *set = (struct cache_set){line, set->recent};
    return hit;
}

#endif
