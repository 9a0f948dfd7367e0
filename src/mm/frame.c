/*
 * mm/frame.c - page frames of kernel memory.
 *
 * Layer 3.  Fresh memory is kept as ranges, so boot does not have to touch
 * every page; pages that came back hang on a list threaded through the pages
 * themselves.  That list is asked first: runs stay possible longer.
 */
#include "mm/frame.h"

#include "kern/layout.h"
#include "kern/string.h"
#include "mm/progress.h"

#define RANGES 8u

struct free_page {
    struct free_page *next;
};

struct range {
    paddr_t from, to; /* page aligned; empty: from == to */
};

static struct range ranges[RANGES];
static struct free_page *returned;
static uint32_t free_frames, total_frames;
static uint32_t reserved; /* of the free ones */

static void
page_push(void *page)
{
    struct free_page *p = page;

    p->next = returned;
    returned = p;
    free_frames++;
}

/* An empty range, or NULL: then pages go to the list at once. */
INIT static struct range *
range_unused(void)
{
    for (unsigned i = 0; i < RANGES; i++)
        if (ranges[i].from == ranges[i].to)
            return &ranges[i];
    return NULL;
}

INIT void
frame_give(paddr_t from, paddr_t to)
{
    struct range *r = range_unused();

    assert(from <= to && to <= WINDOW_MAX);
    from = round_up(from, PAGE_SIZE);
    to &= ~PAGE_MASK;
    if (from >= to)
        return;
    total_frames += (to - from) >> PAGE_BITS;
    if (r != NULL) {
        *r = (struct range){.from = from, .to = to};
        free_frames += (to - from) >> PAGE_BITS;
        return;
    }
    for (; from < to; from += PAGE_SIZE)
        page_push(window(from));
}

/* Of the last range that has so much; NULL = none has. */
static void *
run_take(uint32_t bytes)
{
    for (unsigned i = RANGES; i-- != 0;) {
        struct range *r = &ranges[i];
        void *run = window(r->from);

        if (r->to - r->from < bytes)
            continue;
        r->from += bytes;
        free_frames -= bytes >> PAGE_BITS;
        return run;
    }
    return NULL;
}

INIT void *
frame_alloc_run(uint32_t pages)
{
    void *run;

    assert(pages != 0 && pages <= WINDOW_MAX >> PAGE_BITS);
    run = run_take(pages << PAGE_BITS);
    return run != NULL ? memset(run, 0, pages << PAGE_BITS) : NULL;
}

void *
frame_take(void)
{
    struct free_page *page = returned;

    if (free_frames <= reserved)
        return NULL;
    if (page == NULL)
        return run_take(PAGE_SIZE);
    returned = page->next;
    free_frames--;
    return page;
}

void *
frame_alloc(void)
{
    void *page = frame_take();

    if (page == NULL)
        return NULL;
    preempt_later(PAGE_SIZE / 4); /* for the zeroes */
    return memset(page, 0, PAGE_SIZE);
}

bool
frame_reserve(uint32_t pages)
{
    if ((int32_t)pages > (int32_t)(free_frames - reserved))
        return false;
    reserved += pages;
    return true;
}

void
frame_free(void *page)
{
    assert(((uintptr_t)page & PAGE_MASK) == 0);
    page_push(page);
    assert(free_frames <= total_frames);
}

INIT uint32_t
frame_free_count(void)
{
    return free_frames;
}

INIT uint32_t
frame_total(void)
{
    return total_frames;
}
