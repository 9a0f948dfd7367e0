/*
 * The cost table at run time: one value a name of costs.def.
 *
 * Costs are set while the plugin is installed and never afterwards: decoded
 * instructions carry copies of them.
 */
#ifndef P5_COST_H
#define P5_COST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum cost_id {
#define COST(name, cycles, basis, source) COST_##name,
#include "costs.def"
#undef COST
    COST_COUNT
};

extern uint16_t cost[COST_COUNT];

enum cost_set_result { COST_SET, COST_UNKNOWN, COST_BAD_VALUE };

/* Set the cost called NAME (LENGTH characters of it) from TEXT, which is a
 * decimal number 0..65535. */
enum cost_set_result cost_set(const char *name, size_t length,
                              const char *text);

/* Put the costs of p6.def in the place of the P5's. */
void cost_select_p6(void);

/* Print the table, one cost a line, unsourced ones marked with a star. */
void cost_dump(FILE *out);

#endif
