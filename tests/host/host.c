/*
 * tests/host/host.c - what the unit tests share.
 */
#include "host.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

bool promise_expected;
jmp_buf promise_broken;

static unsigned planned, ran, failed;
static uint32_t random_state = 1;
static _Alignas(PAGE_SIZE) char memory[MEMORY_BYTES];

void
plan(unsigned tests)
{
    planned = tests;
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("1..%u\n", tests);
}

void
ok(bool passed, const char *sentence)
{
    ran++;
    failed += !passed;
    printf("%s %u - %s\n", passed ? "ok" : "not ok", ran, sentence);
    if (!passed && getenv("PINENUT_PLANTED") != NULL)
        exit(EXIT_FAILURE); /* that will do */
}

int
done(void)
{
    if (ran != planned)
        printf("# %u tests planned, %u ran\n", planned, ran);
    return failed == 0 && ran == planned ? EXIT_SUCCESS : EXIT_FAILURE;
}

void
stop(const char *format, ...)
{
    va_list arguments;

    printf("not ok %u - ", ran + 1);
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    printf("\n");
    exit(EXIT_FAILURE);
}

void
assert_failed(const struct assertion *a)
{
    if (!promise_expected)
        stop("%s:%u: promise broken: %s", a->file, a->line, a->what);
    promise_expected = false;
    longjmp(promise_broken, 1);
}

uint32_t
rounds(uint32_t normal, uint32_t longer)
{
    const char *full = getenv("PN_FULL");

    if (full == NULL)
        full = getenv("PINENUT_FULL");
    return full != NULL && full[0] == '1' ? longer : normal;
}

void
random_seed(uint32_t seed)
{
    random_state = seed * 2 + 1;
}

/* Marsaglia's xorshift32. */
uint32_t
random_word(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state;
}

uint32_t
random_below(uint32_t limit)
{
    return random_word() % limit;
}

void *
window(paddr_t pa)
{
    must(pa <= MEMORY_BYTES);
    return memory + pa;
}

paddr_t
window_paddr(const void *p)
{
    must((const char *)p >= memory && (const char *)p < memory + MEMORY_BYTES);
    return (paddr_t)((const char *)p - memory);
}
