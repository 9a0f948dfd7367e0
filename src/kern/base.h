/*
 * kern/base.h - words every file of the kernel uses.
 *
 * Layer 1 (leaf).  Also compiled for the host by the unit tests, so nothing
 * here may depend on the machine.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint32_t vaddr_t; /* address in a user segment or linear address */
typedef uint32_t paddr_t; /* physical address */

#define PAGE_BITS 12
#define PAGE_SIZE (1u << PAGE_BITS)
#define PAGE_MASK (PAGE_SIZE - 1)

#define static_assert _Static_assert
#define MUST_CHECK __attribute__((warn_unused_result))
#define NORETURN __attribute__((noreturn))
#define INIT __attribute__((section(".init.text"), noinline)) /* boot only */
#define HOT_WORD __attribute__((section(".bss.hot"))) /* every IPC in C reads it */
#define COLD __attribute__((cold, noinline)) /* off a hot path's straight line */
#define INLINE static inline __attribute__((always_inline)) /* also with -Os */
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* The structure that contains `member` at `pointer`. */
#define CONTAINER_OF(pointer, type, member)                                    \
    ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

/* A broken promise of our own: prints where and stops (kern/panic.c). */
struct assertion {
    const char *what, *file;
    unsigned line;
};
NORETURN void assert_failed(const struct assertion *a);
#define assert(c)                                                              \
    ((c) ? (void)0 : ({                                                        \
        static const struct assertion assertion_ = {#c, __FILE__, __LINE__};   \
        assert_failed(&assertion_);                                            \
    }))

static inline uint32_t
round_up(uint32_t value, uint32_t power_of_two)
{
    return (value + power_of_two - 1) & ~(power_of_two - 1);
}

static inline uint32_t
min_u32(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static inline uint32_t
max_u32(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}
