/*
 * report.c - statistics (report.h).
 */
#include "report.h"

#include <pn/libc.h>

static void
sort(L4_Word_t *a, unsigned n)
{
    for (unsigned i = 1; i < n; i++) {
        L4_Word_t value = a[i];
        unsigned j = i;

        for (; j > 0 && a[j - 1] > value; j--)
            a[j] = a[j - 1];
        a[j] = value;
    }
}

/* A round trip is two IPCs. */
static L4_Word_t
one_way(L4_Word_t cycles, L4_Word_t empty, unsigned rounds)
{
    L4_Word64_t net = cycles > empty ? cycles - empty : 0;

    return (L4_Word_t)((net * 100 + rounds) / (2 * (L4_Word64_t)rounds));
}

struct summary
report_summary(L4_Word_t *samples, unsigned n, L4_Word_t empty, unsigned rounds)
{
    struct summary s;

    sort(samples, n);
    s.min = one_way(samples[0], empty, rounds);
    s.q1 = one_way(samples[(n - 1) / 4], empty, rounds);
    s.median = one_way(samples[(n - 1) / 2], empty, rounds);
    s.q3 = one_way(samples[(n - 1) * 3 / 4], empty, rounds);
    s.p99 = one_way(samples[(n - 1) * 99 / 100], empty, rounds);
    s.max = one_way(samples[n - 1], empty, rounds);
    return s;
}

struct report_number
report_hundredths(L4_Word_t value)
{
    struct report_number number;

    snprintf(number.text, sizeof number.text, "%lu.%02lu", value / 100,
             value % 100);
    return number;
}
