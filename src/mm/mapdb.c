/*
 * mm/mapdb.c - the mapping database: who got which page from whom.
 *
 * Layer 3.  The tree of a physical page is one list in preorder: a record,
 * then the subtrees of its children, latest first.  A new child goes right
 * behind its parent; where a subtree ends, the depths tell.  So no operation
 * recurses or searches siblings.
 *
 * A big record stands for 4 MB that were mapped at once, whether the space has
 * them as one page or, since a part was touched, in a table.  A page of it can
 * go on its own (then another may take its place, with a record of its own, a
 * small one) and can be mapped on on its own: then the child is small, and the
 * frame in its entry says which page of its parent it is.  sigma0's records
 * are all big.  So the records of 4 MB of memory form one tree, and what
 * concerns some pages of it only passes by the others.  sigma0's records have
 * one parent, `memory`.
 *
 * Each record keeps, in the low bits of its page address, its depth, and the
 * status of what was mapped from it and is gone or was reset below it
 * (mapdb_change); a big one, in those its address leaves free, how many pages
 * it has lost.
 */
#include "mm/mapdb.h"

#include "mm/frame.h"
#include "mm/object.h"
#include "mm/ptab.h"
#include "pinenut/x2.h"

struct record {
    struct space *space;
    uint32_t page;              /* address | enum page_bits */
    struct record *chain;       /* next in the hash bucket */
    struct record *next, *prev; /* preorder */
    struct record *parent;
};
static_assert(sizeof(struct record) == 6 * sizeof(void *), "a compact record");

enum page_bits {
    PAGE_BIG = 1 << 0,
    PAGE_KEPT_SHIFT = 4, /* PTE_STATUS >> 4: bits 1 and 2 */
    PAGE_DEPTH_ONE = 1 << 3,
    PAGE_DEPTH = 0xff8,
};

static_assert(PAGE_BIG == true, "a bool makes a name big");

#define CHANGE_ALL (PTE_P | PTE_STATUS | CHANGE_OWN)
#define SOME_PAGES (63 << PAGE_BITS) /* looked at in one piece */
#define LAST_PAGE (~(vaddr_t)PAGE_MASK)
#define NO_PAGE (~(vaddr_t)0)

static struct pool records = POOL(struct record);
static struct record **buckets;
static unsigned bucket_shift; /* 32 - log2 of their number */
static struct record memory;  /* sigma0's records come from it */

INIT bool
mapdb_init(uint32_t count)
{
    size_t bytes = count * sizeof(struct record *);

    assert(count >= 2 && (count & (count - 1)) == 0);
    bucket_shift = (unsigned)__builtin_clz(count) + 1;
    buckets = frame_alloc_run((uint32_t)((bytes + PAGE_MASK) >> PAGE_BITS));
    return buckets != NULL;
}

uint32_t
mapdb_records(void)
{
    uint32_t n = records.used;

    for (const struct record *r = memory.next; r != NULL; r = r->next)
        n -= r->parent == &memory;
    return n;
}

/* --- Finding records --- */

/* Fibonacci hashing (Knuth 3, 6.4), of each half of the key. */
static struct record **
bucket_of(const struct space *space, uint32_t name)
{
    uint32_t hash = (uint32_t)((uintptr_t)space >> 4) * 0x85ebca6bu +
                    (name >> PAGE_BITS) * 0x9e3779b1u;

    return &buckets[hash >> bucket_shift];
}

/* A record's name in its space: address | PAGE_BIG, if it is. */
static uint32_t
record_name(const struct record *r)
{
    return r->page & ((r->page & PAGE_BIG) != 0 ? ~(BIG_BYTES - 1) | PAGE_BIG
                                                : PTE_FRAME);
}

static vaddr_t
record_va(const struct record *r)
{
    return record_name(r) & PTE_FRAME;
}

static struct record *
record_named(const struct space *space, uint32_t name)
{
    struct record *r = *bucket_of(space, name);

    while (r != NULL && (r->space != space || record_name(r) != name))
        r = r->chain;
    return r;
}

/* Whose page is it, if it is there (MM-8)?  `va`: a page address. */
static struct record *
record_find(const struct space *space, vaddr_t va)
{
    struct record *small = record_named(space, va);

    return small != NULL
        ? small : record_named(space, (va & ~BIG_OFFSET) | PAGE_BIG);
}

static void
record_enter(struct record *r, struct space *space, uint32_t name)
{
    struct record **bucket = bucket_of(space, name);

    r->space = space;
    r->page = name | (r->page & PAGE_MASK);
    r->chain = *bucket;
    *bucket = r;
}

static void
record_leave(struct record *r)
{
    struct record **at = bucket_of(r->space, record_name(r));

    while (*at != r)
        at = &(*at)->chain;
    *at = r->chain;
}

/* --- The trees --- */

/* A record of what is mapped from `parent`; NULL = no memory, too many hands. */
static struct record *
record_make(struct record *parent, struct space *space, uint32_t name)
{
    struct record *r = NULL;

    if ((~parent->page & PAGE_DEPTH) != 0)
        r = pool_alloc(&records);
    if (r == NULL)
        return NULL;
    record_enter(r, space, name);
    r->page += (parent->page & PAGE_DEPTH) + PAGE_DEPTH_ONE;
    r->parent = r->prev = parent;
    r->next = parent->next;
    parent->next = r;
    if (r->next != NULL)
        r->next->prev = r;
    return r;
}

/* Forgets a record from which nothing is mapped. */
static void
record_drop(struct record *r)
{
    record_leave(r);
    r->prev->next = r->next;
    if (r->next != NULL)
        r->next->prev = r->prev;
    pool_free(&records, r);
}

/* Is `r` the source of `below`, or the source's source, or `below` itself? */
static bool
record_is_above(const struct record *r, const struct record *below)
{
    while (below != NULL && below != r)
        below = below->parent;
    return below != NULL;
}

/* --- Changing --- */

/* The entry of a page, 0 if there is no table. */
static pte_t
page_entry(struct space *space, vaddr_t va)
{
    const pte_t *entry = ptab_find(space, va);

    return entry != NULL ? *entry : 0;
}

/*
 * Changes a page's entry as mapdb_change says, or that of its 4 MB.  Returns
 * the status bits that it had, and PTE_P if there was something to change:
 * pinned pages do not take part (MM-7).
 */
static pte_t
page_change(struct space *space, vaddr_t va, uint32_t change)
{
    pte_t *entry = ptab_find(space, va);
    pte_t old = entry != NULL ? *entry : 0;
    pte_t new = (old & ~(change & PAGE_MASK)) | change >> CHANGE_ON_SHIFT;

    if ((old & (PTE_P | PTE_PINNED)) != PTE_P)
        return 0;
    if ((new & PTE_P) == 0)
        (void)ptab_clear(space, va, entry);
    else if (new != old)
        ptab_set(space, va, entry, new);
    return old & (PTE_P | PTE_STATUS);
}

static void
record_keep(struct record *r, pte_t status)
{
    r->page |= (status & PTE_STATUS) >> PAGE_KEPT_SHIFT;
}

/*
 * The change of some pages of all that was mapped from a record, `top`, and
 * perhaps of its own.  Records that lose their last page go.  There is one
 * walk at a time (MM-14): forwards to the subtree's end, then backwards, so
 * that a record goes before the one it came from.
 */
static struct walk {
    struct record *top; /* NULL: there is no walk to finish */
    struct record *at;
    uint32_t change;
    uint32_t first, more;   /* the pages: their offsets in 4 MB of memory */
    uint32_t next;          /* the one to do, if `at` is big */
    pte_t status;           /* what they had */
    bool back;
    struct progress *owner; /* to be told */
} walk;

/*
 * The walk, at an address that the compiler does not know: so it stays in a
 * register, and the code is shorter.
 */
static inline struct walk *
the_walk(void)
{
    struct walk *w = &walk;

    __asm__("" : "+r"(w));
    return w;
}

static struct progress nobody; /* owns what nobody waits for */

static bool
walk_is_whole(const struct walk *w)
{
    return w->more == BIG_OFFSET;
}

/*
 * Returns the status that a record keeps, and switches off what the change
 * says.  That of 4 MB is kept as one, until it changes for all of them.
 */
static pte_t
record_status(const struct walk *w, struct record *r)
{
    pte_t kept = r->page << PAGE_KEPT_SHIFT & PTE_STATUS;

    if ((r->page & PAGE_BIG) == 0 || walk_is_whole(w))
        r->page &= ~((w->change & PTE_STATUS) >> PAGE_KEPT_SHIFT);
    return kept;
}

static void
walk_forwards(void)
{
    struct walk *w = the_walk();
    struct record *r;

    while ((r = w->at->next) != NULL
           && (r->page & PAGE_DEPTH) > (w->top->page & PAGE_DEPTH)) {
        w->at = r;
        preempt(10);
    }
    w->back = true;
}

/* The walk's pages of one record.  True: it has lost the last it had. */
static bool
record_change(struct record *r)
{
    struct walk *w = the_walk();
    uint32_t step, big = r->page & PAGE_BIG;
    bool lost = false;

    do {
        vaddr_t va = record_va(r) + (big != 0 ? w->next : 0);
        pte_t *at, entry;

        at = (walk_is_whole(w) ? ptab_find : ptab_split)(r->space, va);
        preempt(300);
        entry = at != NULL ? *at : 0;
        step = (entry & PTE_PS) != 0 ? BIG_BYTES : PAGE_SIZE;
        if (record_find(r->space, va) == r
            && (entry & BIG_OFFSET) - w->first <= w->more) {
            entry = page_change(r->space, va, w->change);
            w->status |= entry | record_status(w, r);
            if ((entry & w->change & PTE_P) != 0 && r->parent != &memory) {
                lost = big == 0 || (r->page & BIG_OFFSET) + step >= BIG_BYTES;
                if (!lost)
                    r->page += step;
            }
        }
        w->next += step;
    } while (big != 0 && !lost && w->next - w->first <= w->more);
    w->next = w->first;
    return lost;
}

static void
progress_add(struct progress *p, pte_t status, uint32_t more)
{
    p->status |= status;
    p->at += (more >> PAGE_BITS) + 1;
}

/* If it is interrupted, it goes on with the same record. */
static void
walk_back(void)
{
    struct walk *w = the_walk();
    while (w->at != w->top) {
        struct record *r = w->at;
        bool lost = record_change(r);

        w->at = r->prev;
        if (lost)
            record_drop(r);
    }
}

/* Goes on with the walk that somebody began. */
static void
walk_finish(void)
{
    struct walk *w = the_walk();
    struct record *top = w->top;
    bool lost;

    if (top == NULL)
        return;
    if (!w->back)
        walk_forwards();
    walk_back();
    lost = (w->change & CHANGE_OWN) != 0 && record_change(top);
    w->status |= record_status(w, top);
    w->top = NULL;
    progress_add(w->owner, w->status, w->more);
    record_keep(top->parent, w->status);
    if (lost)
        record_drop(top);
}

void
mapdb_forget(struct progress *p)
{
    if (walk.owner == p)
        walk.owner = &nobody;
    *p = (struct progress){.at = 0};
}

/*
 * mapdb_change for the first pages from `va` on: one page of 4 MB, or some of
 * the same record.
 */
static void
range_change(struct space *space, vaddr_t va, vaddr_t last, uint32_t change,
             struct progress *p)
{
    struct walk *w = the_walk();
    struct record *r = record_find(space, va);
    pte_t entry = page_entry(space, va);
    vaddr_t end = va;

    if ((entry & PTE_P) == 0 && !space->is_sigma0)
        r = NULL;
    if (r == NULL) {
        progress_add(p,
                     (change & CHANGE_OWN) != 0
                         ? page_change(space, va, change) : 0,
                     0);
        return;
    }
    if ((entry & PTE_PS) != 0 || space->is_sigma0)
        end = min_u32(last, va | BIG_OFFSET);
    else if ((r->page & PAGE_BIG) != 0)
        while (end < last && (end & SOME_PAGES) != SOME_PAGES
               && record_named(space, end + PAGE_SIZE) == NULL)
            end += PAGE_SIZE;
    w->top = w->at = r;
    w->change = change;
    w->first = ((r->page & PAGE_BIG) != 0 ? va : entry) & BIG_OFFSET;
    w->next = w->first;
    w->more = end - va;
    w->status = 0;
    w->back = false;
    w->owner = p;
    walk_finish();
}

vaddr_t
mapdb_next(struct space *space, vaddr_t va, vaddr_t last)
{
    vaddr_t end = min_u32(last, USER_TOP - PAGE_SIZE) + PAGE_SIZE;

    if (space->is_sigma0)
        return user_memory_next(va);
    va = ptab_next(space, va, end);
    return va < end ? va : NO_PAGE;
}

uint32_t
mapdb_change(struct space *space, vaddr_t first, vaddr_t last, uint32_t change,
             struct progress *p)
{
    uint32_t status;

    /* If what was interrupted is our own, `p` is told. */
    walk_finish();
    while (p->at <= (last - first) >> PAGE_BITS) {
        vaddr_t va = mapdb_next(space, first + (p->at << PAGE_BITS), last);

        if (va > last)
            break;
        p->at = (va - first) >> PAGE_BITS;
        preempt(400);
        range_change(space, va, last, change, p);
    }
    status = p->status;
    p->status = p->at = 0;
    return status;
}

void
mapdb_space_remove(struct space *space, struct progress *p)
{
    (void)mapdb_change(space, 0, LAST_PAGE, CHANGE_ALL, p);
}

/* --- Mapping --- */

/* The entry that a full mapping of a source page has; 0 = nothing to map. */
static pte_t
source_page(struct space *from, vaddr_t va)
{
    pte_t entry = page_entry(from, va);

    if (from->is_sigma0)
        return va | PTE_P | PTE_W | PTE_US;
    return (entry & (PTE_P | PTE_PINNED)) == PTE_P ? entry & ~PTE_STATUS : 0;
}

/*
 * Where `to` can have the page as one of 4 MB; NULL = it cannot, or there is
 * nothing of that size to map.
 */
static pte_t *
big_place(struct space *from, vaddr_t from_va, pte_t page, struct space *to,
          vaddr_t to_va)
{
    bool one = from->is_sigma0
        ? frames_are_user(from_va, from_va | BIG_OFFSET) : (page & PTE_PS) != 0;

    if (!one || (to_va & BIG_OFFSET) != 0
        || ((to->utcb ^ to_va) & -to->utcb_size & -BIG_BYTES) == 0)
        return NULL;
    return ptab_big(to, to_va);
}

static void
range_flush(struct space *space, vaddr_t va, uint32_t more)
{
    range_change(space, va, va + more, CHANGE_ALL, &nobody);
}

enum map_status
mapdb_map(struct space *from, vaddr_t *va, vaddr_t last, struct space *to,
          vaddr_t to_va, uint32_t rights, bool give)
{
    vaddr_t from_va = *va, more = 0;
    struct record *source, *there;
    pte_t page, less, *entry = NULL;
    uint32_t big = 0;
    bool part = false;

    walk_finish();
    page = source_page(from, from_va);
    if (page == 0)
        return MAP_OK;
    if (last - from_va >= BIG_OFFSET)
        entry = big_place(from, from_va, page, to, to_va);
    if (entry != NULL) {
        page |= PTE_PS;
        big = PAGE_BIG;
        *va += more = BIG_OFFSET;
    } else {
        if (space_in_utcb_area(to, to_va))
            return MAP_OK;
        page = ptab_page(page, from_va);
        entry = ptab_make(to, to_va);
        if (entry == NULL)
            return to_va < to->size ? MAP_NO_MEMORY
                : to->asks_pager    ? MAP_OK
                                    : MAP_BEYOND_LIMIT;
    }
    preempt(200); /* a table may have been made, ... */
    less = page & PTE_W & ~rights;
    page -= less;

    source = record_find(from, from_va);
    there = (*entry & PTE_P) != 0 ? record_find(to, to_va) : NULL;
    if ((*entry & PTE_PINNED) != 0)
        return MAP_OK;
    if (there != NULL) {
        if (((page ^ *entry) & PTE_FRAME) == 0) {
            if (record_is_above(there, source))
                return MAP_OK;
            if (!give && there->parent == source) {
                page |= *entry & (PTE_W | PTE_STATUS);
                goto set;
            }
        }
        range_flush(to, to_va, more); /* makes room */
    }
    if (give) {
        part = big < (source->page & PAGE_BIG);
        if (part) {
            source = source->parent;
        } else { /* from here on nothing can fail */
            if (less != 0)
                range_change(from, from_va, from_va + more, PTE_W | CHANGE_OWN,
                             &nobody);
            preempt(300);
            record_keep(source->parent, page_change(from, from_va, PTE_P));
            frame_reserve(big); /* what the page there had */
            record_leave(source);
            record_enter(source, to, to_va | big);
            goto set;
        }
    }
    preempt(300); /* ... and records may be made */
    if (!frame_reserve(big))
        return MAP_NO_MEMORY;
    if (source == NULL)
        source = record_make(&memory, from, (from_va & ~BIG_OFFSET) | PAGE_BIG);
    if (source == NULL || record_make(source, to, to_va | big) == NULL) {
        frame_reserve(0u - big);
        return MAP_NO_MEMORY;
    }
set:
    ptab_set(to, to_va, entry, page);
    if (part) /* if it is interrupted here: that was all */
        range_flush(from, from_va, 0);
    return MAP_OK;
}
