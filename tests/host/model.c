/*
 * tests/host/model.c - the mapping database as it ought to be: naive.
 */
#include "model.h"

#include "mm/frame.h"
#include "mm/mapdb.h"
#include "mm/ptab.h"
#include "reference.h"

#include <string.h>

#define MAPPINGS 24000
#define ROOTS    2400
#define NONE     (-1)
#define PAGES    (1u << 20)
#define REGIONS  (PAGES / PTES_IN_TABLE)

/*
 * A page that somebody has.  Numbers below ROOTS are sigma0's ownership of
 * one frame each; `present` says whether sigma0 also has its own 1:1 page.
 */
struct mapping {
    bool used, present, writable;
    bool big; /* it was mapped with the 4 MB around it, and belongs to them */
    unsigned space;
    vaddr_t va;
    paddr_t frame;
    int parent, child, sibling;
    uint32_t caching;
    uint32_t own;  /* status of this page, since it was asked for */
    uint32_t seen; /* status of all below, since it was asked for here */
};

/* What a space has in its directory for 4 MB of addresses. */
enum place { EMPTY, TABLE, ONE_PAGE };

struct region {
    enum place place;
    uint32_t may; /* status that its big pages may tell of each other */
    uint32_t pages;
};

static struct state {
    struct mapping all[MAPPINGS];
    struct region regions[SPACES][REGIONS];
    int top; /* no mapping in use at or above */
} now, saved;
static int numbers[SPACES][PAGES]; /* + 1; 0 = nobody has the page */

#define all     now.all
#define regions now.regions

static int
find(unsigned space, vaddr_t va)
{
    return numbers[space][va >> PAGE_BITS] - 1;
}

static struct region *
region_of(unsigned space, vaddr_t va)
{
    return &regions[space][va / BIG_BYTES];
}

static bool
is_above(int upper, int lower)
{
    while (lower != upper && lower != NONE)
        lower = all[lower].parent;
    return lower != NONE;
}

static bool
is_pinned(unsigned space, vaddr_t va)
{
    return pinned_at[space] == va;
}

/* --- The tree --- */

static void
enter(int m, unsigned space, vaddr_t va)
{
    all[m].space = space;
    all[m].va = va;
    numbers[space][va >> PAGE_BITS] = m + 1;
    region_of(space, va)->pages++;
}

static void
leave(int m)
{
    numbers[all[m].space][all[m].va >> PAGE_BITS] = 0;
    region_of(all[m].space, all[m].va)->pages--;
}

static int
add(int parent, unsigned space, vaddr_t va)
{
    int m = ROOTS;

    while (m < now.top && all[m].used)
        m++;
    must(m < MAPPINGS);
    if (m == now.top)
        now.top++;
    all[m] = (struct mapping){.used = true,
                              .frame = all[parent].frame,
                              .parent = parent,
                              .child = NONE,
                              .sibling = all[parent].child};
    all[parent].child = m;
    enter(m, space, va);
    return m;
}

static void
drop(int m)
{
    int *at = &all[all[m].parent].child;

    must(all[m].child == NONE);
    while (*at != m)
        at = &all[*at].sibling;
    *at = all[m].sibling;
    all[m].used = false;
    leave(m);
}

void
model_start(void)
{
    int n = 0;

    memset(&now, 0, sizeof now);
    memset(numbers, 0, sizeof numbers);
    now.top = ROOTS;
    for (paddr_t pa = user_memory_next(0); pa != NO_MEMORY_ABOVE;
         pa = user_memory_next(pa + PAGE_SIZE)) {
        must(n < ROOTS);
        all[n] = (struct mapping){.used = true,
                                  .writable = true,
                                  .big = true,
                                  .frame = pa,
                                  .parent = NONE,
                                  .child = NONE};
        enter(n++, SIGMA0, pa);
        region_of(SIGMA0, pa)->may = SEEN_WRITE; /* from before, who knows */
        if (pa == 0xfffff000u)
            break;
    }
}

void
model_save(void)
{
    saved = now;
}

void
model_restore(void)
{
    for (int i = 0; i < now.top; i++)
        if (all[i].used)
            numbers[all[i].space][all[i].va >> PAGE_BITS] = 0;
    now = saved;
    for (int i = 0; i < now.top; i++)
        if (all[i].used)
            numbers[all[i].space][all[i].va >> PAGE_BITS] = i + 1;
}

/* --- Accesses --- */

bool
model_allows(unsigned space, vaddr_t va, bool write)
{
    int m = find(space, va & PTE_FRAME);

    if (is_pinned(space, va & PTE_FRAME))
        return !write;
    return m != NONE && (space != SIGMA0 || all[m].present) &&
           (!write || all[m].writable);
}

/* The processor has two bits for all pages of an entry. */
static void
note_own(int m, uint32_t bits)
{
    vaddr_t first = all[m].va & ~BIG_OFFSET;

    if (region_of(all[m].space, all[m].va)->place != ONE_PAGE) {
        all[m].own |= bits;
        return;
    }
    for (uint32_t at = 0; at < BIG_BYTES; at += PAGE_SIZE)
        all[find(all[m].space, first + at)].own |= bits;
}

void
model_access(unsigned space, vaddr_t va, bool write)
{
    uint32_t bits = write ? SEEN_WRITE : SEEN_READ;
    int m = find(space, va & PTE_FRAME);

    if (is_pinned(space, va & PTE_FRAME))
        return;
    note_own(m, bits);
    for (m = all[m].parent; m != NONE; m = all[m].parent) {
        all[m].seen |= bits;
        if (all[m].big)
            region_of(all[m].space, all[m].va)->may |= bits;
    }
}

void
model_sigma0_fault(vaddr_t va)
{
    int m = find(SIGMA0, va & PTE_FRAME);

    if (!all[m].present) {
        all[m].own = 0;
        all[m].caching = 0;
    }
    all[m].present = all[m].writable = true;
}

/* --- Changes --- */

/* A part of 4 MB is touched, or all. */
static void
touch(int m, bool whole, bool gone)
{
    struct region *r = region_of(all[m].space, all[m].va);

    if (all[m].big && all[m].parent != NONE && r->place == ONE_PAGE &&
        (!whole || gone))
        r->place = whole ? EMPTY : TABLE;
}

static void
change(int m, const struct model_change *c)
{
    if (c->status)
        all[m].own = 0;
    if ((c->rights & 2) != 0)
        all[m].writable = false;
    if (c->cache)
        all[m].caching = c->caching;
}

/* Changes all below `m`. */
static void
change_below(int m, const struct model_change *c, bool whole)
{
    for (int i = all[m].child, next; i != NONE; i = next) {
        next = all[i].sibling;
        change_below(i, c, whole);
        if (c->status) {
            all[i].seen = 0;
            if (whole && all[i].big)
                region_of(all[i].space, all[i].va)->may = 0;
        }
        change(i, c);
        touch(i, whole, c->rights == 7);
        if (c->rights == 7)
            drop(i);
    }
}

static void
change_page(int m, const struct model_change *c, bool whole, struct seen *out)
{
    out->least |= all[m].seen;
    out->most |= all[m].seen;
    if (all[m].big)
        out->most |= region_of(all[m].space, all[m].va)->may;
    change_below(m, c, whole);
    if (c->status) {
        all[m].seen = 0;
        if (whole && all[m].big)
            region_of(all[m].space, all[m].va)->may = 0;
    }
    if (!c->flush || (m < ROOTS && !all[m].present))
        return;
    out->least |= all[m].own;
    out->most |= all[m].own;
    touch(m, whole, c->rights == 7);
    change(m, c);
    if (c->rights != 7)
        return;
    if (m < ROOTS)
        all[m].present = false;
    else
        drop(m);
}

/* The first page address in [va, end) that the space has. */
static uint64_t
next_page(unsigned space, uint64_t va, uint64_t end)
{
    while (va < end && va < 1ull << 32 && find(space, (vaddr_t)va) == NONE)
        va = region_of(space, (vaddr_t)va)->pages == 0
            ? (va | (BIG_BYTES - 1)) + 1 : va + PAGE_SIZE;
    return va < end && va < 1ull << 32 ? va : end;
}

/*
 * How far a change goes at once: one page, sigma0's 4 MB or those that are one
 * page; of others up to 64 pages, but none that is not theirs any more.
 */
static uint64_t
reach(unsigned space, uint64_t va, uint64_t end)
{
    int m = find(space, (vaddr_t)va);
    uint64_t to = va + PAGE_SIZE, big_end = (va | (BIG_BYTES - 1)) + 1;

    if (!all[m].big)
        return to;
    if (space == SIGMA0
        || region_of(space, (vaddr_t)va)->place == ONE_PAGE)
        return end < big_end ? end : big_end;
    while (to < end && to % (64 * PAGE_SIZE) != 0
           && ((m = find(space, (vaddr_t)to)) == NONE || all[m].big))
        to += PAGE_SIZE;
    return to;
}

static void
change_range(unsigned space, uint64_t first, uint64_t end,
             const struct model_change *c, struct seen *out)
{
    bool whole = end - first == BIG_BYTES;

    for (uint64_t va = next_page(space, first, end); va < end;
         va = next_page(space, va + PAGE_SIZE, end))
        change_page(find(space, (vaddr_t)va), c, whole, out);
}

struct seen
model_change(unsigned space, uint32_t fpage, struct model_change c)
{
    struct ref_fpage f = ref_fpage(fpage);
    uint64_t end = f.base + f.size;
    struct seen seen = {0, 0};

    for (uint64_t va = next_page(space, f.base, end), to; va < end;
         va = next_page(space, to, end)) {
        to = reach(space, va, end);
        change_range(space, va, to, &c, &seen);
    }
    return seen;
}

void
model_space_remove(unsigned space)
{
    (void)model_change(space, 0x10,
                       (struct model_change){.rights = 7,
                                             .status = true,
                                             .flush = true});
}

/* --- Maps --- */

static const struct model_change flush = {
    .rights = 7, .status = true, .flush = true};

static bool
all_user(vaddr_t va)
{
    for (uint32_t at = 0; at < BIG_BYTES; at += PAGE_SIZE)
        if (find(SIGMA0, va + at) == NONE)
            return false;
    return true;
}

/* Do 4 MB go at once? */
static bool
goes_big(unsigned from, uint64_t va, uint64_t end, unsigned to, uint64_t to_va)
{
    struct space *t = &spaces[to];

    if (va % BIG_BYTES != 0 || to_va % BIG_BYTES != 0 || end - va < BIG_BYTES
        || space_is_small(t) || t->old != NULL
        || region_of(to, (vaddr_t)to_va)->place == TABLE
        || t->utcb / BIG_BYTES == to_va / BIG_BYTES)
        return false;
    return from == SIGMA0
        ? all_user((vaddr_t)va)
        : region_of(from, (vaddr_t)va)->place == ONE_PAGE;
}

/* Takes what is there, and does not come from `source`. */
static bool
make_room(int source, unsigned to, vaddr_t to_va, bool give, bool big)
{
    int there = find(to, to_va);
    struct seen seen;

    if (there == NONE
        || (!give && all[there].parent == source))
        return there == NONE;
    change_range(to, to_va, to_va + (big ? BIG_BYTES : PAGE_SIZE), &flush,
                 &seen);
    return true;
}

static void
write_protect(int m, bool whole)
{
    static const struct model_change c = {.rights = 2};

    change_below(m, &c, whole);
}

/* The pages are not the same, nor one from which the other came. */
static void
move_page(int source, unsigned to, vaddr_t to_va, bool writable, bool big,
          bool grant)
{
    int there = find(to, to_va), m = source;
    struct seen seen;

    if (grant && source >= ROOTS && all[source].big == big) {
        leave(source);
        enter(source, to, to_va);
        all[source].own = 0;
        all[source].writable = writable;
        return;
    }
    if (there != NONE) {
        all[there].writable |= writable;
        all[there].caching = source < ROOTS ? 0 : all[source].caching;
        return;
    }
    m = add(grant && source >= ROOTS ? all[source].parent : source, to, to_va);
    all[m].writable = writable;
    all[m].big = big;
    all[m].caching = source < ROOTS ? 0 : all[source].caching;
    if (grant && source >= ROOTS)
        change_page(source, &flush, false, &seen);
}

/* One map operation: a page, or 4 MB of them. */
static void
map_pages(unsigned from, vaddr_t va, unsigned to, vaddr_t to_va,
          uint32_t rights, bool grant, bool big, bool vacate_only)
{
    uint32_t bytes = big ? BIG_BYTES : PAGE_SIZE;
    int source = find(from, va), there = find(to, to_va);
    bool give = grant && from != SIGMA0;
    bool writable, fresh;

    if (!big && region_of(to, to_va)->place != TABLE)
        region_of(to, to_va)->place = TABLE;
    if (is_pinned(to, to_va) || (there != NONE && is_above(there, source)))
        return;
    fresh = make_room(source, to, to_va, give, big);
    if (vacate_only)
        return;
    source = find(from, va);
    /* sigma0 owns all memory, whatever its own page may do. */
    writable = (rights & 2) != 0 && (from == SIGMA0 || all[source].writable);
    if (give && all[source].big == big)
        for (uint32_t at = 0; at < bytes; at += PAGE_SIZE)
            if (!writable && all[find(from, va + at)].writable)
                write_protect(find(from, va + at), big);
    if (give && big)
        region_of(from, va)->place = EMPTY;
    if (big && (fresh || give)) {
        region_of(to, to_va)->place = ONE_PAGE;
        region_of(to, to_va)->may = give ? region_of(from, va)->may : 0;
    }
    for (uint32_t at = 0; at < bytes; at += PAGE_SIZE) {
        source = find(from, va + at);
        move_page(source, to, to_va + at, writable, big, grant);
    }
}

enum map_status
model_map(unsigned from, unsigned to, uint32_t base, uint32_t fpage,
          uint32_t window, bool grant, uint32_t limit, bool vacate)
{
    struct ref_transfer t = ref_transfer(fpage, base, window);
    uint64_t end = t.from + t.size;
    uint64_t size = spaces[to].size;

    if ((fpage & 7) == 0 || to == SIGMA0)
        return MAP_OK;
    /* Destinations outside the user area do not count. */
    if (t.to >= USER_TOP)
        return MAP_OK;
    if (end - t.from + t.to > USER_TOP)
        end = USER_TOP - t.to + t.from;
    for (uint64_t va = next_page(from, t.from, end), bytes; va < end;
         va = next_page(from, va + bytes, end)) {
        uint64_t to_va = va - t.from + t.to;
        bool big = goes_big(from, va, end, to, to_va), stop;

        bytes = big ? BIG_BYTES : PAGE_SIZE;
        if (to_va >= size)
            return MAP_BEYOND_LIMIT;
        stop = limit-- == 0;
        if (!stop || vacate)
            map_pages(from, (vaddr_t)va, to, (vaddr_t)to_va, fpage & 7, grant,
                      big, stop);
        if (stop)
            return MAP_NO_MEMORY;
    }
    return MAP_OK;
}

/* --- Comparing --- */

void
model_observe(void)
{
    for (unsigned s = 0; s < SPACES; s++)
        for (unsigned i = 0; i < USER_TOP / BIG_BYTES; i++) {
            struct region *r = &regions[s][i];

            if (space_is_small(&spaces[s]))
                r->place = TABLE;
            else if (r->place != ONE_PAGE)
                r->place = (spaces[s].directory[i] & PTE_P) != 0 ? TABLE
                                                                 : EMPTY;
        }
}

void
model_split(unsigned space)
{
    for (unsigned i = 0; i < REGIONS; i++)
        regions[space][i].place = TABLE;
}

uint32_t
model_mappings(void)
{
    uint32_t n = 0;

    for (int i = ROOTS; i < now.top; i++)
        n += all[i].used;
    return n;
}

bool
model_pick(uint32_t number, unsigned *space, vaddr_t *va)
{
    int count = now.top - ROOTS;

    for (int n = 0; n < count; n++) {
        const struct mapping *m =
            &all[ROOTS + (int)((number + (unsigned)n) % (unsigned)count)];

        /* Of 4 MB a few will do. */
        if (m->used && (!m->big || (m->va >> PAGE_BITS) % 256 < 2)) {
            *space = m->space;
            *va = m->va;
            return true;
        }
    }
    return false;
}

static bool
entry_agrees(unsigned space, vaddr_t va, pte_t entry)
{
    int m = find(space, va);
    uint32_t own = 0;

    if (is_pinned(space, va))
        return (entry & PTE_PINNED) != 0 && (entry & PTE_W) == 0;
    if (m == NONE || (space == SIGMA0 && !all[m].present))
        return false;
    if ((entry & PTE_A) != 0)
        own |= SEEN_READ;
    if ((entry & PTE_D) != 0)
        own |= SEEN_WRITE;
    return (ptab_page(entry, va) & PTE_FRAME) == all[m].frame &&
           own == all[m].own && ((entry & PTE_W) != 0) == all[m].writable &&
           (entry & PTE_US) != 0 && (entry & PTE_PINNED) == 0 &&
           (entry & PTE_CACHING) == all[m].caching &&
           ((entry & PTE_PS) != 0) ==
               (region_of(space, va)->place == ONE_PAGE) &&
           ((entry & PTE_G) != 0) ==
               (cpu_has_pge && space_is_small(&spaces[space]));
}

static uint32_t
expected_pages(unsigned space)
{
    uint32_t n = 1; /* pinned */

    for (int i = 0; i < now.top; i++)
        n += all[i].used && all[i].space == space &&
             (i >= ROOTS || all[i].present);
    for (unsigned i = 0; i < REGIONS; i++)
        if (regions[space][i].place == ONE_PAGE)
            n -= PTES_IN_TABLE - 1;
    return n;
}

static uint32_t
expected_records(void)
{
    static bool big[SPACES][REGIONS];
    uint32_t n = 0;

    memset(big, 0, sizeof big);
    for (int i = 0; i < now.top; i++) {
        bool *counted = &big[all[i].space][all[i].va / BIG_BYTES];

        if (i < ROOTS || !all[i].used || (all[i].big && *counted))
            continue;
        if (all[i].big)
            *counted = true;
        n++;
    }
    return n;
}

bool
model_agrees(void)
{
    for (unsigned s = 0; s < SPACES; s++) {
        uint32_t pages = 0;

        for (vaddr_t va = page_first(&spaces[s], 0, USER_TOP); va < USER_TOP;
             va = page_first(&spaces[s], va, USER_TOP)) {
            pte_t entry = *ptab_find(&spaces[s], va);
            vaddr_t last = (entry & PTE_PS) != 0 ? va | BIG_OFFSET : va;

            pages++;
            for (; va <= last; va += PAGE_SIZE)
                if (!entry_agrees(s, va, entry))
                    return false;
        }
        if (spaces[s].old != NULL)
            pages += spaces[s].old->pages;
        if (pages != spaces[s].pages || pages != expected_pages(s))
            return false;
    }
    return mapdb_records() == expected_records();
}
