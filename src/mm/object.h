/*
 * mm/object.h - small kernel objects of one size, cut from page frames.
 *
 * Layer 3.  A page holds a header and objects of one pool; the header is
 * found by rounding an object's address down.  A page whose objects are all
 * free goes back to the frame allocator, so a burst of one kind of object
 * does not starve the others.
 */
#pragma once

#include "kern/base.h"

struct pool_page;

struct pool {
    uint32_t size;             /* bytes an object: a pointer multiple */
    uint32_t used;             /* objects handed out */
    uint32_t pages;            /* frames held */
    struct pool_page *partial; /* pages with a free object */
};

/* A pool for objects of a type, as initialiser. */
#define POOL(type)           \
    {                        \
        .size = sizeof(type) \
    }

/* A zeroed object, or NULL: out of kernel memory. */
MUST_CHECK void *pool_alloc(struct pool *pool);

void pool_free(struct pool *pool, void *object);

#ifdef PINENUT_HOST
/* Tests: the n-th allocation from now on fails, once; 0 = none does. */
extern uint32_t pool_fail_after;
#endif
