/* The branch target buffer. */
#include "btb.h"

#include <stddef.h>

static struct btb_entry *set_of(struct btb *btb, uint32_t va)
{
    return btb->entry[va >> 2 & (BTB_SETS - 1)];
}

static struct btb_entry *find(struct btb *btb, uint32_t va)
{
    struct btb_entry *set = set_of(btb, va);
    for (unsigned way = 0; way < BTB_WAYS; way++)
        if (set[way].va == va) {
            set[way].used = ++btb->clock;
            return &set[way];
        }
    return NULL;
}

static struct btb_entry *enter(struct btb *btb, uint32_t va)
{
    struct btb_entry *set = set_of(btb, va), *oldest = set;
    for (unsigned way = 1; way < BTB_WAYS; way++)
        if (set[way].used < oldest->used)
            oldest = &set[way];
    *oldest = (struct btb_entry){.va = va, .used = ++btb->clock, .state = 3};
    return oldest;
}

bool btb_direction(struct btb *btb, uint32_t va, bool taken)
{
    struct btb_entry *e = find(btb, va);
    if (!e) {
        if (taken)
            enter(btb, va);
        return !taken;
    }
    bool predicted = e->state >= 2;
    if (taken)
        e->state = e->state == 0 || e->state == 3 ? 3 : e->state + 1;
    else if (e->state)
        e->state--;
    return predicted == taken;
}

bool btb_indirect(struct btb *btb, uint32_t va, uint32_t target)
{
    struct btb_entry *e = find(btb, va);
    if (e && e->target == target)
        return true;
    if (!e)
        e = enter(btb, va);
    e->target = target;
    return false;
}
