/*
 * tests/host/test_memory.c - frames and object pools (mm/frame, mm/object).
 *
 * The disaster: two kernel objects in one place, or memory that leaks until
 * nothing can be created any more.
 */
#include "host.h"
#include "mm/frame.h"
#include "mm/object.h"

#include <string.h>

#define FRAMES  200u
#define OBJECTS 4000u

struct thing {
    void *word[3];
};

static struct pool things = POOL(struct thing);
static struct thing *held[OBJECTS];
static char *frames[FRAMES + 1];

static bool
all_zero(const void *p, size_t bytes)
{
    const char *c = p;

    while (bytes != 0 && c[bytes - 1] == 0)
        bytes--;
    return bytes == 0;
}

/* Takes every frame, dirties it, checks that none is handed out twice. */
static uint32_t
take_all_frames(void)
{
    uint32_t n = 0;

    while ((frames[n] = frame_alloc()) != NULL) {
        must(n < FRAMES && all_zero(frames[n], PAGE_SIZE));
        memset(frames[n], (int)(n % 255) + 1, PAGE_SIZE);
        n++;
    }
    for (uint32_t i = 0; i < n; i++)
        must(frames[i][0] == frames[i][PAGE_SIZE - 1] &&
             (unsigned char)frames[i][0] == i % 255 + 1);
    return n;
}

static void
give_back_frames(uint32_t n)
{
    while (n-- != 0)
        frame_free(frames[n]);
}

/* Twelve separate ranges, more than the allocator keeps as ranges. */
static bool
frames_of_ragged_ranges(void)
{
    for (paddr_t i = 0; i < 12; i++)
        frame_give(0x10000 + i * 0x10000 + 1, 0x10000 + i * 0x10000 + 0x3fff);
    frame_give(0x300000, 0x300fff);
    return frame_total() == 24 && frame_free_count() == 24;
}

static bool
every_frame_once(void)
{
    for (int round = 0; round < 3; round++) {
        if (take_all_frames() != frame_total() || frame_free_count() != 0)
            return false;
        give_back_frames(frame_total());
        if (frame_free_count() != frame_total())
            return false;
    }
    return true;
}

static bool
runs_are_adjacent(void)
{
    char *run;

    frame_give(0x400000, 0x400000 + 64 * PAGE_SIZE);
    run = frame_alloc_run(48);
    if (run == NULL || frame_alloc_run(17) != NULL)
        return false;
    if (window_paddr(run) != 0x400000 || !all_zero(run, 48 * PAGE_SIZE))
        return false;
    for (uint32_t i = 0; i < 48; i++)
        frame_free(run + i * PAGE_SIZE);
    return frame_free_count() == frame_total();
}

/* Each object carries its own index until it is freed. */
static void
random_objects(void)
{
    for (uint32_t n = rounds(200000, 5000000); n != 0; n--) {
        uint32_t i = random_below((n / 5000) % 2 != 0 ? OBJECTS : OBJECTS / 50);
        struct thing *t = held[i];

        if (t != NULL) {
            must(t->word[0] == &held[i] && t->word[2] == &held[i]);
            pool_free(&things, t);
            held[i] = NULL;
            continue;
        }
        t = pool_alloc(&things);
        if (t == NULL) {
            must(frame_free_count() == 0);
            continue;
        }
        must(all_zero(t, sizeof *t));
        t->word[0] = t->word[1] = t->word[2] = &held[i];
        held[i] = t;
    }
}

static bool
pool_counts_are_right(void)
{
    uint32_t used = 0;

    for (uint32_t i = 0; i < OBJECTS; i++)
        used += held[i] != NULL;
    return things.used == used &&
           frame_total() - frame_free_count() == things.pages;
}

static bool
empty_pool_holds_nothing(void)
{
    for (uint32_t i = 0; i < OBJECTS; i++) {
        if (held[i] != NULL)
            pool_free(&things, held[i]);
        held[i] = NULL;
    }
    return things.used == 0 && things.pages == 0 && things.partial == NULL &&
           frame_free_count() == frame_total();
}

/* A page's header is no larger than this; the rest is objects. */
#define HEADER_MAX 64u

static struct thing *crowd[FRAMES * (PAGE_SIZE / sizeof(struct thing))];

/* Allocates until nothing is left; the objects so far are in crowd[0..n). */
static uint32_t
fill(uint32_t n)
{
    struct thing *t;

    while ((t = pool_alloc(&things)) != NULL) {
        t->word[0] = t->word[2] = &crowd[n];
        crowd[n++] = t;
    }
    return n;
}

/* Frees at random until `keep` are left. */
static void
thin_out(uint32_t n, uint32_t keep)
{
    while (n > keep) {
        uint32_t i = random_below(n--);
        struct thing *last = crowd[n];

        must(last->word[0] == &crowd[n] && last->word[2] == &crowd[n]);
        pool_free(&things, crowd[i]);
        crowd[i] = last;
        if (i != n)
            last->word[0] = last->word[2] = &crowd[i];
    }
}

/* All memory is objects, not one free one is forgotten, whatever order. */
static bool
exhaustion_is_clean(void)
{
    uint32_t in_page = (PAGE_SIZE - HEADER_MAX) / sizeof(struct thing);
    uint32_t n = fill(0);

    if (n < frame_total() * in_page || n != things.used)
        return false;
    for (int round = 0; round < 20; round++) {
        thin_out(n, n * (uint32_t)(round % 5) / 5);
        if (fill(things.used) != n || frame_free_count() != 0)
            return false;
    }
    thin_out(n, 0);
    return empty_pool_holds_nothing();
}

static bool
failure_on_demand(void)
{
    void *first, *third;

    pool_fail_after = 2;
    first = pool_alloc(&things);
    if (first == NULL || pool_alloc(&things) != NULL)
        return false;
    third = pool_alloc(&things);
    if (third == NULL)
        return false;
    pool_free(&things, first);
    pool_free(&things, third);
    return empty_pool_holds_nothing();
}

int
main(void)
{
    plan(8);
    random_seed(1);
    ok(frames_of_ragged_ranges(), "only whole pages of a range are given");
    ok(every_frame_once(), "every frame is handed out once, zeroed");
    ok(runs_are_adjacent(), "a run is adjacent and zeroed");
    random_objects();
    ok(pool_counts_are_right(), "objects keep their contents; counts agree");
    ok(empty_pool_holds_nothing(), "an empty pool holds no frame");
    ok(exhaustion_is_clean(), "a pool can take all memory and give it back");
    ok(failure_on_demand(), "a failed allocation leaves the pool usable");
    ok(BREAKS_PROMISE(frame_free((char *)window(0x10000) + 8)),
       "freeing half a page breaks a promise");
    return done();
}
