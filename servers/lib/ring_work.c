/*
 * ring_work.c - the server's side of rings (pn/ring.h).
 *
 * Clients' pages come into windows, pages of the server's own image that are
 * never touched before. One more than there are rings: the spare one takes the
 * page of whoever asks next. A page that its owner takes back is a page of
 * zeros from the server's pager then, with nothing submitted.
 */
#include <pn/ring.h>
#include <pn/libc.h>
#include <pn/notify.h>

#define PAGE_LOG2 12
#define WINDOWS   (PN_RINGS + 1)

struct client {
    L4_ThreadId_t owner; /* nil: the window is free */
    L4_Word_t bits;      /* that it wants */
    L4_Word_t done;      /* what the page says is the client's matter */
};

static struct pn_ring_page windows[WINDOWS]
    __attribute__((aligned(1 << PAGE_LOG2)));
static struct client clients[WINDOWS];
static unsigned spare;

L4_Fpage_t pn_ring_window(void)
{
    return L4_FpageLog2((L4_Word_t)&windows[spare], PAGE_LOG2);
}

/* A window that is free beside the spare one, or of somebody who has gone. */
static int find_window(void)
{
    for (unsigned i = 0; i < WINDOWS; i++) {
        if (!L4_IsNilThread(clients[i].owner) &&
            !PN_Notify(clients[i].owner, 0))
            clients[i].owner = L4_nilthread;
        if (i != spare && L4_IsNilThread(clients[i].owner))
            return (int)i;
    }
    return -1;
}

int pn_ring_attach(struct pn_call *c)
{
    unsigned mine = spare;
    int next;

    if (L4_IsNilFpage(c->mapped))
        return -PN_INVALID;
    for (unsigned i = 0; i < WINDOWS; i++)
        if (L4_IsThreadEqual(clients[i].owner, c->from))
            clients[i].owner = L4_nilthread;
    next = find_window();
    if (next < 0)
        return -PN_NO_ROOM;
    clients[mine] = (struct client){.owner = c->from, .bits = c->word[0]};
    spare = (unsigned)next;
    c->word[0] = 1UL << mine;
    return 1;
}

/* The request, read once. False: it makes no sense. */
static int take(const struct pn_server *s, struct pn_call *c,
                const volatile struct pn_ring_entry *e)
{
    c->label = e->label;
    c->words = (unsigned)e->words;
    c->bytes = e->bytes;
    c->string = NULL;
    c->string_bytes = 0;
    c->mapped = L4_Nilpage;
    if (c->words > PN_RING_WORDS || c->bytes > PN_RING_DATA ||
        c->bytes > s->buffer_size)
        return 0;
    for (unsigned i = 0; i < c->words; i++)
        c->word[i] = e->word[i];
    if (c->bytes > 0)
        memcpy(s->buffer, (const void *)(L4_Word_t)e->data, c->bytes);
    return 1;
}

static int handle(const struct pn_server *s, struct pn_call *c,
                  struct pn_ring_entry *e)
{
    int n = take(s, c, e) ? pn_handle(s, c) : -PN_INVALID;

    if (n == PN_LATER)
        return -PN_BUSY;
    if (n > (int)PN_RING_WORDS || (n >= 0 && c->string_bytes > PN_RING_DATA))
        return -PN_NO_ROOM;
    for (int i = 0; i < n; i++)
        e->word[i] = c->word[i];
    if (n >= 0 && c->string)
        memcpy(e->data, c->string, c->string_bytes);
    e->bytes = n >= 0 ? c->string_bytes : 0;
    return n;
}

static void work_off(const struct pn_server *s, struct client *client,
                     struct pn_ring_page *page)
{
    static struct pn_call call;
    volatile L4_Word_t *submitted = &page->submitted, *done = &page->done;
    L4_Word_t n = *submitted - client->done;

    if (n > PN_RING_ENTRIES) { /* it cannot count */
        client->owner = L4_nilthread;
        return;
    }
    call.from = client->owner;
    for (; n > 0; n--) {
        struct pn_ring_entry *e = &page->entry[client->done % PN_RING_ENTRIES];

        *(volatile int *)&e->result = handle(s, &call, e);
        __asm__ volatile("" : : : "memory");
        *done = ++client->done;
    }
    if (!PN_Notify(client->owner, client->bits))
        client->owner = L4_nilthread;
}

void pn_ring_work(const struct pn_server *s, L4_Word_t bits)
{
    for (unsigned i = 0; i < WINDOWS; i++)
        if ((bits >> i & 1) != 0 && !L4_IsNilThread(clients[i].owner))
            work_off(s, &clients[i], &windows[i]);
}
