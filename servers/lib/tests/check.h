/*
 * check.h - TAP for the host tests of servers/: CHECK counts and reports,
 * check_end prints the plan and gives main's result.
 */
#pragma once

#include <stdio.h>

static unsigned check_count;
static unsigned check_failed;

#define CHECK(condition, ...)                                       \
    do {                                                            \
        int passed_ = (condition) != 0;                             \
        check_failed += !passed_;                                   \
        printf("%sok %u - ", passed_ ? "" : "not ", ++check_count); \
        printf(__VA_ARGS__);                                        \
        printf("\n");                                               \
    } while (0)

static inline int check_end(void)
{
    printf("1..%u\n", check_count);
    return check_failed > 0;
}
