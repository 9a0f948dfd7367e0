/*
 * latency_test.c - quantiles against a sorted list.
 */
#include "check.h"
#include "../latency.h"

#include <stdlib.h>
#include <string.h>

#define MOST 3000

static uint32_t all[MOST];
static struct latency latency;
static unsigned seed = 1;

static uint32_t random_word(void)
{
    seed = seed * 1664525 + 1013904223;
    return seed;
}

static int compare(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

/* Never less than what the list says, and at most 1/16 more. */
static int is_right(unsigned n, unsigned of_1000)
{
    uint64_t rank = ((uint64_t)n * of_1000 + 999) / 1000;
    uint64_t exact = all[rank ? rank - 1 : 0];
    uint64_t got = latency_quantile(&latency, of_1000);

    return got >= exact && got <= exact + exact / 16;
}

static int agrees(unsigned n)
{
    memset(&latency, 0, sizeof latency);
    for (unsigned i = 0; i < n; i++) {
        all[i] = random_word() >> random_word() % 32;
        latency_add(&latency, all[i]);
    }
    qsort(all, n, sizeof *all, compare);
    for (unsigned q = 1; q <= 1000; q++)
        if (!is_right(n, q))
            return 0;
    return latency.total == n && latency.most == all[n - 1] &&
           latency_quantile(&latency, 1000) == latency.most;
}

int main(void)
{
    int all_agree = 1;

    CHECK(latency_quantile(&latency, 500) == 0, "of nothing");
    latency_add(&latency, ~0u);
    CHECK(latency_quantile(&latency, 500) == ~0u, "of the longest");
    for (unsigned n = 1; n <= MOST; n += n / 3 + 1)
        all_agree &= agrees(n);
    CHECK(all_agree, "quantiles of 1 to %u durations", MOST);
    return check_end();
}
