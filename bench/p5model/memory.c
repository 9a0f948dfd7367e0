/* Caches, TLBs and page walks put together. */
#include "memory.h"

#include "cost.h"

#define PAGE_MASK 0xfffu

static void
forget_last(struct memory *m)
{
    m->fetch.number = m->data.number = NO_PAGE;
    m->fetch_line = NO_PAGE;
}

void
memory_empty_caches(struct memory *m)
{
    cache_empty(&m->l1i);
    cache_empty(&m->l1d);
    forget_last(m);
}

void
memory_init(struct memory *m, struct counters *count, const struct guest *guest,
            bool p6)
{
    m->count = count;
    m->guest = guest;
    m->p6 = p6;
    tlb_init(&m->itlb, 8, PAGE_SHIFT);
    tlb_init(&m->itlb_large, 1, LARGE_SHIFT);
    tlb_init(&m->dtlb, 16, PAGE_SHIFT);
    tlb_init(&m->dtlb_large, 2, LARGE_SHIFT);
    m->itlb_large.ways = P6_ITLB_LARGE;
    cache_init(&m->l1i, p6 ? 4 : 2);
    cache_init(&m->l1d, p6 ? 4 : 2);
    forget_last(m);
}

static inline void
tell(const struct memory *m, enum touch_kind kind, uint32_t va, uint32_t pa,
     bool large, uint64_t before)
{
    if (m->touched)
        m->touched(&(struct touch){.kind = kind,
                                   .va = va,
                                   .pa = pa,
                                   .large = large,
                                   .cycles = m->count->cycles - before});
}

static inline void
data_line(struct memory *m, uint32_t pa, bool store)
{
    if (cache_access(&m->l1d, pa, !store || m->p6))
        return;
    if (store) {
        m->count->l1d_write_misses++;
        m->count->cycles += cost[COST_wmiss];
    } else {
        m->count->l1d_misses++;
        m->count->cycles += cost[COST_miss];
    }
}

static void
read_table(struct memory *m, uint32_t va, uint32_t entry_pa)
{
    uint64_t before = m->count->cycles;
    data_line(m, entry_pa, false);
    tell(m, TOUCH_TABLE, va, entry_pa, false, before);
}

/* The walk reads its entries through the data cache. */
static void
charge_walk(struct memory *m, uint32_t va, bool fetch,
            const struct mapping *map)
{
    uint64_t before = m->count->cycles;
    m->count->cycles += cost[COST_walk] + cost[COST_walkref];
    if (map->pte_pa)
        m->count->cycles += cost[COST_walkref];
    tell(m, fetch ? TOUCH_REFILL_CODE : TOUCH_REFILL_DATA, va, map->frame,
         map->large, before);
    read_table(m, va, map->pde_pa);
    if (map->pte_pa)
        read_table(m, va, map->pte_pa);
}

static void
fill(struct memory *m, uint32_t va, bool fetch, const struct mapping *map)
{
    bool large = map->large && (!fetch || m->p6);
    if (fetch)
        m->count->itlb_misses++;
    else
        m->count->dtlb_misses++;
    if (large)
        tlb_fill(fetch ? &m->itlb_large : &m->dtlb_large, va,
                 map->frame & ~((1u << LARGE_SHIFT) - 1), map->global);
    else
        tlb_fill(fetch ? &m->itlb : &m->dtlb, va, map->frame, map->global);
}

uint32_t
memory_translate(struct memory *m, uint32_t va, bool fetch)
{
    if (!guest_paging(m->guest))
        return va;
    struct last_page *last = fetch ? &m->fetch : &m->data;
    struct tlb_entry *e = tlb_find(fetch ? &m->itlb : &m->dtlb, va);
    if (e) {
        *last = (struct last_page){va >> PAGE_SHIFT, e->frame, false};
        return e->frame | (va & PAGE_MASK);
    }
    if (!fetch || m->p6) /* else nothing is in it */
        e = tlb_find(fetch ? &m->itlb_large : &m->dtlb_large, va);
    if (e) {
        uint32_t pa = e->frame | (va & ((1u << LARGE_SHIFT) - 1));
        *last = (struct last_page){va >> PAGE_SHIFT, pa & ~PAGE_MASK, true};
        return pa;
    }
    struct mapping map = guest_lookup(m->guest, va);
    charge_walk(m, va, fetch, &map);
    if (!map.present) /* the tables changed under a stale TLB entry */
        return va;
    fill(m, va, fetch, &map);
    *last =
        (struct last_page){va >> PAGE_SHIFT, map.frame, map.large && !fetch};
    return map.frame | (va & PAGE_MASK);
}

void
memory_fetch_line(struct memory *m, uint32_t va)
{
    m->fetch_line = va >> LINE_SHIFT;
    uint32_t pa = va >> PAGE_SHIFT == m->fetch.number
                      ? m->fetch.frame | (va & PAGE_MASK)
                      : memory_translate(m, va, true);
    uint64_t before = m->count->cycles;
    if (!cache_access(&m->l1i, pa, true)) {
        m->count->l1i_misses++;
        m->count->cycles += cost[COST_miss];
    }
    tell(m, TOUCH_FETCH, va, pa, false, before);
}

static inline uint32_t
data_one_line(struct memory *m, uint32_t va, bool store)
{
    uint32_t pa = va >> PAGE_SHIFT == m->data.number
                      ? m->data.frame | (va & PAGE_MASK)
                      : memory_translate(m, va, false);
    uint64_t before = m->count->cycles;
    data_line(m, pa, store);
    tell(m, store ? TOUCH_STORE : TOUCH_LOAD, va, pa, m->data.large, before);
    return pa;
}

/* Words must not cross a dword; dwords and more must be aligned. */
static bool
misaligned(uint32_t va, unsigned size)
{
    return size == 2 ? (va & 3) == 3 : (va & (size - 1) & 7) != 0;
}

uint32_t
memory_access(struct memory *m, uint32_t va, unsigned size, bool store)
{
    uint32_t pa = data_one_line(m, va, store);
    if (size > 1 && misaligned(va, size)) {
        m->count->cycles += cost[COST_misaligned];
        uint32_t last = va + size - 1;
        if ((va ^ last) >> LINE_SHIFT)
            data_one_line(m, last, store);
    }
    return pa;
}

void
memory_flush(struct memory *m, bool keep_global)
{
    tlb_flush(&m->itlb, keep_global);
    tlb_flush(&m->itlb_large, keep_global);
    tlb_flush(&m->dtlb, keep_global);
    tlb_flush(&m->dtlb_large, keep_global);
    forget_last(m);
}

void
memory_invlpg(struct memory *m, uint32_t va)
{
    tlb_drop(&m->itlb, va);
    tlb_drop(&m->itlb_large, va);
    tlb_drop(&m->dtlb, va);
    tlb_drop(&m->dtlb_large, va);
    forget_last(m);
}
