/* Caches, TLBs and page walks. */
#include <stddef.h>

#include "fake.h"

#define PAGE 4096u

static void
cache(void)
{
    struct cache c;
    cache_init(&c, 2);
    check(cache_access(&c, 0x100, true), false, "an empty cache misses");
    check(cache_access(&c, 0x11c, true), true, "the same line hits");
    check(cache_access(&c, 0x120, true), false, "the next line misses");
    check(cache_access(&c, 0x1100, true), false, "second way of a set");
    check(cache_access(&c, 0x100, true), true, "both ways hold");
    check(cache_access(&c, 0x2100, true), false, "a third line of the set");
    check(cache_access(&c, 0x100, true), true, "the recent one stayed");
    check(cache_access(&c, 0x1100, true), false, "the older one went");
    check(cache_access(&c, 0x3000, false), false, "a write miss ...");
    check(cache_access(&c, 0x3000, true), false, "... allocates nothing");
}

static void
tlb(void)
{
    static struct tlb t;
    tlb_init(&t, 16, PAGE_SHIFT);
    for (uint32_t i = 0; i < 4; i++)
        tlb_fill(&t, i * 16 * PAGE, i * PAGE, i == 2);
    check(tlb_find(&t, 16 * PAGE + 5)->frame, PAGE, "four ways of one set");
    tlb_find(&t, 0);
    tlb_fill(&t, 4 * 16 * PAGE, 0, false);
    check(tlb_find(&t, 2 * 16 * PAGE) == NULL, true, "the oldest is replaced");
    check(tlb_find(&t, 0) != NULL, true, "one used since is not");
    tlb_fill(&t, 2 * 16 * PAGE, 0, true);
    tlb_flush(&t, true);
    check(tlb_find(&t, 0) == NULL, true, "a flush drops pages");
    check(tlb_find(&t, 2 * 16 * PAGE) != NULL, true, "... but global ones");
    tlb_flush(&t, false);
    check(tlb_find(&t, 2 * 16 * PAGE) == NULL, true,
          "a full flush drops these, too");
    tlb_fill(&t, 2 * 16 * PAGE, 0, true);
    tlb_drop(&t, 2 * 16 * PAGE);
    check(tlb_find(&t, 2 * 16 * PAGE) == NULL, true,
          "invlpg drops a global page");
}

static uint64_t
load(struct model *m, uint32_t va, unsigned size)
{
    uint64_t before = m->count.cycles;
    memory_access(&m->memory, va, size, false);
    return m->count.cycles - before;
}

static void
walks(void)
{
    struct model *m = fake_model();
    check(load(m, FAKE_DATA, 4), 5 + 2 + 12 + 2 + 12 + 12,
          "cold: walk 5, two entries 2+12, data 12");
    check(load(m, FAKE_DATA, 4), 0, "warm: nothing");
    check(load(m, FAKE_DATA + PAGE + 64, 4), 9 + 12,
          "walk with cached entries: 9 and the data's miss");
    memory_flush(&m->memory, false);
    check(load(m, FAKE_DATA, 4), 9, "after a flush the walk alone: 9");
    check(m->count.dtlb_misses, 3, "three data TLB misses");
    memory_flush(&m->memory, false);
    load(m, 0x400000 + FAKE_DATA, 4); /* brings the PDE in */
    memory_flush(&m->memory, false);
    check(load(m, 0x400000 + FAKE_DATA, 4), 7, "a 4 MB page: 5 + 2");
    check(load(m, 0x400000 + FAKE_DATA + PAGE + 96, 4), 12,
          "... holds the next 4 KB: the data's miss, no walk");
    check(m->count.l1d_write_misses, 0, "no write miss so far");
}

static void
fetches(void)
{
    struct model *m = fake_model();
    memory_fetch(&m->memory, 0x400000, 0x400001);
    memory_fetch(&m->memory, 0x401000, 0x401001);
    check(m->count.itlb_misses, 2, "code in a 4 MB page: 4 KB entries");
    uint64_t misses = m->count.l1i_misses;
    memory_fetch(&m->memory, 0x40101e, 0x401022);
    check(m->count.l1i_misses - misses, 1,
          "an instruction across two lines fetches both");
    check(m->count.dtlb_misses, 0, "fetches leave the data TLB alone");
}

static void
alignment(void)
{
    struct model *m = fake_model();
    load(m, FAKE_DATA, 4);
    load(m, FAKE_DATA + 32, 4);
    check(load(m, FAKE_DATA + 1, 2), 0, "a word inside a dword is aligned");
    check(load(m, FAKE_DATA + 3, 2), 3, "a word across two is not");
    check(load(m, FAKE_DATA + 1, 4), 3, "a dword off its place is not");
    check(load(m, FAKE_DATA + 30, 4), 3, "... across two lines neither");
    check(load(m, FAKE_DATA + 62, 4), 3 + 12, "... and may miss the second");
}

static void
writes(void)
{
    struct model *m = fake_model();
    load(m, FAKE_DATA, 4);
    uint64_t before = m->count.cycles;
    memory_access(&m->memory, FAKE_DATA + 64, 4, true);
    memory_access(&m->memory, FAKE_DATA + 64, 4, true);
    check(m->count.cycles - before, 6, "write misses: 3 each, every time");
    check(m->count.l1d_write_misses, 2, "... counted apart from reads");
}

/* A P6: four ways, lines brought in by writes, large pages in the ITLB. */
static void
p6(void)
{
    struct cache c;
    cache_init(&c, 4);
    for (uint32_t i = 0; i < 4; i++)
        cache_access(&c, i << 12, true);
    check(cache_access(&c, 0, true), true, "P6: four ways of a set");
    check(cache_access(&c, 4 << 12, true), false, "... no fifth");
    check(cache_access(&c, 1 << 12, true), false, "... the oldest went");
    check(cache_access(&c, 0, true), true, "... not the one used since");
    struct model *m = fake_model();
    memory_init(&m->memory, &m->count, &fake_guest, true);
    memory_fetch(&m->memory, 0x400000, 0x400001);
    memory_fetch(&m->memory, 0x401000, 0x401001);
    check(m->count.itlb_misses, 1, "P6: code in a 4 MB page: one entry");
    memory_access(&m->memory, FAKE_DATA + 64, 4, true);
    memory_access(&m->memory, FAKE_DATA + 64, 4, true);
    check(m->count.l1d_write_misses, 1, "P6: a write miss brings the line in");
}

static struct touch told[8];
static unsigned tellings;

static void
remember(const struct touch *touch)
{
    if (tellings < 8)
        told[tellings++] = *touch;
}

static void
touches(void)
{
    struct model *m = fake_model();
    m->memory.touched = remember;
    load(m, FAKE_DATA, 4);
    check(tellings, 4, "a cold load is told as four references:");
    check(told[0].kind == TOUCH_REFILL_DATA && told[0].cycles == 9, true,
          "the refill, 9 cycles");
    check(told[1].kind == TOUCH_TABLE && told[2].kind == TOUCH_TABLE &&
              told[1].cycles == 12 && told[2].pa - FAKE_PT < PAGE,
          true, "two reads of tables, 12 each");
    check(told[3].kind == TOUCH_LOAD && told[3].va == FAKE_DATA &&
              told[3].pa == FAKE_DATA && told[3].cycles == 12,
          true, "the load itself, 12");
    tellings = 0;
    load(m, 0x400000 + FAKE_DATA, 4);
    load(m, 0x400000 + FAKE_DATA, 4);
    check(tellings == 4 && told[2].large && told[3].large, true,
          "through a 4 MB entry: said of both, new and old");
    tellings = 0;
    memory_fetch(&m->memory, 0x400000 + FAKE_DATA, 0x400001 + FAKE_DATA);
    check(told[tellings - 1].kind == TOUCH_FETCH && !told[tellings - 1].large,
          true, "code takes 4 KB entries");
}

int
main(void)
{
    cache();
    tlb();
    walks();
    fetches();
    alignment();
    writes();
    p6();
    touches();
    return tap_end();
}
