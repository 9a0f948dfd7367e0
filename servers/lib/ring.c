/*
 * ring.c - the client's side of a ring (pn/ring.h).
 */
#include <pn/ring.h>
#include <pn/libc.h>
#include <pn/notify.h>

#define PAGE_LOG2 12
#define LOOK_US   100000u /* so often a server that says nothing is looked at */

_Static_assert(sizeof(struct pn_ring_page) == 1 << PAGE_LOG2, "one page");

/* The other side's writes are seen, and ours are made, up to here. */
#define BARRIER() __asm__ volatile("" : : : "memory")

static L4_Word_t done(const struct pn_ring *ring)
{
    L4_Word_t n = *(volatile L4_Word_t *)&ring->page->done;

    BARRIER();
    return n;
}

int pn_ring_open(struct pn_ring *ring, void *page, L4_ThreadId_t server,
                 L4_Word_t bits)
{
    L4_Fpage_t fpage = L4_FpageLog2((L4_Word_t)page, PAGE_LOG2);
    L4_MapItem_t item =
        L4_MapItem(L4_FpageAddRights(fpage, L4_ReadWriteOnly), (L4_Word_t)page);
    L4_Word_t answer;
    L4_MsgTag_t tag;

    memset(page, 0, sizeof(struct pn_ring_page));
    *ring = (struct pn_ring){.page = page, .server = server, .bits = bits};
    L4_Accept(L4_UntypedWordsAcceptor);
    L4_LoadMR(1, bits);
    L4_LoadMRs(2, 2, item.raw);
    L4_Set_MsgTag(l4_tag((L4_Word_t)PN_RING_OPEN << 16 | 2UL << 6 | 1));
    tag = L4_Call(server);
    if (L4_IpcFailed(tag))
        return (L4_ErrorCode() & L4_IpcErrMask) == L4_IpcErrOverflow
                   ? -PN_UNKNOWN
                   : -PN_GONE;
    L4_StoreMR(1, &answer);
    if (L4_UntypedWords(tag) != 1)
        return -PN_BROKEN;
    if (L4_Label(tag) == PN_LABEL_NO)
        return -(int)answer;
    ring->server_bits = answer;
    PN_SetNotifyMask(l4_utcb()[PN_TCR_NOTIFY_MASK] | bits);
    return 0;
}

struct pn_ring_entry *pn_ring_next(struct pn_ring *ring)
{
    if (ring->filled - ring->answered == PN_RING_ENTRIES)
        return NULL;
    return &ring->page->entry[ring->filled++ % PN_RING_ENTRIES];
}

int pn_ring_submit(struct pn_ring *ring)
{
    BARRIER();
    *(volatile L4_Word_t *)&ring->page->submitted = ring->filled;
    return PN_Notify(ring->server, ring->server_bits) ? 0 : -PN_GONE;
}

const struct pn_ring_entry *pn_ring_answer(struct pn_ring *ring)
{
    if (done(ring) == ring->answered)
        return NULL;
    return &ring->page->entry[ring->answered++ % PN_RING_ENTRIES];
}

int pn_ring_wait(struct pn_ring *ring)
{
    while (done(ring) == ring->answered) {
        if (ring->page->submitted == ring->answered)
            return 0;
        if (PN_WaitNotification(L4_TimePeriod(LOOK_US)) == 0 &&
            !PN_Notify(ring->server, ring->server_bits))
            return -PN_GONE;
    }
    (void)PN_TakeBits(ring->bits);
    return 1;
}
