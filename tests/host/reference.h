/*
 * tests/host/reference.h - fpage arithmetic, naively, in 64 bits.
 *
 * Written from X.2 "Fpages" and "Map and grant items"; for test_fpage and
 * the model in test_map.
 */
#pragma once

#include "kern/base.h"

struct ref_fpage {
    uint64_t base, size; /* size 0: no memory */
};

static inline struct ref_fpage
ref_fpage(uint32_t word)
{
    uint32_t s = word / 16 % 64;
    uint64_t base = word / 1024 * 1024ull;
    uint64_t size;

    if (s == 1)
        return (struct ref_fpage){0, 1ull << 32};
    if (s < 12 || s > 32)
        return (struct ref_fpage){0, 0};
    size = 1ull << s;
    return (struct ref_fpage){base / size * size, size};
}

/* What an item moves: [from, from + size) to [to, to + size). */
struct ref_transfer {
    uint64_t from, to, size;
};

static inline struct ref_transfer
ref_transfer(uint32_t snd_fpage, uint32_t snd_base, uint32_t window)
{
    struct ref_fpage s = ref_fpage(snd_fpage), r = ref_fpage(window);
    uint64_t base = snd_base / 1024 * 1024ull;

    if (s.size == 0 || r.size == 0)
        return (struct ref_transfer){0, 0, 0};
    if (s.size <= r.size)
        return (struct ref_transfer){
            s.base, r.base + base % r.size / s.size * s.size, s.size};
    return (struct ref_transfer){s.base + base % s.size / r.size * r.size,
                                 r.base, r.size};
}
