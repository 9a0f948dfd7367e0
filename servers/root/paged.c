/*
 * paged.c - whose fault it is (paged.h).
 */
#include "paged.h"
#include "heap.h"
#include "memory.h"
#include "placement.h"
#include "program.h"

#include <l4/thread.h>
#include <pn/server.h>

#define KEEP_UTCB ((void *)-1)

static unsigned clients;
static int orphans; /* perhaps */

static int set_pager(const struct program *p, L4_ThreadId_t pager)
{
    return L4_ThreadControl(p->thread, p->thread, L4_nilthread, pager,
                            KEEP_UTCB) != 0;
}

static void forget(struct program *p)
{
    if (L4_IsNilThread(p->pager))
        return;
    p->pager = L4_nilthread;
    p->paged = 0;
    clients--;
}

L4_Word_t paged_open(struct program *p, L4_Word_t bytes, L4_ThreadId_t pager)
{
    const struct program *other = program_of(pager);
    L4_Word_t low = heap_high(p);

    if (bytes == 0) {
        forget(p);
        (void)set_pager(p, L4_MyGlobalId());
        (void)placement_set(p, p->size);
        return 0;
    }
    if (!L4_IsNilThread(p->pager))
        return PN_BUSY;
    if (!other || other == p || bytes % PAGE_SIZE != 0)
        return PN_INVALID;
    if (program_is_restricted(p) || program_is_restricted(other))
        return PN_DENIED;
    if (bytes > USER_END - low)
        return PN_NO_ROOM;
    p->pager = pager;
    p->paged = bytes;
    clients++;
    if (placement_set(p, p->size))
        return low;
    forget(p);
    (void)placement_set(p, p->size);
    return PN_NO_ROOM;
}

int paged_has(const struct program *p, L4_Word_t address)
{
    return address >= heap_high(p) && address - heap_high(p) < p->paged;
}

int paged_fault(const struct program *p, L4_Word_t address)
{
    return paged_has(p, address) && program_of(p->pager) &&
           set_pager(p, p->pager);
}

struct program *paged_pass(const struct program *pager, L4_ThreadId_t client)
{
    struct program *p = program_of(client);

    if (!p || !L4_IsThreadEqual(p->pager, pager->thread))
        return NULL;
    (void)set_pager(p, L4_MyGlobalId());
    return p;
}

void paged_end(struct program *p)
{
    forget(p);
    orphans = clients > 0;
}

int paged_has_orphans(void)
{
    return orphans;
}

struct program *paged_orphan(void)
{
    for (unsigned i = 0; i < program_count && clients > 0; i++) {
        struct program *p = &programs[i];

        if (!program_lives(p) || L4_IsNilThread(p->pager) ||
            program_of(p->pager))
            continue;
        forget(p);
        return p;
    }
    orphans = 0;
    return NULL;
}
