/*
 * placement.c - automatic placement (placement.h).
 */
#include "placement.h"
#include "heap.h"
#include "memory.h"
#include "program.h"

#include <l4/schedule.h>
#include <pn/compact.h>
#include <pn/libc.h>
#include <pn/space.h>

/* Bytes of its slot; 0: its space is large. */
static L4_Word_t slot_bytes(const struct program *p)
{
    struct pn_place place;
    L4_Word_t old;

    if (!pn_place(p->thread, 0, 0, &old, &place) || !PN_WasSmall(old))
        return 0;
    return place.size;
}

static int place(const struct program *p, L4_Word_t pages)
{
    struct pn_place now;
    L4_Word_t old;

    return pn_place(p->thread, PN_AskPager(PN_SmallPages(pages)), 0, &old,
                    &now) &&
           PN_TookEffect(old);
}

/* A slot for so many pages, with some to spare if there is room for these, too;
 * else a large space. */
static int place_for(const struct program *p, L4_Word_t pages)
{
    unsigned slot;

    if (pages < p->least)
        pages = p->least;
    slot = growth_slot((unsigned)pages, (unsigned)program_pages_most(p),
                       p->threshold);

    return (slot != 0 && (place(p, slot) || place(p, pages))) || place(p, 0);
}

static int place_as(const struct program *p, enum command_size size)
{
    switch (size) {
    case COMMAND_AUTO:
        return place_for(p, program_pages(p));
    case COMMAND_LARGE:
        return pn_space_resize(p->thread, 0);
    default:
        return pn_space_resize(p->thread, program_pages(p)) ||
               size == COMMAND_ANY;
    }
}

int placement_set(struct program *p, enum command_size size)
{
    int done = place_as(p, size);

    if (done)
        p->size = size;
    return done;
}

static size_t peek(void *client, uint32_t address, void *bytes, size_t n)
{
    const struct program *p = (const struct program *)client;
    size_t done = 0;

    while (done < n) {
        L4_Word_t there;
        const void *from = program_view(p, address + done, &there);

        if (!from)
            break;
        if (there > n - done)
            there = n - done;
        memcpy((char *)bytes + done, from, there);
        done += there;
    }
    return done;
}

/*
 * Anybody can send what looks like a fault, so the limit is the kernel's word.
 * An instruction that is not understood makes the space large; then page faults
 * tell the addresses.
 */
int placement_fault(struct program *p, struct pn_fault *fault)
{
    struct pn_access access;
    L4_Word_t last = program_pages_most(p) * PAGE_SIZE - 1;

    fault->limit = slot_bytes(p);
    if (fault->limit == 0)
        return 1; /* that was decided meanwhile */
    if (p->size != COMMAND_AUTO)
        return pn_space_resize(p->thread, 0); /* so was this */
    if (!pn_operand(fault, peek, p, &access))
        return place(p, 0);
    if (access.low > last)
        return 0;
    if (access.high < last)
        last = access.high;
    return place_for(p, last / PAGE_SIZE + 1);
}

void placement_reach(struct program *p, L4_Word_t address)
{
    L4_Word_t bytes;

    if (p->size != COMMAND_AUTO || address < heap_low(p))
        return;
    bytes = slot_bytes(p);
    if (bytes != 0 && address >= bytes)
        (void)place_for(p, address / PAGE_SIZE + 1);
}

static void shrink(const struct program *p)
{
    L4_Word_t pages = program_pages(p);

    if (slot_bytes(p) != 0 ||
        growth_returns((unsigned)pages, (unsigned)program_pages_least(p),
                       p->threshold))
        (void)place_for(p, pages);
}

/* Nothing changes at all while it has to wait: pages that come and go cost
 * others time, too. */
int placement_trim(struct program *p, L4_Word_t address)
{
    L4_Word64_t began = L4_SystemClock().raw;

    if (!heap_reaches(p, address))
        return 1;
    if (!backoff_begin(&p->backoff, began))
        return 0;
    heap_trim(p, address);
    if (p->size == COMMAND_AUTO)
        shrink(p);
    backoff_end(&p->backoff, began, L4_SystemClock().raw);
    return 1;
}

L4_Word_t placement_compact(void)
{
    struct pn_place area = pn_small_area();
    L4_Word_t log2 =
        memory_log2((program_count + 1) * sizeof(struct pn_tenant));
    struct pn_tenant *tenants = (struct pn_tenant *)memory_get(log2);
    L4_Word_t hole;
    unsigned n = 0;

    if (!tenants)
        return 0;
    for (unsigned i = 0; i < program_count; i++)
        if (program_lives(&programs[i]))
            tenants[n++].tid = programs[i].thread;
    hole = pn_compact(tenants, n, &area, area.size, NULL);
    memory_put((L4_Word_t)tenants, log2);
    return hole;
}
