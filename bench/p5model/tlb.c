/* Set-associative translation buffers with least-recently-used replacement. */
#include "tlb.h"

#include <string.h>

void tlb_init(struct tlb *tlb, unsigned sets, unsigned shift)
{
    memset(tlb, 0, sizeof *tlb);
    tlb->sets = sets;
    tlb->ways = TLB_WAYS;
    tlb->shift = shift;
}

static struct tlb_entry *set_of(struct tlb *tlb, uint32_t va)
{
    return tlb->entry[(va >> tlb->shift) & (tlb->sets - 1)];
}

static uint32_t tag_of(const struct tlb *tlb, uint32_t va)
{
    return va >> tlb->shift | TLB_VALID;
}

struct tlb_entry *tlb_find(struct tlb *tlb, uint32_t va)
{
    struct tlb_entry *set = set_of(tlb, va);
    uint32_t tag = tag_of(tlb, va);
    for (unsigned way = 0; way < TLB_WAYS; way++)
        if (set[way].tag == tag) {
            set[way].used = ++tlb->clock;
            return &set[way];
        }
    return NULL;
}

static struct tlb_entry *victim(struct tlb_entry *set, unsigned ways)
{
    struct tlb_entry *oldest = set;
    for (unsigned way = 0; way < ways; way++) {
        if (!set[way].tag)
            return &set[way];
        if (set[way].used < oldest->used)
            oldest = &set[way];
    }
    return oldest;
}

void tlb_fill(struct tlb *tlb, uint32_t va, uint32_t frame, bool global)
{
    *victim(set_of(tlb, va), tlb->ways) =
        (struct tlb_entry){tag_of(tlb, va), frame, ++tlb->clock, global};
}

void tlb_flush(struct tlb *tlb, bool keep_global)
{
    for (unsigned set = 0; set < tlb->sets; set++)
        for (unsigned way = 0; way < TLB_WAYS; way++)
            if (!keep_global || !tlb->entry[set][way].global)
                tlb->entry[set][way].tag = 0;
}

void tlb_drop(struct tlb *tlb, uint32_t va)
{
    struct tlb_entry *set = set_of(tlb, va);
    for (unsigned way = 0; way < TLB_WAYS; way++)
        if (set[way].tag == tag_of(tlb, va))
            set[way].tag = 0;
}
