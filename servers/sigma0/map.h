/*
 * map.h - from the kernel's memory descriptors to the pool.
 *
 * Descriptors speak of regions of 1 KB granules; where several cover a granule
 * the last one counts. A page whose four granules differ belongs to nobody,
 * unless the only difference is that a part of it is the boot loader's (a
 * module rarely ends on a page border): then all of it counts as that.
 */
#pragma once

#include "pool.h"

/* The two words of a descriptor in the kernel interface page. */
struct map_desc {
    uint32_t word[2];
};

/* Build the pool. Returns 0 if it was too small: then the rest of memory is
 * missing from it. */
int map_build(struct pool *p, const struct map_desc *descs, size_t n);

/* Pages low..high-1 (byte addresses) belong to this server from the start,
 * even if the descriptors say otherwise. high = 0: no such server. */
int map_assign(struct pool *p, uint32_t low, uint32_t high, uint32_t owner);
