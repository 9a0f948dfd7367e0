/*
 * mm/object.c - small kernel objects of one size, cut from page frames.
 *
 * Layer 3.
 *
 * MM-11  pool->partial lists the pages with a free object, and no others; a
 *        page without a used object is in no pool.
 */
#include "mm/object.h"

#include "kern/string.h"
#include "mm/frame.h"
#include "mm/progress.h"

struct free_object {
    struct free_object *next;
};

struct pool_page {
    struct pool_page *next, *prev; /* in pool->partial, while free != NULL */
    struct free_object *free;
    size_t used;
};

#ifdef PINENUT_HOST
uint32_t pool_fail_after;
#endif

static struct pool_page *
page_of(void *object)
{
    return (struct pool_page *)((uintptr_t)object & ~(uintptr_t)PAGE_MASK);
}

static void
page_list(struct pool *pool, struct pool_page *page)
{
    page->prev = NULL;
    page->next = pool->partial;
    if (page->next != NULL)
        page->next->prev = page;
    pool->partial = page;
}

static void
page_unlist(struct pool *pool, struct pool_page *page)
{
    if (page->prev != NULL)
        page->prev->next = page->next;
    else
        pool->partial = page->next;
    if (page->next != NULL)
        page->next->prev = page->prev;
}

static void
object_push(struct pool_page *page, void *object)
{
    struct free_object *o = object;

    o->next = page->free;
    page->free = o;
}

/* A new page of free objects, listed; NULL if there is no frame. */
static struct pool_page *
page_make(struct pool *pool)
{
    struct pool_page *page = frame_alloc();

    if (page == NULL)
        return NULL;
    for (char *o = (char *)page + PAGE_SIZE - pool->size;
         o >= (char *)(page + 1); o -= pool->size)
        object_push(page, o);
    preempt_later(PAGE_SIZE / 4); /* about that */
    page_list(pool, page);
    pool->pages++;
    return page;
}

void *
pool_alloc(struct pool *pool)
{
    struct pool_page *page = pool->partial;
    struct free_object *object;

#ifdef PINENUT_HOST
    if (pool_fail_after != 0 && --pool_fail_after == 0)
        return NULL;
#endif
    assert(pool->size % sizeof(void *) == 0);
    if (page == NULL)
        page = page_make(pool);
    if (page == NULL)
        return NULL;
    object = page->free;
    page->free = object->next;
    if (page->free == NULL)
        page_unlist(pool, page);
    page->used++;
    pool->used++;
    return memset(object, 0, pool->size);
}

void
pool_free(struct pool *pool, void *object)
{
    struct pool_page *page = page_of(object);

    assert(page->used != 0);
    if (page->free == NULL)
        page_list(pool, page);
    object_push(page, object);
    pool->used--;
    if (--page->used != 0)
        return;
    page_unlist(pool, page);
    frame_free(page);
    pool->pages--;
}
