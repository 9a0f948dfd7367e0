/*
 * protocol.c - deciding what a client gets (protocol.h).
 */
#include "protocol.h"

#define TAG_U(tag)     ((tag)&0x3f)
#define TAG_T(tag)     ((tag) >> 6 & 0x3f)
#define TAG_LABEL(tag) ((tag) >> 16)

#define LABEL_PAGE_FAULT 0xffe0u /* low four bits: access */
#define LABEL_IO_FAULT   0xff80u
#define LABEL_RPC        0xffa0u
#define LABEL_EXTENDED   0xc170u

#define FPAGE_RIGHTS  0x7u
#define FPAGE_WIDE    0x8u /* MR3 holds address bits from 32 up */
#define FPAGE_SIZE(f) ((f) >> 4 & 0x3f)
#define FPAGE_BASE    0xfffffc00u
#define FPAGE_SIZE_IO 2u
#define ANYTHING      FPAGE_BASE /* the base of a request for any memory */
#define ITEM_MAP      0x8u

#define EXTENDED_VERBOSE 1u
#define EXTENDED_DUMP    2u
#define EXTENDED_ALONE   3u

#define DEFAULT_ATTRIBUTE 0u
#define ATTRIBUTES        32u
#define KERNEL_SHARE      8u /* the kernel is recommended an eighth */

static uint32_t thread_no(uint32_t id)
{
    return id >> 14;
}

static int is_kernel(const struct sigma0 *s, uint32_t from)
{
    return thread_no(from) >= s->kernel_low && thread_no(from) < s->kernel_high;
}

static enum sigma0_reply refuse(uint32_t item[2])
{
    item[0] = ITEM_MAP;
    item[1] = 0;
    return SIGMA0_REFUSE;
}

/* All rights to 2^log2 bytes at `address`, mapped 1:1. */
static enum sigma0_reply give(uint32_t item[2], uint32_t address, uint32_t log2)
{
    item[0] = address | ITEM_MAP;
    item[1] = address | log2 << 4 | FPAGE_RIGHTS;
    return SIGMA0_MAP;
}

/* Ports belong to who asks first; the send base means nothing. */
static int give_ports(struct sigma0 *s, uint32_t from, uint32_t fpage,
                      uint32_t item[2])
{
    uint32_t first = fpage >> 16;
    uint32_t log2 = fpage >> 10 & 0x3f;

    if (log2 > 16 || first + (1u << log2) > PORTS ||
        !ports_take(&s->ports, first, first + (1u << log2) - 1, from))
        return 0;
    item[0] = ITEM_MAP;
    item[1] = fpage;
    return 1;
}

/* One page of what may be had by touching it: conventional memory, shared
 * memory, and what the faulting thread owns already. A thread that may not have
 * it gets no answer: an empty one would make it fault again for ever. */
static enum sigma0_reply page_fault(struct sigma0 *s, uint32_t from,
                                    uint32_t address, uint32_t item[2])
{
    uint32_t page = address >> POOL_PAGE_LOG2;
    const struct pool_extent *e = pool_find(&s->pool, page);

    if (!e || (e->owner != from && e->kind != POOL_SHARED &&
               e->kind != POOL_CONVENTIONAL))
        return SIGMA0_SILENT;
    if (!pool_take(&s->pool, page, page, from))
        return SIGMA0_SILENT;
    return give(item, page << POOL_PAGE_LOG2, POOL_PAGE_LOG2);
}

static enum sigma0_reply any_memory(struct sigma0 *s, uint32_t from,
                                    uint32_t log2, uint32_t item[2])
{
    uint32_t page = pool_take_any(&s->pool, log2 - POOL_PAGE_LOG2, from);

    if (page == POOL_PAGES)
        return refuse(item);
    return give(item, page << POOL_PAGE_LOG2, log2);
}

static enum sigma0_reply exact_memory(struct sigma0 *s, uint32_t from,
                                      uint32_t base, uint32_t log2,
                                      uint32_t item[2])
{
    uint32_t size = 1u << log2;
    uint32_t address = base & ~(size - 1);

    if (!pool_take(&s->pool, address >> POOL_PAGE_LOG2,
                   (address + (size - 1)) >> POOL_PAGE_LOG2, from))
        return refuse(item);
    return give(item, address, log2);
}

/* The size of memory for a kernel that leaves that to sigma0: a power of two,
 * an eighth of what is free or less. */
static uint32_t recommended_log2(const struct sigma0 *s)
{
    uint32_t pages =
        pool_sum(&s->pool, POOL_CONVENTIONAL, POOL_FREE) / KERNEL_SHARE;
    uint32_t order = 0;

    while (pages >> order > 1)
        order++;
    return POOL_PAGE_LOG2 + order;
}

static enum sigma0_reply memory(struct sigma0 *s, uint32_t from, uint32_t base,
                                uint32_t log2, uint32_t item[2])
{
    if (log2 == 0 && base == ANYTHING && is_kernel(s, from))
        log2 = recommended_log2(s);
    if (log2 < POOL_PAGE_LOG2 || log2 > 31)
        return refuse(item);
    if (base == ANYTHING)
        return any_memory(s, from, log2, item);
    return exact_memory(s, from, base, log2, item);
}

static int has_attribute(const struct sigma0 *s, uint32_t attribute)
{
    return attribute < ATTRIBUTES && (s->attributes >> attribute & 1);
}

/* mr[1] fpage, mr[2] attribute, mr[3] high address bits if there. */
static enum sigma0_reply request(struct sigma0 *s, uint32_t from, uint32_t u,
                                 const uint32_t mr[4], uint32_t item[2])
{
    uint32_t fpage = mr[1];
    uint32_t attribute = mr[2];
    enum sigma0_reply reply;

    if (u == 3 && (fpage & FPAGE_WIDE) && mr[3] != 0)
        return refuse(item);
    if (FPAGE_SIZE(fpage) == FPAGE_SIZE_IO)
        return attribute == DEFAULT_ATTRIBUTE &&
                       give_ports(s, from, fpage, item)
                   ? SIGMA0_MAP
                   : refuse(item);
    if (attribute != DEFAULT_ATTRIBUTE && !has_attribute(s, attribute))
        return refuse(item);
    reply = memory(s, from, fpage & FPAGE_BASE, FPAGE_SIZE(fpage), item);
    if (reply == SIGMA0_MAP && attribute != DEFAULT_ATTRIBUTE)
        return SIGMA0_MAP_AS;
    return reply;
}

static enum sigma0_reply extended(struct sigma0 *s, uint32_t from,
                                  const uint32_t mr[4])
{
    if (from != s->root && !is_kernel(s, from))
        return SIGMA0_SILENT;
    switch (mr[1]) {
    case EXTENDED_VERBOSE:
        s->verbose = mr[2];
        return SIGMA0_SILENT;
    case EXTENDED_DUMP:
        return mr[2] ? SIGMA0_DUMP_REPLY : SIGMA0_DUMP;
    case EXTENDED_ALONE:
        s->alone = mr[2] != 0;
        return SIGMA0_SILENT;
    default:
        return SIGMA0_SILENT;
    }
}

/* The root server may have said that the rest asks itself. */
static int is_served(const struct sigma0 *s, uint32_t from)
{
    return !s->alone || from == s->root || is_kernel(s, from);
}

enum sigma0_reply sigma0_handle(struct sigma0 *s, uint32_t from, uint32_t tag,
                                const uint32_t mr[4], uint32_t item[2])
{
    uint32_t u = TAG_U(tag);

    if (TAG_T(tag) != 0)
        return SIGMA0_SILENT;
    if (!is_served(s, from))
        return TAG_LABEL(tag) == LABEL_RPC ? refuse(item) : SIGMA0_SILENT;
    if ((TAG_LABEL(tag) & 0xfff0u) == LABEL_PAGE_FAULT && u == 2)
        return page_fault(s, from, mr[1], item);
    if ((TAG_LABEL(tag) & 0xfff0u) == LABEL_IO_FAULT && u == 2 &&
        FPAGE_SIZE(mr[1]) == FPAGE_SIZE_IO)
        return give_ports(s, from, mr[1], item) ? SIGMA0_MAP : SIGMA0_SILENT;
    if (TAG_LABEL(tag) == LABEL_RPC && (u == 2 || u == 3))
        return request(s, from, u, mr, item);
    if (TAG_LABEL(tag) == LABEL_EXTENDED && u == 2)
        return extended(s, from, mr);
    return SIGMA0_SILENT;
}
