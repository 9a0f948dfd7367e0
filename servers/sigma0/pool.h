/*
 * pool.h - who owns which physical page: sigma0's memory map.
 *
 * The map is an array of extents, ordered by address, without overlap: runs of
 * pages of one kind with one owner. What no extent covers can't be had. Equal
 * neighbours are always joined, so the array stays short as long as clients
 * ask for memory in runs. When it is full, requests that would need another
 * extent are refused; nothing else changes.
 *
 *   POOL-1  extents are ordered and do not overlap
 *   POOL-2  two extents that touch differ in kind or owner
 *   POOL-3  a page changes hands only from "free" to an owner
 *
 * Pure: no system calls; the host tests run it against a page-by-page model.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define POOL_EXTENTS   8192
#define POOL_PAGE_LOG2 12
#define POOL_PAGES     (1u << 20) /* 4 GB */

enum pool_kind {
    POOL_NONE, /* holes, kernel memory: never given to anyone */
    POOL_CONVENTIONAL,
    POOL_DEDICATED, /* first come, first served; not for "any" requests */
    POOL_BOOT,      /* images and tables of the boot loader; like dedicated */
    POOL_SHARED     /* anyone, never owned */
};

#define POOL_FREE 0u /* owner of what nobody owns */

struct pool_extent {
    uint32_t first; /* page numbers, both included */
    uint32_t last;
    uint32_t owner; /* global thread id, or POOL_FREE */
    uint32_t kind;  /* enum pool_kind */
};

struct pool {
    size_t count;
    struct pool_extent extent[POOL_EXTENTS];
};

/* Set the kind of pages first..last, free of any owner, whatever they were.
 * Returns 0 if the array is full. For building the map and for the servers that
 * the boot loader placed. */
int pool_set(struct pool *p, uint32_t first, uint32_t last, enum pool_kind kind,
             uint32_t owner);

/* The extent that holds a page; null if there is none. */
const struct pool_extent *pool_find(const struct pool *p, uint32_t page);

/* Give exactly these pages to `owner`: all of them must be shared, free or
 * already the owner's. All or nothing; returns 1 if done. */
int pool_take(struct pool *p, uint32_t first, uint32_t last, uint32_t owner);

/* Give any 2^order free conventional pages, aligned to their size and from the
 * top of memory down. Returns the first page, or POOL_PAGES if there are none.
 */
uint32_t pool_take_any(struct pool *p, unsigned order, uint32_t owner);

/* Pages of a kind that `owner` (or POOL_FREE: nobody) has. */
uint32_t pool_sum(const struct pool *p, enum pool_kind kind, uint32_t owner);
