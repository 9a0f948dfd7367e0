/*
 * mm/mapdb.c - the mapping database: who got which page from whom.
 *
 * Layer 3.  The tree of a physical page is one list in preorder: a record,
 * then the subtrees of its children, latest first.  A new child goes right
 * behind its parent; where a subtree ends, the parent pointers tell.  So no
 * operation recurses or searches siblings.
 *
 * Each record keeps, in the low bits of its page address, its depth, and the
 * status of what was mapped from it and is gone or was reset below it
 * (mapdb_unmap).
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
    struct record *next, *prev; /* preorder; prev == NULL: the root */
    struct record *parent;
};
static_assert(sizeof(struct record) == 6 * sizeof(void *), "a compact record");

enum page_bits {
    PAGE_IN_WALK = 1 << 0,
    PAGE_KEPT_SHIFT = 4, /* PTE_STATUS >> 4: bits 1 and 2 */
    PAGE_DEPTH_ONE = 1 << 3,
    PAGE_DEPTH = 0xff8, /* a root's is 0 */
};

#define LAST_PAGE (~(vaddr_t)PAGE_MASK)
#define NO_PAGE (~(vaddr_t)0)

static struct pool records = POOL(struct record);
static struct record **buckets;
static unsigned bucket_shift; /* 32 - log2 of their number */
static uint32_t roots;        /* how many records are sigma0's */

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
    return records.used;
}

/* --- Finding records --- */

/* Fibonacci hashing (Knuth 3, 6.4), of each half of the key. */
static struct record **
bucket_of(const struct space *space, vaddr_t page)
{
    uint32_t hash = (uint32_t)((uintptr_t)space >> 4) * 0x85ebca6bu +
                    (page >> PAGE_BITS) * 0x9e3779b1u;

    return &buckets[hash >> bucket_shift];
}

static struct record *
record_find(const struct space *space, vaddr_t page)
{
    struct record *r = *bucket_of(space, page);

    while (r != NULL && (r->space != space || ((r->page ^ page) & PTE_FRAME)))
        r = r->chain;
    return r;
}

static void
record_name(struct record *r, struct space *space, vaddr_t page)
{
    struct record **bucket = bucket_of(space, page);

    r->space = space;
    r->page = page | (r->page & PAGE_MASK);
    r->chain = *bucket;
    *bucket = r;
}

static void
record_unname(struct record *r)
{
    struct record **at = bucket_of(r->space, r->page);

    while (*at != r)
        at = &(*at)->chain;
    *at = r->chain;
}

/* --- The trees --- */

/* A record for a page mapped from `parent`; NULL: a root. */
static void
record_insert(struct record *r, struct record *parent, struct space *space,
              vaddr_t page)
{
    record_name(r, space, page);
    r->parent = r->prev = parent;
    if (parent == NULL) {
        roots++;
        return;
    }
    r->page += (parent->page & PAGE_DEPTH) + PAGE_DEPTH_ONE;
    r->next = parent->next;
    parent->next = r;
    if (r->next != NULL)
        r->next->prev = r;
}

/* Forgets a record from which nothing is mapped. */
static void
record_drop(struct record *r)
{
    record_unname(r);
    if (r->next != NULL)
        r->next->prev = r->prev;
    if (r->prev != NULL)
        r->prev->next = r->next;
    else
        roots--;
    pool_free(&records, r);
}

/* Drops a root from which nothing is mapped any more (MM-9). */
static void
root_reap(struct record *r)
{
    if (r->parent == NULL && r->next == NULL)
        record_drop(r);
}

/* Is `r` the source of `below`, or the source's source, or `below` itself? */
static bool
record_is_above(const struct record *r, const struct record *below)
{
    while (below != NULL && below != r)
        below = below->parent;
    return below != NULL;
}

/* --- Revoking --- */

/*
 * Switches bits `off` of a page's entry off, with PTE_P the whole entry.
 * Returns the status bits that it had.  Pinned pages do not take part (MM-7).
 */
static pte_t
page_revoke(struct space *space, vaddr_t page, pte_t off)
{
    pte_t *entry = ptab_find(space, page);
    pte_t old = entry != NULL ? *entry : 0;

    if ((old & (PTE_P | PTE_PINNED)) != PTE_P)
        return 0;
    if ((off & PTE_P) != 0)
        (void)ptab_clear(space, page, entry);
    else if ((old & off) != 0)
        ptab_set(space, page, entry, old & ~off);
    return old & PTE_STATUS;
}

/* Returns the status that a record keeps, and switches `off` of it off. */
static pte_t
record_status(struct record *r, pte_t off)
{
    pte_t kept = r->page << PAGE_KEPT_SHIFT & PTE_STATUS;

    r->page &= ~((off & PTE_STATUS) >> PAGE_KEPT_SHIFT);
    return kept;
}

static void
record_keep(struct record *r, pte_t status)
{
    r->page |= status >> PAGE_KEPT_SHIFT;
}

/*
 * page_revoke for all that was mapped from `top`; with PTE_P their records go
 * too.  There is one walk at a time (MM-14): forwards to the subtree's end,
 * marking, since the parent of what belongs to it is marked; then backwards,
 * so that a record goes before the one it came from.
 */
static struct {
    struct record *top; /* NULL: there is no walk to finish */
    struct record *at;
    pte_t off;
    bool back;
    struct progress *owner; /* to be told; NULL = nobody */
} walk;

static void
walk_forwards(void)
{
    struct record *r;

    while ((r = walk.at->next) != NULL
           && (r->parent->page & PAGE_IN_WALK) != 0) {
        r->page |= PAGE_IN_WALK;
        walk.at = r;
        preempt(12);
    }
    walk.back = true;
}

/* Its status goes to `top`, where the caller and everybody above find it. */
static void
walk_back(void)
{
    struct record *r;

    while ((r = walk.at) != walk.top) {
        walk.at = r->prev;
        r->page &= ~(uint32_t)PAGE_IN_WALK;
        record_keep(walk.top,
                    record_status(r, walk.off)
                        | page_revoke(r->space, r->page & PTE_FRAME, walk.off));
        if ((walk.off & PTE_P) != 0)
            record_drop(r);
        preempt(150);
    }
    r->page &= ~(uint32_t)PAGE_IN_WALK;
}

/* Goes on with the walk that somebody began. */
static void
walk_finish(void)
{
    if (walk.top == NULL)
        return;
    if (!walk.back)
        walk_forwards();
    walk_back();
    walk.top = NULL;
    if (walk.owner != NULL)
        walk.owner->walked = true;
}

static void
subtree_revoke(struct record *top, pte_t off, struct progress *owner)
{
    walk.top = walk.at = top;
    walk.off = off;
    walk.back = false;
    walk.owner = owner;
    top->page |= PAGE_IN_WALK;
    walk_finish();
}

void
mapdb_forget(struct progress *p)
{
    if (walk.owner == p)
        walk.owner = NULL;
    *p = (struct progress){.at = 0};
}

/* The entry bits that an Unmap with these rights switches off. */
static pte_t
revoked_bits(uint32_t rights)
{
    if (rights == X2_FPAGE_RWX)
        return PTE_P | PTE_STATUS;
    return (rights & X2_FPAGE_W) != 0 ? PTE_W | PTE_STATUS : PTE_STATUS;
}

static uint32_t
status_rights(pte_t status)
{
    uint32_t rights = 0;

    if ((status & PTE_A) != 0)
        rights |= X2_FPAGE_R | X2_FPAGE_X;
    if ((status & PTE_D) != 0)
        rights |= X2_FPAGE_R | X2_FPAGE_W;
    return rights;
}

/* `p` goes on if only its own page's subtree is done; NULL = begin. */
static pte_t
page_unmap(struct space *space, vaddr_t va, pte_t off, bool flush,
           struct progress *p)
{
    struct record *r, *parent;
    pte_t status = 0;

    walk_finish();
    r = record_find(space, va);
    if (r != NULL) {
        /* What was mapped since somebody else finished the walk goes, too. */
        if (p == NULL || !p->walked || (off & PTE_P) != 0)
            subtree_revoke(r, off, p);
        status = record_status(r, off);
    }
    if (flush)
        status |= page_revoke(space, va, off);
    if (r == NULL)
        return status;
    parent = r->parent;
    if (parent == NULL) {
        root_reap(r);
        return status;
    }
    record_keep(parent, status);
    if (flush && (off & PTE_P) != 0) {
        record_drop(r);
        root_reap(parent);
    }
    return status;
}

/*
 * A page at or behind `va` that may be there, skipping what is known not to
 * be; above `last` if there is none.  Of sigma0, `all` that could be mapped.
 */
static vaddr_t
page_next(struct space *space, vaddr_t va, vaddr_t last, bool all)
{
    vaddr_t end = min_u32(last, USER_TOP - PAGE_SIZE) + PAGE_SIZE;

    if (space->is_sigma0 && all)
        return user_memory_next(va);
    va = ptab_next(space, va, end);
    return va < end ? va : NO_PAGE;
}

uint32_t
mapdb_unmap(struct space *space, vaddr_t first, vaddr_t last, uint32_t revoke,
            bool flush, struct progress *p)
{
    pte_t off = revoked_bits(revoke), status;
    vaddr_t va = first + p->at;

    while ((va = page_next(space, va, last, roots != 0)) <= last) {
        p->at = va - first;
        preempt(400);
        p->status |= page_unmap(space, va, off, flush, p);
        p->walked = false;
        if (va == last)
            break;
        va += PAGE_SIZE;
    }
    status = p->status;
    p->status = p->at = 0;
    return status_rights(status);
}

void
mapdb_space_remove(struct space *space, struct progress *p)
{
    (void)mapdb_unmap(space, 0, LAST_PAGE, X2_FPAGE_RWX, true, p);
}

vaddr_t
mapdb_next(struct space *from, vaddr_t va, vaddr_t last)
{
    return page_next(from, va, last, true);
}

/* The entry that a full mapping of a source page has; 0 = nothing to map. */
static pte_t
source_page(struct space *from, vaddr_t va)
{
    const pte_t *entry;

    if (from->is_sigma0)
        return va | PTE_P | PTE_W | PTE_US;
    entry = ptab_find(from, va);
    if (entry == NULL || (*entry & (PTE_P | PTE_PINNED)) != PTE_P)
        return 0;
    return *entry & (PTE_FRAME | PTE_P | PTE_W | PTE_US);
}

/* Makes room for a mapping: flushes what is there. */
static void
page_vacate(struct space *space, vaddr_t va, const struct record *there)
{
    if (there != NULL)
        (void)page_unmap(space, va, PTE_P | PTE_STATUS, true, NULL);
}

/* Records page (to, va) as mapped from `source`, or from sigma0's new root. */
static bool
page_derive(struct record *source, struct space *from, vaddr_t from_va,
            struct space *to, vaddr_t to_va)
{
    struct record *root = source, *child;

    if (root == NULL && (root = pool_alloc(&records)) == NULL)
        return false;
    child = (~root->page & PAGE_DEPTH) != 0 ? pool_alloc(&records) : NULL;
    if (child == NULL) {
        if (source == NULL)
            pool_free(&records, root);
        return false;
    }
    if (source == NULL)
        record_insert(root, NULL, from, from_va);
    record_insert(child, root, to, to_va);
    return true;
}

/* Moves the record of (from, from_va) and takes the page away there. */
static void
page_give(struct record *source, struct space *to, vaddr_t to_va, pte_t page)
{
    struct space *from = source->space;
    vaddr_t from_va = source->page & PTE_FRAME;
    pte_t *entry = ptab_find(from, from_va);

    if ((*entry & ~page & PTE_W) != 0)
        subtree_revoke(source, PTE_W, NULL);
    record_keep(source->parent, ptab_clear(from, from_va, entry) & PTE_STATUS);
    record_unname(source);
    record_name(source, to, to_va);
}

enum map_status
mapdb_map(struct space *from, vaddr_t from_va, struct space *to, vaddr_t to_va,
          uint32_t rights, bool grant)
{
    pte_t page = source_page(from, from_va);
    bool give = grant && !from->is_sigma0;
    struct record *source, *there;
    pte_t *entry;

    walk_finish();
    source = record_find(from, from_va);
    there = record_find(to, to_va);
    if (page == 0 || to->is_sigma0 || space_in_utcb_area(to, to_va))
        return MAP_OK;
    if (there != NULL && record_is_above(there, source))
        return MAP_OK;
    if (to_va >= to->size)
        return to->asks_pager ? MAP_OK : MAP_BEYOND_LIMIT;
    entry = ptab_make(to, to_va);
    if (entry == NULL)
        return MAP_NO_MEMORY;
    if ((*entry & PTE_PINNED) != 0)
        return MAP_OK;
    if ((rights & X2_FPAGE_W) == 0)
        page &= ~(pte_t)PTE_W;

    if (!give && there != NULL && there->parent == source) {
        page |= *entry & (PTE_W | PTE_STATUS);
    } else {
        page_vacate(to, to_va, there);
        if (give)
            page_give(source, to, to_va, page);
        else if (!page_derive(source, from, from_va, to, to_va))
            return MAP_NO_MEMORY;
    }
    if (grant && from->is_sigma0)
        (void)page_revoke(from, from_va, PTE_P);
    ptab_set(to, to_va, entry, page);
    return MAP_OK;
}
