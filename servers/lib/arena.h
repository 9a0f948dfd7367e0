/*
 * arena.h - blocks of any size in one run of memory: what malloc.c is made of.
 *
 *     0                                          end        dirty         size
 *     | header, block | header, block | free ... | nothing    | untouched ... |
 *
 * Free blocks are listed in the order of their addresses, and two of them never
 * touch; nor does one touch `end`, which falls instead. The first that is large
 * enough is taken, its low part if it is much larger.
 *
 * A header has a size and a seal, which only this size at this place has. Every
 * header is looked at before it is believed: the block's that is given back, the
 * one behind it, those of the list. So bytes written beyond a block's end are
 * found when it, or the one behind it, is given back.
 *
 * Pure; the host tests run it against a model.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct arena {
    char *memory;   /* aligned to 8, zeros */
    uint32_t size;  /* a multiple of 8 */
    uint32_t end;   /* behind the last block */
    uint32_t dirty; /* zeros from there on */
    uint32_t free;  /* offset of the first free block; ARENA_NONE */
};

#define ARENA_NONE 0xffffffffu

void arena_open(struct arena *a, void *memory, size_t bytes);

/* Null: no room. Of arena_zeroed's block only what was in use before is
 * written. */
void *arena_get(struct arena *a, size_t bytes);
void *arena_zeroed(struct arena *a, size_t bytes);

/* The same block with another size, or null and the old one as it was. */
void *arena_resize(struct arena *a, void *block, size_t bytes);

void arena_put(struct arena *a, void *block);

/* Nothing from there on is needed, so it may become zeros. */
char *arena_end(const struct arena *a);

/* It did, as far as pages of `page` bytes go. */
void arena_cut(struct arena *a, size_t page);

/* What is wrong with the block; given by who links this. */
void arena_broken(const char *what, const void *block)
    __attribute__((noreturn));
