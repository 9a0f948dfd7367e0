/*
 * bootpages.c - getting the boot information from sigma0 (pn/bootinfo.h).
 */
#include <pn/bootinfo.h>
#include <l4/kip.h>
#include <l4/sigma0.h>

#define PAGE 4096UL

static int get_page(L4_Word_t address)
{
    L4_Fpage_t page = L4_FpageLog2(address, 12);

    return !L4_IsNilFpage(L4_Sigma0_GetPage(L4_nilthread, page));
}

const struct pn_bootinfo *pn_bootinfo_get(void)
{
    L4_Word_t base = L4_BootInfo(0);
    const struct pn_bootinfo *info = (const struct pn_bootinfo *)base;
    L4_Word_t end;

    /* The header must not straddle two pages before its size is known. */
    if (base == 0 || base % 4 != 0 || base % PAGE > PAGE - sizeof *info ||
        !get_page(base))
        return NULL;
    if (info->magic != PN_BOOTINFO_MAGIC || info->size > PN_BOOTINFO_MAX ||
        info->size > ~base)
        return NULL;
    end = base + info->size;
    for (L4_Word_t page = (base & -PAGE) + PAGE; page < end; page += PAGE)
        if (!get_page(page))
            return NULL;
    return info;
}
