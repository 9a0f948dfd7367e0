/*
 * shared.c - images that several programs have (shared.h).
 */
#include "shared.h"
#include "memory.h"
#include "program.h"

#include <pn/libc.h>
#include <pn/program.h>

static L4_Word_t index_of(const struct program *p, L4_Word_t address)
{
    return (address - p->low) / PAGE_SIZE;
}

int shared_is_for(const struct program *p)
{
    return p->server && p->server->count > 1 &&
           index_of(p, p->high) < SHARED_PAGES;
}

/* The module's image, which nobody writes to. */
static int load(struct boot_module *m, const struct program *p,
                const struct pn_elf *elf)
{
    if (m->image)
        return 1;
    m->image = memory_get(memory_log2(p->high - p->low));
    if (!m->image)
        return 0;
    pn_elf_load(elf, p->low, (void *)m->image, p->high - p->low);
    return 1;
}

const char *shared_fill(struct program *p, const struct pn_elf *elf,
                        const char *line)
{
    L4_Word_t arguments;

    if (!load(p->image, p, elf))
        return "too large for the memory that is left";
    arguments = memory_get(PAGE_LOG2);
    if (!arguments)
        return "no memory is left for it";
    memset((void *)arguments, 0, PAGE_SIZE);
    snprintf((char *)arguments, PN_ARGS_LENGTH, "%s", line);
    p->shared = p->image->image;
    p->own[index_of(p, p->high)] = arguments;
    return NULL;
}

L4_Word_t shared_at(const struct program *p, L4_Word_t address)
{
    L4_Word_t i = index_of(p, address);

    return p->own[i] ? p->own[i] : p->shared + i * PAGE_SIZE;
}

L4_Fpage_t shared_page(struct program *p, L4_Word_t address, L4_Word_t access)
{
    L4_Word_t page = shared_at(p, address),
              *own = &p->own[index_of(p, address)];

    if (!*own && !(access & L4_Writable))
        return L4_FpageAddRights(L4_FpageLog2(page, PAGE_LOG2),
                                 L4_Readable | L4_eXecutable);
    if (!*own) {
        *own = memory_get(PAGE_LOG2);
        if (!*own)
            return L4_Nilpage;
        memcpy((void *)*own, (const void *)page, PAGE_SIZE);
    }
    return L4_FpageAddRights(L4_FpageLog2(*own, PAGE_LOG2), L4_FullyAccessible);
}

void shared_free(struct program *p, int unmapped)
{
    for (unsigned i = 0; i < SHARED_PAGES; i++) {
        if (unmapped && p->own[i])
            memory_put(p->own[i], PAGE_LOG2);
        p->own[i] = 0;
    }
    p->shared = 0;
}
