/*
 * latency.h - a distribution of durations, in ticks of the cycle counter.
 *
 * Each power of two has sixteen classes, so a quantile is right to 6 %.
 */
#pragma once

#include <stdint.h>

#define LATENCY_CLASSES (29 * 16)

struct latency {
    uint32_t count[LATENCY_CLASSES];
    uint32_t total;
    uint32_t most;
};

void latency_add(struct latency *l, uint32_t ticks);

/* No more than so many of 1,000 took longer. */
uint32_t latency_quantile(const struct latency *l, unsigned of_1000);
