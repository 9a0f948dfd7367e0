/* The event counters of the P5 model, generated from counters.def. */
#ifndef P5_COUNTERS_H
#define P5_COUNTERS_H

#include <stdint.h>

struct counters {
#define COUNTER(name) uint64_t name;
#include "counters.def"
#undef COUNTER
};

#endif
