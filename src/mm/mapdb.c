/*
 * mm/mapdb.c - the mapping database: who got which page from whom.
 *
 * Layer 3.  The tree of a physical page is one list in preorder: a record,
 * then the subtrees of its children, latest first.  A new child goes right
 * behind its parent; where a subtree ends, the parent pointers tell.  So no
 * operation recurses, searches siblings, or has a limit of depth.
 *
 * Each record keeps, in the low bits of its page address, the status of what
 * was mapped from it and is gone or was reset below it (mapdb_unmap).
 */
#include "mm/mapdb.h"

#include "mm/frame.h"
#include "mm/object.h"
#include "mm/ptab.h"
#include "pinenut/x2.h"

struct record {
    struct space *space;
    uint32_t page;              /* address | PTE_STATUS bits kept */
    struct record *chain;       /* next in the hash bucket */
    struct record *next, *prev; /* preorder; prev == NULL: the root */
    struct record *parent;
};
static_assert(sizeof(struct record) == 6 * sizeof(void *), "a compact record");

#define LAST_PAGE (~(vaddr_t)PAGE_MASK)

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
    r->page = page | (r->page & PTE_STATUS);
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

/*
 * The record behind `r` if it belongs to the subtree of `top`.  Climbing from
 * `r` meets its parent before `top` is left; a whole walk climbs each record
 * once.
 */
static struct record *
subtree_next(const struct record *top, const struct record *r)
{
    struct record *next = r->next;

    if (next == NULL)
        return NULL;
    while (r != next->parent) {
        if (r == top)
            return NULL;
        r = r->parent;
    }
    return next;
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
    pte_t kept = r->page & PTE_STATUS;

    r->page &= ~(off & PTE_STATUS);
    return kept;
}

/*
 * page_revoke for all that was mapped from `top`; with PTE_P their records go
 * too.  Backwards, so that a record goes before the one it came from.
 */
static pte_t
subtree_revoke(struct record *top, pte_t off)
{
    pte_t status = 0;
    struct record *last = top;
    struct record *r;

    while ((r = subtree_next(top, last)) != NULL)
        last = r;
    while ((r = last) != top) {
        last = r->prev;
        status |= record_status(r, off);
        status |= page_revoke(r->space, r->page & PTE_FRAME, off);
        if ((off & PTE_P) != 0)
            record_drop(r);
    }
    return status;
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

uint32_t
mapdb_unmap(struct space *space, vaddr_t va, uint32_t revoke, bool flush)
{
    struct record *r = record_find(space, va);
    pte_t off = revoked_bits(revoke);
    pte_t status = 0;

    if (r != NULL)
        status = record_status(r, off) | subtree_revoke(r, off);
    if (flush)
        status |= page_revoke(space, va, off);
    if (r != NULL && r->parent != NULL) {
        struct record *parent = r->parent;

        parent->page |= status;
        if (flush && (off & PTE_P) != 0) {
            record_drop(r);
            root_reap(parent);
        }
    } else if (r != NULL) {
        root_reap(r);
    }
    return status_rights(status);
}

/* What sigma0 mapped out of [first, last]; `roots` tells when all is found. */
static uint32_t
sigma0_unmap_range(struct space *sigma0, paddr_t first, paddr_t last,
                   uint32_t revoke, bool flush)
{
    uint32_t status = 0;
    uint32_t left = roots;
    paddr_t pa = user_memory_next(first);

    while (left != 0 && pa <= last) {
        if (record_find(sigma0, pa) != NULL) {
            status |= mapdb_unmap(sigma0, pa, revoke, flush);
            left--;
        }
        if (pa == last)
            break;
        pa = user_memory_next(pa + PAGE_SIZE);
    }
    return status;
}

uint32_t
mapdb_unmap_range(struct space *space, vaddr_t first, vaddr_t last,
                  uint32_t revoke, bool flush)
{
    vaddr_t end = min_u32(last, USER_TOP - PAGE_SIZE) + PAGE_SIZE;
    uint32_t status = 0;

    if (space->is_sigma0)
        status = sigma0_unmap_range(space, first, last, revoke, flush);
    if (space->is_sigma0 && !flush)
        return status;
    for (vaddr_t va = ptab_next(space, first, end); va < end;
         va = ptab_next(space, va + PAGE_SIZE, end))
        status |= mapdb_unmap(space, va, revoke, flush);
    return status;
}

void
mapdb_space_remove(struct space *space)
{
    (void)mapdb_unmap_range(space, 0, LAST_PAGE, X2_FPAGE_RWX, true);
    for (vaddr_t va = ptab_next(space, 0, USER_TOP); va < USER_TOP;
         va = ptab_next(space, va, USER_TOP))
        (void)ptab_clear(space, va, ptab_find(space, va));
    assert(space->pages == 0);
}

/* --- Mapping --- */

/* The entry that a full mapping of a source page has; 0 = nothing to map. */
static pte_t
source_page(const struct space *from, vaddr_t va)
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
        (void)mapdb_unmap(space, va, X2_FPAGE_RWX, true);
}

/* Records page (to, va) as mapped from `source`, or from sigma0's new root. */
static bool
page_derive(struct record *source, struct space *from, vaddr_t from_va,
            struct space *to, vaddr_t to_va, const struct record *there)
{
    struct record *child = pool_alloc(&records);
    struct record *root = source == NULL ? pool_alloc(&records) : source;

    if (child == NULL || root == NULL) {
        if (child != NULL)
            pool_free(&records, child);
        if (root != NULL && root != source)
            pool_free(&records, root);
        return false;
    }
    /* Nothing fails below this line. */
    page_vacate(to, to_va, there);
    if (root != source)
        record_insert(root, NULL, from, from_va);
    record_insert(child, root, to, to_va);
    return true;
}

/* Moves the record of (from, from_va) and takes the page away there. */
static void
page_give(struct record *source, struct space *to, vaddr_t to_va,
          const struct record *there, pte_t page)
{
    struct space *from = source->space;
    vaddr_t from_va = source->page & PTE_FRAME;
    pte_t old = ptab_clear(from, from_va, ptab_find(from, from_va));

    page_vacate(to, to_va, there);
    source->parent->page |= old & PTE_STATUS;
    if ((old & ~page & PTE_W) != 0)
        (void)subtree_revoke(source, PTE_W);
    record_unname(source);
    record_name(source, to, to_va);
}

bool
mapdb_map(struct space *from, vaddr_t from_va, struct space *to, vaddr_t to_va,
          uint32_t rights, bool grant)
{
    pte_t page = source_page(from, from_va);
    struct record *source = record_find(from, from_va);
    struct record *there = record_find(to, to_va);
    pte_t *entry;

    if (page == 0 || to->is_sigma0 || space_in_utcb_area(to, to_va))
        return true;
    if (there != NULL && record_is_above(there, source))
        return true;
    entry = ptab_make(to, to_va);
    if (entry == NULL)
        return false;
    if ((*entry & PTE_PINNED) != 0)
        return true;
    if ((rights & X2_FPAGE_W) == 0)
        page &= ~(pte_t)PTE_W;

    if (grant && !from->is_sigma0)
        page_give(source, to, to_va, there, page);
    else if (there != NULL && there->parent == source)
        page |= *entry & (PTE_W | PTE_STATUS);
    else if (!page_derive(source, from, from_va, to, to_va, there))
        return false;
    if (grant && from->is_sigma0)
        (void)page_revoke(from, from_va, PTE_P);
    ptab_set(to, to_va, entry, page);
    return true;
}
