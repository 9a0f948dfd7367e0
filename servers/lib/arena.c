/*
 * arena.c - blocks in one run of memory (arena.h).
 *
 * A block is named by the offset of its header.
 */
#include "arena.h"

#include <pn/libc.h>

#define UNIT 8u /* all sizes and addresses; a header, and the least block */
#define USED 1u
#define SEAL 0x5ea1ed0du

struct header {
    uint32_t size; /* with the header; | USED */
    uint32_t seal;
    uint32_t next; /* free block, in the list; else the block begins here */
};

static struct header *header_at(const struct arena *a, uint32_t at)
{
    return (struct header *)(void *)(a->memory + at);
}

static uint32_t seal_of(uint32_t at, uint32_t size)
{
    return (at ^ SEAL) + size;
}

static void set(struct arena *a, uint32_t at, uint32_t size)
{
    struct header *h = header_at(a, at);

    h->size = size;
    h->seal = seal_of(at, size);
}

/* A header that is none any more. */
static void forget(struct arena *a, uint32_t at)
{
    header_at(a, at)->seal = ~seal_of(at, header_at(a, at)->size);
}

static void *block_at(const struct arena *a, uint32_t at)
{
    return a->memory + at + UNIT;
}

/* The block's size | USED. */
static uint32_t look(const struct arena *a, uint32_t at, const char *wrong)
{
    const struct header *h = header_at(a, at);

    if (at > a->end - 2 * UNIT || at % UNIT != 0 ||
        h->seal != seal_of(at, h->size) || h->size > a->end - at + USED)
        arena_broken(wrong, block_at(a, at));
    return h->size;
}

static uint32_t look_at_free(const struct arena *a, uint32_t at)
{
    uint32_t size = look(a, at,
                         "a free block was written to, or the one "
                         "before it beyond its end");

    if ((size & USED) != 0)
        arena_broken("a free block was written to", block_at(a, at));
    return size;
}

/* Of a block that is in use: where its header is, and its size. The one behind
 * it is looked at, too. */
static uint32_t find(const struct arena *a, const void *block, uint32_t *size)
{
    uint32_t at = (uint32_t)((uintptr_t)block - (uintptr_t)a->memory) - UNIT;

    if (a->end == 0 || (uintptr_t)block < (uintptr_t)a->memory + UNIT ||
        (uintptr_t)block >= (uintptr_t)a->memory + a->end)
        arena_broken("no block of malloc's", block);
    *size = look(a, at,
                 "no block of malloc's, freed already, or written to "
                 "before its beginning");
    if ((*size & USED) == 0)
        arena_broken("freed already", block);
    *size -= USED;
    if (at + *size != a->end)
        (void)look(a, at + *size,
                   "the block before was written to beyond "
                   "its end");
    return at;
}

/* With the header; 0: more than there is. */
static uint32_t size_for(const struct arena *a, size_t bytes)
{
    if (bytes > a->size)
        return 0;
    if (bytes == 0)
        bytes = 1;
    return ((uint32_t)bytes + UNIT - 1) / UNIT * UNIT + UNIT;
}

void arena_open(struct arena *a, void *memory, size_t bytes)
{
    if (bytes > ARENA_NONE - 4 * UNIT)
        bytes = ARENA_NONE - 4 * UNIT;
    *a = (struct arena){.memory = memory,
                        .size = (uint32_t)bytes / UNIT * UNIT,
                        .free = ARENA_NONE};
}

/* Have `end` there; false: there is no room. */
static int reach(struct arena *a, uint32_t from, uint32_t size)
{
    if (size > a->size - from)
        return 0;
    a->end = from + size;
    if (a->dirty < a->end)
        a->dirty = a->end;
    return 1;
}

static void *take(struct arena *a, uint32_t at, uint32_t size)
{
    set(a, at, size | USED);
    return block_at(a, at);
}

void *arena_get(struct arena *a, size_t bytes)
{
    uint32_t wanted = size_for(a, bytes), at = a->end;

    if (wanted == 0)
        return NULL;
    for (uint32_t *link = &a->free; *link != ARENA_NONE;
         link = &header_at(a, *link)->next) {
        uint32_t here = *link, size = look_at_free(a, here);
        uint32_t next = header_at(a, here)->next;

        if (size < wanted)
            continue;
        *link = next;
        if (size < wanted + 2 * UNIT)
            return take(a, here, size);
        *link = here + wanted;
        set(a, here + wanted, size - wanted);
        header_at(a, here + wanted)->next = next;
        return take(a, here, wanted);
    }
    return reach(a, at, wanted) ? take(a, at, wanted) : NULL;
}

void *arena_zeroed(struct arena *a, size_t bytes)
{
    uint32_t dirty = a->dirty, at;
    void *block = arena_get(a, bytes);

    if (!block)
        return NULL;
    at = (uint32_t)((char *)block - a->memory);
    if (at >= dirty)
        return block;
    return memset(block, 0, bytes < dirty - at ? bytes : dirty - at);
}

/* The place in the list for a block, or of it; *before: the free block that is
 * the last before it. */
static uint32_t *place_of(struct arena *a, uint32_t at, uint32_t *before)
{
    uint32_t *link = &a->free;

    *before = ARENA_NONE;
    while (*link < at) {
        (void)look_at_free(a, *link);
        *before = *link;
        link = &header_at(a, *link)->next;
    }
    if (*link != ARENA_NONE)
        (void)look_at_free(a, *link);
    return link;
}

/* Give a free block that is not in the list to the list, or to what is behind
 * `end`. */
static void release(struct arena *a, uint32_t at, uint32_t size)
{
    uint32_t before, *link = place_of(a, at, &before), next = *link;

    if (next == at + size) {
        size += header_at(a, next)->size;
        forget(a, next);
        next = header_at(a, next)->next;
    }
    if (before != ARENA_NONE && before + header_at(a, before)->size == at) {
        forget(a, at);
        size += at - before;
        at = before;
        link = place_of(a, at, &before);
    }
    if (at + size == a->end) {
        forget(a, at);
        *link = ARENA_NONE;
        a->end = at;
        return;
    }
    *link = at;
    set(a, at, size);
    header_at(a, at)->next = next;
}

void arena_put(struct arena *a, void *block)
{
    uint32_t size, at = find(a, block, &size);

    release(a, at, size);
}

/* The block's size, grown by a free block behind it or by what is behind `end`
 * if that is enough. */
static uint32_t grow(struct arena *a, uint32_t at, uint32_t size,
                     uint32_t wanted)
{
    uint32_t before, *link, more;

    if (at + size == a->end)
        return reach(a, at, wanted) ? wanted : size;
    link = place_of(a, at + size, &before);
    if (*link != at + size)
        return size;
    more = header_at(a, at + size)->size;
    if (more < wanted - size)
        return size;
    *link = header_at(a, at + size)->next;
    forget(a, at + size);
    return size + more;
}

void *arena_resize(struct arena *a, void *block, size_t bytes)
{
    uint32_t size, at = find(a, block, &size);
    uint32_t wanted = size_for(a, bytes), had = size - UNIT;
    void *other;

    if (wanted == 0)
        return NULL;
    if (wanted > size)
        size = grow(a, at, size, wanted);
    if (wanted <= size) {
        uint32_t spare = size - wanted;

        if (spare < 2 * UNIT)
            return take(a, at, size);
        (void)take(a, at, wanted);
        set(a, at + wanted, spare);
        release(a, at + wanted, spare);
        return block;
    }
    other = arena_get(a, bytes);
    if (!other)
        return NULL;
    memcpy(other, block, had);
    release(a, at, size);
    return other;
}

char *arena_end(const struct arena *a)
{
    return a->memory + a->end;
}

void arena_cut(struct arena *a, size_t page)
{
    uint32_t at =
        (a->end + (uint32_t)page - 1) / (uint32_t)page * (uint32_t)page;

    if (a->dirty > at)
        a->dirty = at;
}
