/*
 * report.h - from samples to one line of numbers. Pure; host-tested.
 */
#pragma once

#include <l4/types.h>

/* One-way costs in hundredths of a cycle. */
struct summary {
    L4_Word_t min, q1, median, q3, p99, max;
};

/* Sorts `samples`, each the cycles of `rounds` round trips and of `empty`, the
 * cost of measuring. Quantiles are samples themselves: the ones at a quarter,
 * half, three quarters and 99 hundredths of n - 1, rounded down. */
struct summary report_summary(L4_Word_t *samples, unsigned n, L4_Word_t empty,
                              unsigned rounds);

/* Where a number in hundredths is written to: "4294967295.99" at most. */
struct report_number {
    char text[24];
};

/* 12345 -> "123.45" */
struct report_number report_hundredths(L4_Word_t value);
