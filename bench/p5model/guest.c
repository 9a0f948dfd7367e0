/* The guest's page tables, as its processor would walk them (no PAE). */
#include "guest.h"

#define FRAME_MASK 0xfffff000u
#define LARGE_MASK 0xffc00000u

struct mapping guest_lookup(const struct guest *g, uint32_t va)
{
    struct mapping m = {.frame = va & FRAME_MASK, .present = true};
    if (!guest_paging(g))
        return m;
    m.pde_pa = (g->cr3 & FRAME_MASK) + (va >> LARGE_SHIFT) * 4;
    uint32_t entry = g->read32(m.pde_pa);
    m.large = entry & PDE_PS && g->cr4 & CR4_PSE;
    if (entry & PTE_P && !m.large) {
        m.pte_pa = (entry & FRAME_MASK) + (va >> PAGE_SHIFT & 0x3ff) * 4;
        entry = g->read32(m.pte_pa);
    }
    m.present = entry & PTE_P;
    m.global = (entry & PTE_G) != 0;
    m.frame = m.large ? (entry & LARGE_MASK) | (va & ~LARGE_MASK & FRAME_MASK)
                      : entry & FRAME_MASK;
    return m;
}

static uint32_t peek_byte(const struct guest *g, uint32_t va, bool *ok)
{
    struct mapping m = guest_lookup(g, va);
    *ok = *ok && m.present;
    return m.present ? g->read32(m.frame | (va & 0xfff)) & 0xff : 0;
}

bool guest_peek(const struct guest *g, uint32_t va, uint32_t *value)
{
    bool ok = true;
    *value = 0;
    if ((va & 0xfff) > 0xffc) { /* across two pages */
        for (unsigned i = 0; i < 4; i++)
            *value |= peek_byte(g, va + i, &ok) << 8 * i;
        return ok;
    }
    struct mapping m = guest_lookup(g, va);
    if (m.present)
        *value = g->read32(m.frame | (va & 0xfff));
    return m.present;
}
