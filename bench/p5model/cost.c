/* The cost table: values, lookup by name, printing. */
#include "cost.h"

#include <stdlib.h>
#include <string.h>

enum basis { READ, SECOND, UNSOURCED };

static struct {
    const char *name;
    enum basis basis;
    const char *source;
} about[COST_COUNT] = {
#define COST(name, cycles, basis, source) {#name, basis, source},
#include "costs.def"
#undef COST
};

uint16_t cost[COST_COUNT] = {
#define COST(name, cycles, basis, source) cycles,
#include "costs.def"
#undef COST
};

static int find(const char *name, size_t length)
{
    for (int i = 0; i < COST_COUNT; i++)
        if (strlen(about[i].name) == length &&
            !memcmp(about[i].name, name, length))
            return i;
    return -1;
}

enum cost_set_result cost_set(const char *name, size_t length, const char *text)
{
    int id = find(name, length);
    if (id < 0)
        return COST_UNKNOWN;
    char *end;
    unsigned long value = strtoul(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || value > UINT16_MAX)
        return COST_BAD_VALUE;
    cost[id] = (uint16_t)value;
    return COST_SET;
}

void cost_select_p6(void)
{
#define COST(name, cycles, trust, text)    \
    cost[COST_##name] = cycles;            \
    about[COST_##name].basis = trust;      \
    about[COST_##name].source = text;
#include "p6.def"
#undef COST
}

void cost_dump(FILE *out)
{
    static const char *const mark[] = {"read", "2nd", "*"};
    fprintf(out, "%-12s %6s  %-4s  %s\n", "cost", "cycles", "", "source");
    for (int i = 0; i < COST_COUNT; i++)
        fprintf(out, "%-12s %6u  %-4s  %s\n", about[i].name, (unsigned)cost[i],
                mark[about[i].basis], about[i].source);
}
