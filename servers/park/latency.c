/*
 * latency.c - a distribution of durations (latency.h).
 */
#include "latency.h"

#define BITS  4 /* of a number that tell its class within a power of two */
#define EXACT (1u << BITS)

static unsigned class_of(uint32_t ticks)
{
    unsigned shift;

    if (ticks < EXACT)
        return ticks;
    shift = 31 - (unsigned)__builtin_clz(ticks) - BITS;
    return ((shift + 1) << BITS) + (ticks >> shift) - EXACT;
}

/* The largest number in a class. */
static uint32_t end_of(unsigned class)
{
    unsigned shift = class >> BITS;

    if (class < EXACT)
        return class;
    return (uint32_t)(((uint64_t)(class % EXACT + EXACT + 1) << (shift - 1)) -
                      1);
}

void latency_add(struct latency *l, uint32_t ticks)
{
    l->count[class_of(ticks)]++;
    l->total++;
    if (ticks > l->most)
        l->most = ticks;
}

uint32_t latency_quantile(const struct latency *l, unsigned of_1000)
{
    uint64_t left = ((uint64_t)l->total * of_1000 + 999) / 1000;
    unsigned class = 0;

    while (class < LATENCY_CLASSES - 1 && left > l->count[class])
        left -= l->count[class ++];
    return end_of(class) < l->most ? end_of(class) : l->most;
}
