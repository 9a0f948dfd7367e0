/*
 * share.c - one image for several spaces (pn/share.h).
 */
#include <pn/share.h>
#include <pn/image.h>
#include <pn/libc.h>
#include <l4/kip.h>
#include <l4/protocol.h>

#define PAGE 4096UL

/* To the linker script: the entry table gets a page of its own. */
__asm__(".globl PN_ENTRIES_PAGE\n\tPN_ENTRIES_PAGE = 1");

extern char __entries_page[];

/* Copies of the table's page, each for one address of the interface page. */
static char tables[PN_SHARE_TABLES][PAGE] __attribute__((aligned(4096)));
static L4_Word_t table_kip[PN_SHARE_TABLES];

/* The table page for a space with its interface page at `kip`; 0 if full. */
static L4_Word_t table_for(L4_Word_t kip)
{
    unsigned i = 0;

    while (i < PN_SHARE_TABLES && table_kip[i] != 0 && table_kip[i] != kip)
        i++;
    if (i == PN_SHARE_TABLES)
        return 0;
    table_kip[i] = kip;
    l4_entries_fill((L4_Word_t *)(void *)tables[i], NULL, kip);
    return (L4_Word_t)tables[i];
}

L4_MapItem_t pn_share_item(L4_Word_t address, L4_Word_t kip)
{
    L4_Word_t page = address & -PAGE;
    L4_Word_t source = page;
    L4_Fpage_t fpage;

    if (page < pn_image_low() || page >= pn_image_high())
        return L4_MapItem(L4_Nilpage, 0);
    if (page == (L4_Word_t)__entries_page)
        source = table_for(kip);
    if (source == 0)
        return L4_MapItem(L4_Nilpage, 0);
    pn_touch(source);
    fpage = L4_FpageAddRights(L4_FpageLog2(source, 12), L4_FullyAccessible);
    return L4_MapItem(fpage, page);
}

int pn_share_fault(L4_MsgTag_t tag, L4_Word_t kip)
{
    L4_Word_t address;
    L4_MapItem_t item;

    if (L4_IpcFailed(tag) || !L4_IsPageFault(tag))
        return 0;
    L4_StoreMR(1, &address);
    item = pn_share_item(address, kip);
    if (L4_IsNilFpage(L4_MapItemSndFpage(item)))
        return 0;
    L4_Set_MsgTag(l4_tag(2UL << 6));
    L4_LoadMRs(1, 2, item.raw);
    return 1;
}
