/*
 * arena_test.c - blocks of memory: at random against a model, in memory that
 * tells when it is touched, and with every kind of damage.
 */
#include "check.h"

#include "../arena.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

enum { SIZE = 1 << 16, BLOCKS = 200, ROUNDS = 200000, PAGE = 4096 };

/* Blocks stand 8 behind a multiple of 8. */
static char memory[SIZE] __attribute__((aligned(PAGE)));
static struct arena arena;

static jmp_buf broken;
static const char *told;
static const void *told_of;

void arena_broken(const char *what, const void *block)
{
    told = what;
    told_of = block;
    longjmp(broken, 1);
}

/* Does giving it back end the program? With the text, or any. */
static int is_refused(void *block, const char *text)
{
    told = NULL;
    if (setjmp(broken) == 0) {
        arena_put(&arena, block);
        return 0;
    }
    return !text || strstr(told, text) != NULL;
}

static void begin(size_t bytes)
{
    memset(memory, 0, sizeof memory);
    arena_open(&arena, memory, bytes);
}

/* --- against a model --- */

static struct block {
    unsigned char *at;
    size_t bytes;
    unsigned char mark;
} blocks[BLOCKS];

static uint32_t seed = 1;

static uint32_t any(uint32_t below)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % below;
}

/* Mostly small, now and then nearly all there is. */
static size_t any_size(void)
{
    return any(20) == 0 ? any(SIZE) : any(10) == 0 ? any(5000) : any(100);
}

static int is_marked(const struct block *b, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        if (b->at[i] != b->mark)
            return 0;
    return 1;
}

static int is_apart(const struct block *b)
{
    for (unsigned i = 0; i < BLOCKS; i++)
        if (&blocks[i] != b && blocks[i].at &&
            b->at < blocks[i].at + blocks[i].bytes &&
            blocks[i].at < b->at + b->bytes)
            return 0;
    return (uintptr_t)b->at % 8 == 0 && b->at >= (unsigned char *)memory &&
           b->at + b->bytes <= (unsigned char *)memory + SIZE;
}

static void mark(struct block *b, unsigned char *at, size_t bytes)
{
    *b = (struct block){at, bytes, (unsigned char)(1 + any(255))};
    memset(at, b->mark, bytes);
}

static int try_get(struct block *b, int zeroed)
{
    size_t bytes = any_size();
    unsigned char *at =
        zeroed ? arena_zeroed(&arena, bytes) : arena_get(&arena, bytes);

    if (!at)
        return bytes > 100; /* else it is full of a hundred small ones */
    *b = (struct block){at, bytes, 0};
    if (!is_apart(b) || (zeroed && !is_marked(b, bytes)))
        return 0;
    mark(b, at, bytes);
    return 1;
}

static int try_resize(struct block *b)
{
    size_t bytes = any_size(), kept = bytes < b->bytes ? bytes : b->bytes;
    unsigned char *at = arena_resize(&arena, b->at, bytes);

    if (!at)
        return bytes > b->bytes && is_marked(b, b->bytes);
    b->at = at;
    if (!is_marked(b, kept))
        return 0;
    b->bytes = bytes;
    if (!is_apart(b))
        return 0;
    mark(b, at, bytes);
    return 1;
}

static int try_put(struct block *b)
{
    int good = is_marked(b, b->bytes);

    arena_put(&arena, b->at);
    b->at = NULL;
    return good;
}

static void cut(void)
{
    arena_cut(&arena, PAGE);
    if (arena.dirty < SIZE)
        memset(memory + arena.dirty, 0, SIZE - arena.dirty);
}

static int try_anything(void)
{
    struct block *b = &blocks[any(BLOCKS)];

    if (any(1000) == 0)
        cut();
    if (!b->at)
        return try_get(b, any(2) == 0);
    return any(3) == 0 ? try_resize(b) : try_put(b);
}

static void test_model(void)
{
    volatile unsigned round = 0;
    volatile int good = 1;

    begin(SIZE);
    if (setjmp(broken) == 0)
        while (good && round < ROUNDS) {
            good = try_anything();
            round++;
        }
    else
        good = 0;
    CHECK(good,
          "%u times anything: blocks are apart and keep what is in them "
          "(%s)",
          round, told ? told : "nothing told");
    if (setjmp(broken) == 0)
        for (unsigned i = 0; i < BLOCKS; i++)
            if (blocks[i].at)
                good &= try_put(&blocks[i]);
    CHECK(good && arena.end == 0 && arena.free == ARENA_NONE,
          "and when all are given back, nothing is in use");
}

/* --- room --- */

static void test_room(void)
{
    char *a, *b, *c;

    begin(128);
    a = arena_get(&arena, 120);
    CHECK(a == memory + 8 && !arena_get(&arena, 0), "all of it is one block");
    arena_put(&arena, a);
    CHECK(!arena_get(&arena, 121), "one byte more is too much");
    CHECK(!arena_get(&arena, SIZE_MAX) && !arena_get(&arena, SIZE_MAX - 8) &&
              !arena_get(&arena, (size_t)1 << 32) &&
              !arena_zeroed(&arena, SIZE_MAX - 3),
          "sizes near the end of all numbers are too much, too");
    a = arena_get(&arena, 0);
    b = arena_get(&arena, 0);
    CHECK(a && b && a != b, "blocks of nothing are two blocks");
    c = arena_get(&arena, 24);
    CHECK(arena_resize(&arena, b, SIZE_MAX) == NULL &&
              arena_resize(&arena, b, 112) == NULL,
          "a block that can't grow stays");
    arena_put(&arena, b);
    CHECK(arena_get(&arena, 1) == b, "the lowest free place is taken");
    arena_put(&arena, b);
    CHECK(arena_resize(&arena, a, 24) == a, "a block grows into a free one");
    CHECK(arena_resize(&arena, c, 88) == c, "and the last one to the end");
    CHECK(!arena_get(&arena, 1), "then it is full");
    CHECK(arena_resize(&arena, a, 1) == a && arena_get(&arena, 8) == a + 16,
          "what a smaller one leaves can be had");
    arena_open(&arena, NULL, 0);
    CHECK(!arena_get(&arena, 0) && !arena_zeroed(&arena, 1),
          "no memory has no room");
}

/* --- pages --- */

static int is_untouched(size_t from)
{
    for (size_t i = from; i < SIZE; i++)
        if (memory[i] != 0)
            return 0;
    return 1;
}

static void test_pages(void)
{
    char *a, *b;

    begin(SIZE);
    a = arena_zeroed(&arena, 8 * PAGE);
    CHECK(is_untouched(8), "a large block of zeros is not touched");
    memset(a, 1, 8 * PAGE);
    CHECK(is_untouched(8 + 8 * PAGE), "nor is what is behind a block");
    arena_put(&arena, a);
    CHECK(is_untouched(8 + 8 * PAGE), "also when it is given back");
    b = arena_zeroed(&arena, 10 * PAGE);
    CHECK(b == a && is_untouched(8), "zeros are zeros again");
    arena_put(&arena, b);
    arena_cut(&arena, PAGE);
    CHECK(arena.dirty == 0 && arena_end(&arena) == memory,
          "all pages can be given back");
    a = arena_get(&arena, 100);
    arena_put(&arena, arena_get(&arena, 2 * PAGE));
    arena_cut(&arena, PAGE);
    CHECK(arena.dirty == PAGE, "or all but the first");
    (void)a;
}

/* --- damage --- */

static char *three[3];

static void begin_three(void)
{
    begin(SIZE);
    for (unsigned i = 0; i < 3; i++)
        three[i] = arena_get(&arena, 32);
}

static void test_damage(void)
{
    static char foreign[64] __attribute__((aligned(8)));
    unsigned missed = 0;

    begin_three();
    arena_put(&arena, three[1]);
    CHECK(is_refused(three[1], "freed already") && told_of == three[1],
          "a block that is freed twice");
    begin_three();
    arena_put(&arena, three[0]);
    arena_put(&arena, three[1]);
    CHECK(is_refused(three[1], "freed already"),
          "also when it is part of a larger free one");
    begin_three();
    arena_put(&arena, three[2]);
    CHECK(is_refused(three[2], NULL), "and when it was the last one");
    begin(SIZE);
    CHECK(is_refused(memory + 8, NULL), "a block when there is none at all");
    begin_three();
    CHECK(is_refused(foreign + 8, "no block") && is_refused(memory, NULL) &&
              is_refused(memory + SIZE, NULL),
          "addresses elsewhere");
    for (unsigned i = 1; i < 32; i++)
        missed += !is_refused(three[1] + i, NULL);
    CHECK(missed == 0, "every address inside of a block");
    for (unsigned bit = 0; bit < 64; bit++) {
        begin_three();
        three[1][-8 + (int)(bit / 8)] ^= (char)(1 << bit % 8);
        missed += !is_refused(three[1], NULL) || !is_refused(three[0], NULL);
    }
    CHECK(missed == 0, "a header with any bit changed, its own and the next");
    begin_three();
    three[0][32] = 1 + three[0][32];
    CHECK(is_refused(three[0], "beyond its end"),
          "one byte written beyond a block's end");
    begin_three();
    arena_put(&arena, three[1]);
    memset(three[1], 0x55, 8);
    CHECK(is_refused(three[2], NULL), "a free block that was written to");
    begin_three();
    three[2][0] = 7;
    CHECK(!is_refused(three[1], NULL) && !is_refused(three[0], NULL) &&
              !is_refused(three[2], NULL) && arena.end == 0,
          "and what is not damaged is taken");
}

int main(void)
{
    test_model();
    test_room();
    test_pages();
    test_damage();
    return check_end();
}
