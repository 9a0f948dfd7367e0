/*
 * tests/host/machine.c - what surrounds the mapping code in its tests.
 */
#include "machine.h"

#include "mm/frame.h"
#include "mm/mapdb.h"
#include "mm/progress.h"
#include "mm/ptab.h"
#include "mm/tlb.h"
#include "seg/gdt.h"
#include "seg/slot.h"

#include <string.h>

#define SMALL_PAGES   0x4000u /* 64 MB of small area */
#define BUCKETS       64u /* few: long chains */
#define TLB_ENTRIES   512u
#define KERNEL_MEMORY 0x00800000u /* page tables and such end here */
#define UTCBS_NOWHERE 0xfffff000u /* no user address, and its end is 0 */

struct space spaces[SPACES];
vaddr_t pinned_at[SPACES];
struct space *directory_owner;
bool cpu_has_pge;
uint8_t port_bitmap[IO_MAP_BYTES];
char kip_page[PAGE_SIZE];

static struct tlb_entry {
    uint32_t linear;
    pte_t pte; /* as it was when it was loaded; not present: unused */
} tlb[TLB_ENTRIES];

static void *hidden[4096];
static uint32_t hidden_count;

/* --- Interrupts --- */

int32_t preempt_steps;
uint32_t preempt_chance, preemptions, preempt_storm;
jmp_buf preempted;

void
preempt_point(void)
{
    preempt_steps = 0;
    if (preempt_storm != 0) {
        preempt_steps = PREEMPT_STEPS;
        if (--preempt_storm == 0)
            stop("an operation does not end");
        longjmp(preempted, 1);
    }
    if (preempt_chance == 0 || !one_in(preempt_chance))
        return;
    preemptions++;
    longjmp(preempted, 1);
}

/*
 * --- Physical memory: pages 16-111 but for each eighth, some at the top,
 * twice 4 MB without a hole, and twice 4 MB of which 8 pages are there ---
 */

static bool
page_is_user(uint32_t page)
{
    return (page >= 16 && page < 112 && page % 8 != 0) || page == 7 ||
           (page >= BIG_MEMORY >> PAGE_BITS &&
            page < (BIG_MEMORY + 2 * BIG_BYTES) >> PAGE_BITS) ||
           (page >= HOLED_MEMORY >> PAGE_BITS &&
            page < (HOLED_MEMORY >> PAGE_BITS) + 8) ||
           (page >= (LATE_MEMORY >> PAGE_BITS) + PTES_IN_TABLE - 8 &&
            page < (LATE_MEMORY >> PAGE_BITS) + PTES_IN_TABLE) ||
           page == 0xbfffe || page == 0xc0000 || page >= 0xffffe;
}

bool
frames_are_user(paddr_t first, paddr_t last)
{
    for (uint32_t page = first >> PAGE_BITS; page <= last >> PAGE_BITS; page++)
        if (!page_is_user(page))
            return false;
    return true;
}

paddr_t
user_memory_next(paddr_t from)
{
    static const paddr_t begins[] = {
        0, BIG_MEMORY, HOLED_MEMORY,
        LATE_MEMORY + BIG_BYTES - 8 * PAGE_SIZE, 0xbfffe000u, 0xffffe000u};
    static const paddr_t ends[] = {112 * PAGE_SIZE, BIG_MEMORY + 2 * BIG_BYTES,
                                   HOLED_MEMORY + 8 * PAGE_SIZE,
                                   LATE_MEMORY + BIG_BYTES, 0xc0001000u, 0};

    for (unsigned i = 0; i < ARRAY_SIZE(begins); i++)
        for (uint64_t pa = max_u32(from, begins[i]);
             pa < (ends[i] == 0 ? 1ull << 32 : ends[i]); pa += PAGE_SIZE)
            if (frame_is_user((paddr_t)pa))
                return (paddr_t)pa;
    return NO_MEMORY_ABOVE;
}

/* --- The processor --- */

/*
 * The entry that a walk from the loaded directory finds, the directory's own
 * for 4 MB, or NULL.
 */
static pte_t *
walk(uint32_t linear)
{
    pte_t pde;

    if (linear >= SMALL_AREA_BASE)
        return &small_area_ptes[(linear - SMALL_AREA_BASE) >> PAGE_BITS];
    pde = directory_owner == NULL
        ? 0 : directory_owner->directory[linear / TABLE_BYTES];
    if ((pde & (PTE_P | PTE_PS)) == (PTE_P | PTE_PS))
        return &directory_owner->directory[linear / TABLE_BYTES];
    return (pde & PTE_P) == 0
        ? NULL
        : (pte_t *)window(pde & PTE_FRAME)
            + (linear >> PAGE_BITS) % PTES_IN_TABLE;
}

void
space_load_directory(struct space *space)
{
    directory_owner = space;
    for (unsigned i = 0; i < TLB_ENTRIES; i++)
        if ((tlb[i].pte & PTE_G) == 0)
            tlb[i].pte = 0;
}

void
tlb_invlpg(uint32_t linear)
{
    for (unsigned i = 0; i < TLB_ENTRIES; i++)
        if ((tlb[i].linear ^ linear) <
            ((tlb[i].pte & PTE_PS) != 0 ? BIG_BYTES : PAGE_SIZE))
            tlb[i].pte = 0;
}

static struct tlb_entry *
tlb_lookup(uint32_t linear)
{
    struct tlb_entry *unused = NULL;

    for (unsigned i = 0; i < TLB_ENTRIES; i++) {
        if (tlb[i].pte == 0)
            unused = &tlb[i];
        else if (tlb[i].linear == linear)
            return &tlb[i];
    }
    if (unused == NULL)
        unused = &tlb[random_below(TLB_ENTRIES)];
    *unused = (struct tlb_entry){linear, 0};
    return unused;
}

bool
cpu_access(unsigned i, vaddr_t va, bool write)
{
    struct space *s = &spaces[i];
    struct tlb_entry *cached;
    pte_t *entry;
    pte_t bits = write ? PTE_A | PTE_D : PTE_A;

    if (va >= s->size)
        return false; /* limit fault */
    if (!space_is_small(s) && directory_owner != s)
        space_load_directory(s);
    cached = tlb_lookup((s->base + va) & PTE_FRAME);
    if ((cached->pte & PTE_P) != 0 && (cached->pte & bits) == bits)
        return !write || (cached->pte & PTE_W) != 0;
    cached->pte = 0;
    if (s->old != NULL)
        (void)ptab_carry(s, va); /* what a page fault does */
    entry = walk(s->base + va);
    if (entry == NULL || (*entry & (PTE_P | PTE_US)) != (PTE_P | PTE_US))
        return false;
    if (write && (*entry & PTE_W) == 0)
        return false;
    *entry |= bits;
    cached->pte = *entry;
    return true;
}

void
tlb_check(void)
{
    for (unsigned i = 0; i < TLB_ENTRIES; i++) {
        pte_t cached = tlb[i].pte;
        pte_t *entry;

        if (cached == 0)
            continue;
        entry = walk(tlb[i].linear);
        must(entry != NULL && (*entry & PTE_P) != 0);
        must(((*entry ^ cached) & (PTE_FRAME | PTE_PS | PTE_CACHING)) == 0);
        /* Nothing may be remembered that was taken away. */
        must((cached & ~*entry & (PTE_W | PTE_A | PTE_D)) == 0);
    }
}

/* --- Spaces --- */

vaddr_t
page_first(struct space *s, vaddr_t va, vaddr_t end)
{
    while ((va = ptab_next(s, va, end)) < end) {
        const pte_t *entry = ptab_find(s, va);

        if (entry != NULL && (*entry & PTE_P) != 0)
            return va;
        va += PAGE_SIZE;
    }
    return end;
}

static void
space_shape(struct space *s, uint32_t size)
{
    uint32_t at = 0;

    s->size = size == 0 ? USER_TOP : size;
    if (size != 0) {
        s->base = slot_claim(size, random_below(SLOT_COLOURS), &at);
        must(s->base != 0);
        return;
    }
    s->directory = frame_alloc();
    must(s->directory != NULL);
    s->directory[USER_TOP / TABLE_BYTES] =
        kernel_space.directory[USER_TOP / TABLE_BYTES];
    s->cr3 = window_paddr(s->directory);
}

void
space_start(unsigned i, uint32_t size)
{
    memset(&spaces[i], 0, sizeof spaces[i]);
    spaces[i].is_sigma0 = i == SIGMA0;
    spaces[i].utcb = UTCBS_NOWHERE;
    spaces[i].utcb_size = PAGE_SIZE;
    spaces[i].first_thread = (struct thread *)&spaces[i]; /* it is alive */
    space_shape(&spaces[i], size);
}

void
space_pin(unsigned i, vaddr_t va)
{
    pte_t *entry = ptab_make(&spaces[i], va);

    must(entry != NULL);
    pinned_at[i] = va;
    ptab_set(&spaces[i], va, entry,
             KERNEL_MEMORY + i * PAGE_SIZE + (PTE_P | PTE_US | PTE_PINNED));
}

/* Ends every move that was begun. */
static void
finish(void)
{
    (void)setjmp(preempted);
    space_finish();
}

void
space_end(unsigned i)
{
    struct space *s = &spaces[i];

    finish();
    while (s->pages != 0) { /* the pinned one */
        vaddr_t va = page_first(s, 0, s->size);

        (void)ptab_clear(s, va, ptab_find(s, va));
    }
    if (space_is_small(s)) {
        slot_release(s->base, s->size);
        return;
    }
    if (directory_owner == s)
        space_load_directory(&kernel_space);
    (void)setjmp(preempted);
    ptab_drop_tables(s);
    must(s->directory[USER_TOP / TABLE_BYTES] != 0); /* everybody's */
    frame_free(s->directory);
}

static bool
fits(struct space *s, uint32_t size)
{
    static struct progress p;

    mapdb_forget(&p);
    (void)setjmp(preempted);
    return space_fits(s, size, &p);
}

/* A move is left half done now and then. */
bool
space_convert(unsigned i, uint32_t size)
{
    struct space *s = &spaces[i];
    uint32_t at = 0;
    vaddr_t base;
    bool done;

    (void)setjmp(preempted);
    if (size == 0) {
        done = space_make_large(s);
    } else {
        if (!fits(s, size))
            return false;
        base = slot_claim(size, random_below(SLOT_COLOURS), &at);
        done = base != 0 && space_make_small(s, base, size);
        if (!done && base != 0)
            slot_release(base, size);
    }
    if (one_in(2))
        finish();
    return done;
}

void
machine_halt(void)
{
    space_load_directory(NULL);
    space_end(SIGMA0);
}

void
machine_start(bool global_pages)
{
    static bool booted;

    if (!booted) {
        frame_give(0x00100000, KERNEL_MEMORY);
        space_init(frame_alloc_run(1), SMALL_PAGES << PAGE_BITS);
        must(mapdb_init(BUCKETS));
    }
    booted = true;
    cpu_has_pge = global_pages;
    space_start(SIGMA0, 0);
    space_load_directory(&spaces[SIGMA0]);
    space_pin(SIGMA0, 7 * PAGE_SIZE);
}

void
frames_hide(bool hide)
{
    void *frame;

    while (!hide && hidden_count != 0)
        frame_free(hidden[--hidden_count]);
    while (hide && (frame = frame_alloc()) != NULL)
        hidden[hidden_count++] = frame;
}
