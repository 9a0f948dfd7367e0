/*
 * tests/host/test_map.c - mapping, granting and unmapping between spaces
 * (mm/map, mm/mapdb, mm/ptab), step by step and at random against a model.
 *
 * The disasters: a page still readable after its owner took it back, through
 * a record that was missed or through the TLB; a page that reaches a space
 * nobody mapped it to; a kernel that loses memory or count.
 */
#include "model.h"

#include "mm/frame.h"
#include "mm/mapdb.h"
#include "mm/object.h"
#include "mm/ptab.h"
#include "pinenut/x2.h"

#define PAGES_HIGH      (USER_TOP - 16 * PAGE_SIZE)
#define MAPPINGS_WANTED 400u
#define PAGES_WANTED    6000u
#define CHECK_EACH      16u

/* --- Operations, begun again as often as they are interrupted --- */

static enum map_status
map_whole(unsigned from, unsigned to, uint32_t base, uint32_t fpage,
          uint32_t window, bool grant)
{
    static struct progress p;

    mapdb_forget(&p);
    (void)setjmp(preempted);
    return map_fpage(&spaces[from], &spaces[to], base, fpage, window, grant,
                     &p);
}

static uint32_t
unmap_whole(unsigned space, uint32_t fpage, bool flush)
{
    static struct progress p;

    mapdb_forget(&p);
    (void)setjmp(preempted);
    return unmap_fpage(&spaces[space], fpage, flush, &p);
}

static void
remove_whole(unsigned space)
{
    static struct progress p;

    mapdb_forget(&p);
    (void)setjmp(preempted);
    mapdb_space_remove(&spaces[space], &p);
}

static void
caching_whole(unsigned space, uint32_t fpage, uint32_t caching)
{
    static struct progress p;

    mapdb_forget(&p);
    (void)setjmp(preempted);
    (void)map_change(&spaces[space], fpage,
                     CHANGE_OWN | PTE_CACHING | caching << CHANGE_ON_SHIFT, &p);
}

/* --- Random operations --- */

/* Somewhere in 4 MB, often where they begin: in memory, and where it goes. */
static vaddr_t
random_big(void)
{
    static const vaddr_t bases[] = {BIG_MEMORY, BIG_MEMORY + BIG_BYTES,
                                    BIG_BYTES, 2 * BIG_BYTES};
    vaddr_t base = bases[random_below(ARRAY_SIZE(bases))];

    return one_in(2) ? base
                     : base + random_below(8) * (BIG_BYTES / 8)
                           + random_below(3) * PAGE_SIZE;
}

/* A page address where the space may have something; often it has. */
static vaddr_t
random_page(unsigned space)
{
    unsigned s;
    vaddr_t va;

    if (one_in(4))
        return random_big();
    if (space == SIGMA0 && !one_in(8))
        return random_below(128) * PAGE_SIZE;
    for (int tries = one_in(4) ? 1 : 12; tries != 0; tries--)
        if (model_pick(random_below(1u << 30), &s, &va) &&
            (s == space || tries == 1))
            return va;
    if (one_in(8))
        return 0x003f8000u + random_below(16) * PAGE_SIZE;
    if (one_in(8))
        return PAGES_HIGH + random_below(20) * PAGE_SIZE;
    return random_below(32) * PAGE_SIZE;
}

/* An fpage word without rights. */
static uint32_t
random_fpage(unsigned space)
{
    uint32_t base = random_page(space) | random_below(PAGE_SIZE);
    uint32_t bits = PAGE_BITS;

    if (one_in(16))
        bits = random_below(64);
    else if (one_in(32))
        bits = 1;
    else if (one_in(3))
        bits += random_below(one_in(8) ? 12 : 5);
    if ((base & BIG_OFFSET) == 0 && base > PAGE_SIZE && one_in(2))
        bits = 22 + random_below(2);
    return (base & ~0x3f7u) | bits << X2_FPAGE_SIZE_SHIFT;
}

static uint32_t
random_rights(void)
{
    return one_in(3) ? random_below(8) : X2_FPAGE_RWX;
}

/*
 * The kernel ran out of memory: it must have done the first k pages.  Which
 * k it was cannot always be seen (a page may be replaced by an equal one from
 * another source), so the receiver is to be ended afterwards.
 */
static void
check_prefix(unsigned from, unsigned to, uint32_t base, uint32_t fpage,
             uint32_t window, bool grant)
{
    uint32_t k = 0;

    model_save();
    for (;;) {
        enum map_status status =
            model_map(from, to, base, fpage, window, grant, k / 2, k % 2);

        k++;
        if (model_agrees())
            return;
        if (status != MAP_NO_MEMORY)
            stop("out of memory left neither a prefix nor all");
        model_restore();
    }
}

static void
do_unmap(void)
{
    unsigned space = random_below(SPACES);
    uint32_t rights = one_in(2) ? random_rights() : random_below(8);
    uint32_t fpage = random_fpage(space) | rights;
    bool flush = one_in(2);
    uint32_t got = unmap_whole(space, fpage, flush) ^ (fpage & ~7u);
    struct seen seen = model_change(
        space, fpage,
        (struct model_change){
            .rights = rights, .status = true, .flush = flush});

    must((seen.least & ~got) == 0 && (got & ~seen.most) == 0);
}

static void
do_caching(void)
{
    static const uint32_t kinds[] = {0, PTE_PWT, PTE_CACHING};
    unsigned space = random_below(SPACES);
    uint32_t fpage = random_fpage(space);
    uint32_t caching = kinds[random_below(ARRAY_SIZE(kinds))];

    caching_whole(space, fpage, caching);
    (void)model_change(
        space, fpage,
        (struct model_change){
            .flush = true, .cache = true, .caching = caching});
}

/* Aimed at a page that exists, else few accesses would hit one. */
static void
do_access(void)
{
    unsigned space;
    vaddr_t va;
    bool write = one_in(2);

    if (one_in(4) || !model_pick(random_below(1u << 30), &space, &va)) {
        space = random_below(SPACES);
        va = random_page(space);
    }
    va |= random_below(PAGE_SIZE);
    if (cpu_access(space, va, write)) {
        must(model_allows(space, va, write));
        model_access(space, va, write);
        return;
    }
    must(!model_allows(space, va, write));
    if (space != SIGMA0 || va - pinned_at[SIGMA0] < PAGE_SIZE)
        return;
    must(sigma0_fault(&spaces[SIGMA0], va) ==
         (va < USER_TOP && frame_is_user(va)));
    if (va < USER_TOP && frame_is_user(va))
        model_sigma0_fault(va);
}

static uint32_t
random_size(void)
{
    return one_in(2) ? 0 : (8 + random_below(24)) * PAGE_SIZE;
}

static void
convert(unsigned i)
{
    uint32_t size = one_in(3) ? 3 * BIG_BYTES : random_size();

    if (space_convert(i, size) && size != 0)
        model_split(i);
}

static void
renew(unsigned i)
{
    space_start(i, random_size());
    space_pin(i, random_below(8) * PAGE_SIZE);
}

static void
do_kill(unsigned i)
{
    remove_whole(i);
    model_space_remove(i);
    must(spaces[i].pages + (spaces[i].old != NULL ? spaces[i].old->pages : 0)
         == 1);
    tlb_check();
    space_end(i);
    renew(i);
}

static void
do_map(void)
{
    unsigned from = one_in(3) ? SIGMA0 : random_below(SPACES);
    unsigned to = random_below(SPACES);
    uint32_t fpage = random_fpage(from) | random_rights();
    uint32_t base = random_page(to) | random_below(PAGE_SIZE);
    uint32_t window = one_in(3) ? X2_FPAGE_COMPLETE : random_fpage(to);
    bool grant = one_in(3), starved = one_in(32);
    enum map_status status;

    if (one_in(16))
        pool_fail_after = 1 + random_below(6);
    if (starved)
        frames_hide(true);
    model_observe();
    status = map_whole(from, to, base, fpage, window, grant);
    if (starved)
        frames_hide(false);
    if (status == MAP_NO_MEMORY) {
        must(starved || pool_fail_after == 0);
        check_prefix(from, to, base, fpage, window, grant);
        do_kill(to);
    } else {
        must(model_map(from, to, base, fpage, window, grant, ~0u, false) == status);
    }
    pool_fail_after = 0;
}

static void
do_step(void)
{
    uint32_t what = random_below(64);

    if (what < 28)
        do_access();
    else if (what < 50)
        do_map();
    else if (what < 59)
        do_unmap();
    else if (what < 60)
        do_caching();
    else if (what < 63)
        convert(1 + random_below(SPACES - 1));
    else if (one_in(4))
        do_kill(1 + random_below(SPACES - 1));
    while (mapdb_records() > MAPPINGS_WANTED || model_mappings() > PAGES_WANTED)
        do_kill(1 + random_below(SPACES - 1));
    tlb_check();
}

static void
machine_stop(void)
{
    (void)unmap_whole(SIGMA0, X2_FPAGE_COMPLETE | X2_FPAGE_RWX, true);
    must(mapdb_records() == 0);
    for (unsigned i = SPACES; i-- != 0;) {
        remove_whole(i);
        tlb_check();
        if (i != SIGMA0)
            space_end(i);
    }
    machine_halt();
    /* None is set aside for page tables any more. */
    must(frame_reserve(frame_free_count()));
    must(frame_reserve(0u - frame_free_count()));
}

static void
random_run(uint32_t seed, bool global_pages, uint32_t steps)
{
    random_seed(seed);
    machine_start(global_pages);
    for (unsigned i = 1; i < SPACES; i++)
        renew(i);
    model_start();
    for (uint32_t n = 0; n < steps; n++) {
        do_step();
        if (n % CHECK_EACH == 0 && !model_agrees())
            stop("seed %u, step %u: the model disagrees", seed, n);
    }
    machine_stop();
}

static bool
nothing_leaks(void)
{
    uint32_t before, after;

    random_run(100, false, 100);
    before = frame_free_count();
    random_run(101, true, rounds(3000, 30000));
    after = frame_free_count();
    /* None is set aside for page tables, either. */
    return before == after && frame_reserve(after) && frame_reserve(0u - after);
}

/* --- Step by step --- */

#define A      1u
#define B      2u
#define C      3u
#define D      4u
#define FRAME1 (17 * PAGE_SIZE) /* user memory */
#define FRAME2 (18 * PAGE_SIZE)
#define V1     (9 * PAGE_SIZE)
#define V2     (10 * PAGE_SIZE)
#define V3     (11 * PAGE_SIZE)

/* A and C are small, B and D are large. */
static void
scene(void)
{
    machine_start(false);
    for (unsigned i = 1; i < SPACES; i++) {
        space_start(i, i % 2 == 1 ? 32 * PAGE_SIZE : 0);
        space_pin(i, PAGE_SIZE);
    }
}

static bool
give(unsigned from, vaddr_t va, unsigned to, vaddr_t to_va, uint32_t rights,
     bool grant)
{
    uint32_t page = PAGE_BITS << X2_FPAGE_SIZE_SHIFT;

    return map_whole(from, to, to_va, va | page | rights,
                     X2_FPAGE_COMPLETE, grant) == MAP_OK;
}

static bool
map(unsigned from, vaddr_t va, unsigned to, vaddr_t to_va, uint32_t rights)
{
    return give(from, va, to, to_va, rights, false);
}

/* Status bits of unmapping one page. */
static uint32_t
unmap(unsigned space, vaddr_t va, uint32_t rights, bool flush)
{
    uint32_t page = PAGE_BITS << X2_FPAGE_SIZE_SHIFT;

    return unmap_whole(space, va | page | rights, flush) &
           X2_FPAGE_RWX;
}

static bool
reads(unsigned space, vaddr_t va)
{
    return cpu_access(space, va, false);
}

static bool
writes(unsigned space, vaddr_t va)
{
    return cpu_access(space, va, true);
}

/* The entry behind a small space's last belongs to its neighbour. */
static bool
limit_bounds_tables(void)
{
    bool good;

    scene();
    good = ptab_find(&spaces[A], 32 * PAGE_SIZE - 1) != NULL &&
           ptab_find(&spaces[A], 32 * PAGE_SIZE) == NULL &&
           ptab_make(&spaces[A], 32 * PAGE_SIZE) == NULL &&
           ptab_find(&spaces[B], USER_TOP) == NULL &&
           ptab_make(&spaces[B], USER_TOP) == NULL;
    machine_stop();
    return good;
}

static bool
search_rounds_down(void)
{
    uint32_t pages;
    bool good;

    scene();
    pages = spaces[B].pages;
    good = page_first(&spaces[B], PAGE_SIZE + 5, USER_TOP) == PAGE_SIZE &&
           page_first(&spaces[B], PAGE_SIZE, PAGE_SIZE) == PAGE_SIZE &&
           page_first(&spaces[B], 2 * PAGE_SIZE, V1) == V1 &&
           page_first(&spaces[A], 2 * PAGE_SIZE, USER_TOP) == USER_TOP &&
           ptab_clear(&spaces[B], 0, ptab_find(&spaces[B], 0)) == 0 &&
           spaces[B].pages == pages;
    machine_stop();
    return good;
}

static bool
unmap_reaches_everyone(void)
{
    bool good;

    scene();
    good = map(SIGMA0, FRAME1, A, V1, 7) && map(A, V1, B, V2, 7) &&
           map(B, V2, C, V3, 7) && map(A, V1, C, V1, 7) && writes(A, V1) &&
           writes(B, V2) && writes(C, V3) && writes(C, V1) &&
           unmap(A, V1, 7, false) == 7 && reads(A, V1) && !reads(B, V2) &&
           !reads(C, V3) && !reads(C, V1) && mapdb_records() == 1;
    machine_stop();
    return good;
}

static bool
siblings_keep_theirs(void)
{
    bool good;

    scene();
    good = map(SIGMA0, FRAME1, A, V1, 7) && map(A, V1, B, V1, 7) &&
           map(A, V1, B, V2, 7) && map(A, V1, C, V1, 7) &&
           map(B, V2, C, V2, 7) && unmap(B, V2, 7, true) == 0 && reads(B, V1) &&
           reads(C, V1) && reads(A, V1) && !reads(B, V2) && !reads(C, V2);
    machine_stop();
    return good;
}

static bool
rights_only_shrink(void)
{
    bool good;

    scene();
    good = map(SIGMA0, FRAME1, A, V1, 5) && map(A, V1, B, V1, 7) &&
           reads(B, V1) && !writes(B, V1) && map(SIGMA0, FRAME1, A, V1, 2) &&
           writes(A, V1) && !writes(B, V1) && map(A, V1, B, V1, 2) &&
           writes(B, V1) && map(A, V1, B, V1, 4) && writes(B, V1) &&
           unmap(A, V1, 2, false) == 7 && writes(A, V1) && !writes(B, V1) &&
           reads(B, V1) && unmap(A, V1, 5, true) == 7 && reads(B, V1) &&
           map(A, V1, C, V1, 0) && !reads(C, V1);
    machine_stop();
    return good;
}

static bool
no_loops(void)
{
    bool good;

    scene();
    good = map(SIGMA0, FRAME1, A, V1, 7) && map(A, V1, A, V1, 5) &&
           writes(A, V1) && give(A, V1, A, V1, 7, true) && writes(A, V1) &&
           map(A, V1, B, V1, 7) && map(B, V1, A, V1, 5) && writes(A, V1) &&
           writes(B, V1) && give(B, V1, A, V1, 7, true) && writes(B, V1) &&
           map(A, V1, A, V2, 7) && unmap(A, V1, 7, false) != 0 &&
           reads(A, V1) && !reads(A, V2) && !reads(B, V1);
    machine_stop();
    return good;
}

static bool
what_is_in_the_way_goes(void)
{
    bool good;

    scene();
    good = map(SIGMA0, FRAME1, A, V1, 7) && map(SIGMA0, FRAME2, B, V1, 7) &&
           map(B, V1, C, V1, 7) && reads(C, V1) && map(A, V1, B, V1, 5) &&
           reads(B, V1) && !writes(B, V1) && !reads(C, V1) &&
           mapdb_records() == 2;
    machine_stop();
    return good;
}

static bool
grants_move(void)
{
    bool good;

    scene();
    good = map(SIGMA0, FRAME1, A, V1, 7) && map(A, V1, C, V1, 7) &&
           give(A, V1, B, V2, 5, true) && !reads(A, V1) && reads(B, V2) &&
           !writes(B, V2) && reads(C, V1) && !writes(C, V1) &&
           unmap(A, V1, 7, true) == 0 && reads(C, V1) &&
           unmap(B, V2, 7, false) == 5 && !reads(C, V1) && reads(B, V2) &&
           sigma0_fault(&spaces[SIGMA0], FRAME2 + 5) &&
           give(SIGMA0, FRAME2, A, V2, 7, true) && reads(A, V2) &&
           reads(SIGMA0, FRAME2) && unmap(SIGMA0, FRAME2, 7, false) >= 5 &&
           !reads(A, V2);
    machine_stop();
    return good;
}

static bool
status_reaches_ancestors(void)
{
    bool good;

    scene();
    good = map(SIGMA0, FRAME1, A, V1, 7) && map(A, V1, B, V1, 7) &&
           map(B, V1, C, V1, 7) && reads(C, V1) && writes(A, V1) &&
           unmap(B, V1, 0, false) == 5 && unmap(B, V1, 0, false) == 0 &&
           unmap(A, V1, 0, false) == 5 && unmap(A, V1, 0, false) == 0 &&
           writes(C, V1) && unmap(B, V1, 7, false) == 7 &&
           unmap(B, V1, 7, true) == 0 && unmap(A, V1, 0, false) == 7 &&
           unmap(A, V1, 0, true) == 7 && unmap(SIGMA0, FRAME1, 0, false) == 7;
    machine_stop();
    return good;
}

/* Granting read-only write-protects what is below, and tells nobody. */
static bool
status_survives_a_grant(void)
{
    bool good;

    scene();
    good = map(SIGMA0, FRAME1, A, V1, 7) && map(A, V1, B, V1, 7) &&
           map(B, V1, C, V1, 7) && map(B, V1, C, V2, 7) && writes(C, V1) &&
           reads(C, V2) && unmap(C, V1, 7, true) == 7 &&
           give(A, V1, D, V3, 5, true) && !writes(C, V2) &&
           unmap(B, V1, 0, false) == 7 && unmap(D, V3, 0, false) == 7 &&
           unmap(D, V3, 0, false) == 0;
    machine_stop();
    return good;
}

static bool
kernel_gifts_stay(void)
{
    bool good;

    scene();
    good = map(SIGMA0, FRAME1, A, V1, 7) && map(A, V1, B, PAGE_SIZE, 7) &&
           reads(B, PAGE_SIZE) && !writes(B, PAGE_SIZE) &&
           unmap(B, PAGE_SIZE, 7, true) == 0 && reads(B, PAGE_SIZE) &&
           map(B, PAGE_SIZE, C, V1, 7) && !reads(C, V1) &&
           give(B, PAGE_SIZE, C, V1, 7, true) && reads(B, PAGE_SIZE);
    machine_stop();
    return good;
}

/* One entry and one record, until a part is touched; parts go their way. */
static bool
four_megabytes(void)
{
    uint32_t all = 22u << X2_FPAGE_SIZE_SHIFT | 7, frames;
    vaddr_t at = BIG_MEMORY, page3 = at + 3 * PAGE_SIZE;
    bool good;

    scene();
    frames = frame_free_count();
    good = map_whole(SIGMA0, B, 0, at | all, at | all, false) == MAP_OK &&
           map_whole(B, D, 0, at | all, at | all, false) == MAP_OK &&
           spaces[B].pages == 2 && spaces[D].pages == 2 &&
           mapdb_records() == 2 && frames - frame_free_count() <= 1 &&
           writes(D, page3) && unmap_whole(B, at | all, false) != 0 &&
           mapdb_records() == 1 && spaces[D].pages == 1;
    good = good && map_whole(B, D, 0, at | all, at | all, false) == MAP_OK &&
           map(B, page3, A, V1, 7) && spaces[B].pages == 2 &&
           mapdb_records() == 3 && unmap(D, page3, 7, true) == 0 &&
           reads(D, page3 + PAGE_SIZE) && !reads(D, page3) &&
           spaces[D].pages == PTES_IN_TABLE && spaces[B].pages == 2 &&
           reads(A, V1) && unmap(B, page3, 7, false) == 5 && !reads(A, V1) &&
           give(B, page3 + PAGE_SIZE, C, V2, 7, true) && writes(C, V2) &&
           !reads(B, page3 + PAGE_SIZE) && !reads(D, page3 + PAGE_SIZE) &&
           map(SIGMA0, FRAME1, B, page3, 7) && writes(B, page3) &&
           unmap_whole(SIGMA0, at | all, false) != 0 && reads(B, page3) &&
           !reads(B, at) && !reads(C, V2) && mapdb_records() == 1;
    machine_stop();
    return good;
}

/* What is in the middle of them has a record of its own, or goes with it. */
static bool
parts_of_four_megabytes(void)
{
    uint32_t all = 22u << X2_FPAGE_SIZE_SHIFT | 7;
    vaddr_t at = BIG_MEMORY, page3 = at + 3 * PAGE_SIZE;
    bool good;

    scene();
    good = map_whole(SIGMA0, B, 0, at | all, at | all, false) == MAP_OK &&
           writes(B, at);
    caching_whole(B, page3 | PAGE_BITS << X2_FPAGE_SIZE_SHIFT, 0);
    tlb_check();
    good = good && spaces[B].pages == 1 + PTES_IN_TABLE &&
           give(B, page3 + PAGE_SIZE, C, V2, 7, true) &&
           unmap_whole(B, at | all, true) != 0 && reads(C, V2) &&
           mapdb_records() == 1 && unmap(SIGMA0, page3 + PAGE_SIZE, 7, false) &&
           mapdb_records() == 0;
    machine_stop();
    return good;
}

/* Where UTCBs will be, or pages have been, there is no room for 4 MB. */
static bool
four_megabytes_do_not_fit(void)
{
    uint32_t all = 22u << X2_FPAGE_SIZE_SHIFT | 7;
    vaddr_t at = BIG_MEMORY;
    bool good;

    scene();
    spaces[B].utcb = at + 8 * PAGE_SIZE;
    spaces[B].utcb_size = 8 * PAGE_SIZE;
    good = map_whole(SIGMA0, B, 0, at | all, at | all, false) == MAP_OK &&
           reads(B, at + 7 * PAGE_SIZE) && !reads(B, at + 8 * PAGE_SIZE) &&
           !reads(B, at + 15 * PAGE_SIZE) && reads(B, at + 16 * PAGE_SIZE) &&
           map(SIGMA0, FRAME1, D, at, 7) && unmap(D, at, 7, true) == 0 &&
           map_whole(SIGMA0, D, 0, at | all, at | all, false) == MAP_OK &&
           spaces[D].pages == 1 + PTES_IN_TABLE &&
           map_whole(SIGMA0, D, 0, HOLED_MEMORY | all, HOLED_MEMORY | all,
                     false) == MAP_OK &&
           reads(D, HOLED_MEMORY + 7 * PAGE_SIZE) &&
           !reads(D, HOLED_MEMORY + 8 * PAGE_SIZE) &&
           map_whole(SIGMA0, B, 0, HOLED_MEMORY | (all + 0x20),
                     HOLED_MEMORY | (all + 0x20), false) == MAP_OK &&
           !reads(B, LATE_MEMORY + 5 * PAGE_SIZE) &&
           reads(B, LATE_MEMORY + BIG_BYTES - PAGE_SIZE) &&
           *ptab_find(&spaces[B], LATE_MEMORY + BIG_BYTES - PAGE_SIZE)
                   >> PAGE_BITS == (LATE_MEMORY + BIG_OFFSET) >> PAGE_BITS;
    pool_fail_after = 1; /* nor is a frame set aside for nothing */
    good = good && map_whole(SIGMA0, D, 0, at | all, BIG_BYTES | all, false) ==
                       MAP_NO_MEMORY;
    pool_fail_after = 0;
    machine_stop();
    return good;
}

/* Without memory a grant takes no right away; and most need none. */
static bool
grants_without_memory(void)
{
    uint32_t all = 22u << X2_FPAGE_SIZE_SHIFT;
    uint32_t one = PAGE_BITS << X2_FPAGE_SIZE_SHIFT;
    vaddr_t at = BIG_MEMORY, page3 = at + 3 * PAGE_SIZE;
    bool good;

    scene();
    good = map_whole(SIGMA0, B, 0, at | all | 7, at | all, false) == MAP_OK &&
           map(SIGMA0, FRAME1, C, V1, 7);
    pool_fail_after = 1;
    good = good && map_whole(B, C, 0, page3 | one | 5, V2 | one, true) ==
                       MAP_NO_MEMORY &&
           writes(B, page3) && !reads(C, V2) && spaces[B].pages == 2;
    pool_fail_after = 0;
    frames_hide(true);
    good = good &&
           map_whole(B, D, 0, at | all | 5, at | all, true) == MAP_OK &&
           reads(D, page3) && !writes(D, page3) && !reads(B, page3);
    frames_hide(false);
    machine_stop();
    return good;
}

/* Also those pages of the area that no thread has used yet. */
static bool
utcb_area_stays(void)
{
    bool good;

    scene();
    spaces[A].utcb = spaces[SIGMA0].utcb = FRAME1;
    spaces[A].utcb_size = spaces[SIGMA0].utcb_size = 2 * PAGE_SIZE;
    good = map(SIGMA0, FRAME1, A, FRAME1, 7) && !reads(A, FRAME1) &&
           map(SIGMA0, FRAME1, A, FRAME2, 7) && !reads(A, FRAME2) &&
           mapdb_records() == 0 &&
           map(SIGMA0, FRAME1, A, FRAME2 + PAGE_SIZE, 7) &&
           reads(A, FRAME2 + PAGE_SIZE) &&
           !sigma0_fault(&spaces[SIGMA0], FRAME2) &&
           sigma0_fault(&spaces[SIGMA0], FRAME2 + PAGE_SIZE);
    machine_stop();
    return good;
}

static bool
kernel_memory_is_nobodys(void)
{
    bool good;

    scene();
    good = !frame_is_user(16 * PAGE_SIZE) &&
           map(SIGMA0, 16 * PAGE_SIZE, A, V1, 7) && !reads(A, V1) &&
           !sigma0_fault(&spaces[SIGMA0], 16 * PAGE_SIZE) &&
           !sigma0_fault(&spaces[SIGMA0], 0xffffe000u) &&
           map(SIGMA0, 0xffffe000u, A, V1, 7) && reads(A, V1) &&
           map_whole(SIGMA0, B, 0, 0x17, 0x10, false) ==
               MAP_OK &&
           reads(B, FRAME1) && !reads(B, 16 * PAGE_SIZE) &&
           !reads(B, 112 * PAGE_SIZE);
    machine_stop();
    return good;
}

/* 2 GB at 2 GB: the upper half lies beyond the user area. */
static bool
user_area_ends(void)
{
    uint32_t half = 31u << X2_FPAGE_SIZE_SHIFT;
    bool good;

    scene();
    good = map_whole(SIGMA0, B, 0x80000000u, 0x17,
                     0x80000000u | half, false) == MAP_OK &&
           reads(B, 0xbfffe000u) && !reads(B, 0xc0000000u) &&
           mapdb_records() == 1;
    machine_stop();
    return good;
}

static bool
limit_stops_a_mapping(void)
{
    uint32_t two_pages = (PAGE_BITS + 1) << X2_FPAGE_SIZE_SHIFT;
    bool good;

    scene();
    remove_whole(A);
    space_end(A);
    space_start(A, 31 * PAGE_SIZE);
    space_pin(A, PAGE_SIZE);
    good = map_whole(SIGMA0, A, 30 * PAGE_SIZE,
                     FRAME2 | two_pages | 7, 0x10, false) == MAP_BEYOND_LIMIT &&
           reads(A, 30 * PAGE_SIZE) && mapdb_records() == 1 &&
           space_convert(A, 0) &&
           map_whole(SIGMA0, A, 30 * PAGE_SIZE,
                     FRAME2 | two_pages | 7, 0x10, false) == MAP_OK &&
           reads(A, 30 * PAGE_SIZE) && reads(A, 31 * PAGE_SIZE) &&
           /* Pages beyond that are absent, pinned or above 3 GB: no limit. */
           map_whole(A, C, 0, 0x17, 0x10, false) == MAP_OK &&
           reads(C, 30 * PAGE_SIZE) && map(A, V1, C, PAGES_HIGH, 7) &&
           map(A, PAGE_SIZE, C, PAGES_HIGH, 7) &&
           map(A, 30 * PAGE_SIZE, C, 0xffffe000u, 7) &&
           map_whole(A, C, PAGES_HIGH,
                     (30 * PAGE_SIZE) | two_pages | 7, 0x10,
                     false) == MAP_BEYOND_LIMIT;
    machine_stop();
    return good;
}

/* A page handed on as often as it may be. */
static bool
long_trees(void)
{
    const uint32_t n = 510, base = 0x01000000u;
    bool good;

    scene();
    good = map(SIGMA0, FRAME1, B, base, 7) && map(SIGMA0, FRAME2, A, V1, 7);
    for (uint32_t i = 1; i < n && good; i++)
        good = map(B, base + (i - 1) * PAGE_SIZE, B, base + i * PAGE_SIZE, 7);
    good = good && mapdb_records() == n + 1 &&
           map_whole(B, D, V1, (base + (n - 1) * PAGE_SIZE) | 12 << 4 | 7,
                     X2_FPAGE_COMPLETE, false) == MAP_NO_MEMORY &&
           give(B, base + (n - 1) * PAGE_SIZE, D, V1, 7, true) &&
           writes(D, V1) && unmap(B, base + n / 2 * PAGE_SIZE, 7, false) == 7 &&
           mapdb_records() == n / 2 + 2 && unmap(B, base, 7, true) == 7 &&
           mapdb_records() == 1;
    machine_stop();
    return good;
}

/* A page shared 20,000 times. */
static bool
wide_trees(void)
{
    const uint32_t n = 20000, base = 0x01000000u;
    bool good;

    scene();
    good = map(SIGMA0, FRAME2, A, V1, 7);
    for (uint32_t i = 0; i < n && good; i++)
        good = map(A, V1, B, base + i * PAGE_SIZE, 7);
    for (uint32_t i = 0; i < n && good; i += 2)
        good = unmap(B, base + i * PAGE_SIZE, 7, true) == 0;
    good = good && mapdb_records() == n / 2 + 1;
    remove_whole(A);
    good = good && mapdb_records() == 0 && spaces[B].pages == 1;
    machine_stop();
    return good;
}

/*
 * An interrupt at each preemption point: what an operation has done until there
 * it need not do again, so it ends. Page 1 of B goes to many places, the 4 MB
 * from B to D and in parts to C.
 */
static bool
storm(void)
{
    const uint32_t n = 3000, base = 0x01000000u;
    uint32_t all = 22u << X2_FPAGE_SIZE_SHIFT | 7;
    bool good;

    scene();
    good = map(SIGMA0, FRAME1, B, V1, 7) &&
           map_whole(SIGMA0, B, 0, BIG_MEMORY | all, BIG_MEMORY | all,
                     false) == MAP_OK &&
           map_whole(B, D, 0, BIG_MEMORY | all, BIG_MEMORY | all, false)
               == MAP_OK &&
           map(B, BIG_MEMORY + 5 * PAGE_SIZE, C, V2, 7);
    for (uint32_t i = 0; i < n && good; i++)
        good = map(B, V1, D, base + i * PAGE_SIZE, 7);
    preempt_storm = 20 * n;
    good = good && writes(D, base + 7 * PAGE_SIZE) &&
           give(B, V1, C, V1, 5, true) && !reads(B, V1) &&
           !writes(D, base + 7 * PAGE_SIZE) && reads(D, base + 8 * PAGE_SIZE) &&
           unmap(C, V1, 0, false) == 7 && unmap(C, V1, 0, false) == 0 &&
           unmap(C, V1, 7, false) == 0 && !reads(D, base) &&
           writes(D, BIG_MEMORY) &&
           unmap(B, BIG_MEMORY + PAGE_SIZE, 2, false) == 7 &&
           !writes(D, BIG_MEMORY + PAGE_SIZE) && writes(D, BIG_MEMORY) &&
           give(D, BIG_MEMORY + 9 * PAGE_SIZE, C, V3, 7, true) &&
           (unmap_whole(B, BIG_MEMORY | all, true) & 7) == 7 &&
           !reads(D, BIG_MEMORY) && !reads(C, V2) && !reads(C, V3) &&
           map_whole(SIGMA0, B, 0, BIG_MEMORY | all, BIG_BYTES | all, false)
               == MAP_OK && space_convert(B, 3 * BIG_BYTES) &&
           writes(B, BIG_BYTES + PAGE_SIZE) && space_convert(B, 0) &&
           reads(B, BIG_BYTES + 2 * PAGE_SIZE);
    remove_whole(B);
    preempt_storm = 0;
    machine_stop();
    return good;
}

/* --- Several operations at a time, each as far as it has come --- */

struct operation {
    enum { NOTHING, MAP, UNMAP, REMOVE, FIT } kind;
    unsigned from, to;
    uint32_t base, fpage, window;
    bool flag;
    struct progress p;
};

static void
operation_begin(struct operation *o)
{
    uint32_t what = random_below(16);

    o->from = random_below(SPACES);
    o->to = random_below(SPACES);
    o->fpage = random_fpage(o->from) | random_rights();
    o->base = random_page(o->to);
    o->window = one_in(3) ? X2_FPAGE_COMPLETE : random_fpage(o->to);
    o->flag = one_in(2);
    o->kind = what < 8 ? MAP : UNMAP;
    if (what >= 14 && o->from != SIGMA0)
        o->kind = what == 14 ? FIT : REMOVE;
}

static void
operation_run(struct operation *o)
{
    if (setjmp(preempted) != 0)
        return;
    switch (o->kind) {
    case NOTHING:
        operation_begin(o);
        return;
    case MAP:
        must(map_fpage(&spaces[o->from], &spaces[o->to], o->base, o->fpage,
                       o->window, o->flag, &o->p) <= MAP_NO_MEMORY);
        break;
    case UNMAP:
        (void)unmap_fpage(&spaces[o->from], o->fpage, o->flag, &o->p);
        break;
    case REMOVE:
        (void)unmap_fpage(&spaces[o->from], 0x17, true, &o->p);
        break;
    case FIT:
        if (space_fits(&spaces[o->from], 12 * PAGE_SIZE, &o->p))
            must(page_first(&spaces[o->from], 12 * PAGE_SIZE, USER_TOP)
                 == USER_TOP);
        break;
    }
    mapdb_forget(&o->p);
    o->kind = NOTHING;
}

/* MM-8: a record has a page; no rights that the TLB or anybody else made up. */
static void
check_counts(void)
{
    uint32_t mapped = 0, records = mapdb_records();

    for (unsigned i = 1; i < SPACES; i++)
        mapped += spaces[i].pages - 1
            + (spaces[i].old != NULL ? spaces[i].old->pages : 0);
    must(records <= mapped);
    must(mapped <= records * PTES_IN_TABLE);
    tlb_check();
}

static bool
chaos(void)
{
    static struct operation running[4];

    random_seed(7);
    machine_start(true);
    for (unsigned i = 1; i < SPACES; i++)
        renew(i);
    model_start();
    preempt_chance = 4;
    for (uint32_t n = rounds(60000, 600000); n != 0; n--) {
        struct operation *o = &running[random_below(ARRAY_SIZE(running))];
        unsigned space = random_below(SPACES);

        (void)cpu_access(space, random_page(space), one_in(2));
        operation_run(o);
        if (one_in(50))
            (void)space_convert(1 + random_below(SPACES - 1), random_size());
        if (one_in(200)) { /* its thread is killed */
            mapdb_forget(&o->p);
            o->kind = NOTHING;
        }
        if (n % 256 == 0)
            check_counts();
    }
    preempt_chance = 0;
    for (unsigned i = 0; i < ARRAY_SIZE(running); i++)
        if (running[i].kind != NOTHING)
            operation_run(&running[i]);
    machine_stop();
    return true;
}

int
main(void)
{
    uint32_t steps = rounds(10000, 150000), seeds = rounds(2, 4);

    plan(28);
    ok(limit_bounds_tables(), "a space has no entry at or beyond its size");
    ok(search_rounds_down(), "a search finds the page it begins in");
    ok(unmap_reaches_everyone(), "unmap takes a page from all who got it");
    ok(siblings_keep_theirs(), "a flush leaves the source and siblings alone");
    ok(rights_only_shrink(), "nobody gets more rights than the source has");
    ok(no_loops(), "a page mapped onto itself or back to its source stays");
    ok(what_is_in_the_way_goes(), "a page in the way goes with its mappings");
    ok(grants_move(), "a grant moves the page and what was mapped from it");
    ok(status_reaches_ancestors(), "status bits reach every mapper above");
    ok(status_survives_a_grant(), "status bits survive a grant");
    ok(kernel_gifts_stay(), "interface pages cannot be replaced or taken");
    ok(utcb_area_stays(), "nothing can be mapped into a UTCB area");
    ok(four_megabytes(), "4 MB are one page until a part is touched");
    ok(parts_of_four_megabytes(), "and what is granted is no part of them");
    ok(four_megabytes_do_not_fit(), "4 MB take the place of nothing else");
    ok(grants_without_memory(), "a grant that fails takes nothing away");
    ok(kernel_memory_is_nobodys(), "kernel memory cannot be mapped");
    ok(user_area_ends(), "nothing is mapped at or above 3 GB");
    ok(limit_stops_a_mapping(), "a mapping stops at a page beyond the limit");
    ok(long_trees(), "a page may go through 510 hands, not through 511");
    ok(wide_trees(), "a page may be shared 20,000 times");
    for (uint32_t seed = 1; seed <= seeds; seed++)
        random_run(seed, false, steps);
    ok(true, "random operations agree with a naive model and the TLB");
    for (uint32_t seed = 1; seed <= seeds; seed++)
        random_run(seed + 1000, true, steps);
    ok(true, "so they do with global pages");
    ok(storm(), "what is interrupted at every point comes to its end");
    preempt_chance = 3;
    for (uint32_t seed = 1; seed <= seeds; seed++)
        random_run(seed + 2000, true, steps / 2);
    ok(preemptions > 10000, "so they do if interrupted all the time");
    ok(wide_trees(), "and so does a wide tree");
    preempt_chance = 0;
    ok(chaos(), "operations broken off and mixed leave nothing behind");
    ok(nothing_leaks(), "when all spaces are gone, no frame is missing");
    return done();
}
