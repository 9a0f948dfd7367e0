/*
 * fleet.c - making the clients and servers (fleet.h).
 */
#include "fleet.h"

#include <l4/ia32/specifics.h>
#include <l4/kip.h>
#include <l4/protocol.h>
#include <l4/space.h>
#include <l4/thread.h>
#include <pn/image.h>
#include <pn/libc.h>
#include <pn/space.h>

#include <assert.h>
#include <stddef.h>

#define PAGE_ALIGNED __attribute__((aligned(PAGE_BYTES)))

#define SMALL_AREA   0xc0000000UL
#define SAME_PAGES   16 /* sets of the data TLB: slots of place=same */
#define X2_SLOT_MB   4
#define X2_SLOTS     128
#define UTCB_SLOTS   8     /* in a page */
#define SERVER_LINES 108   /* of a page, on which a struct party can begin */
#define CLIENT_BYTES 0x400 /* a struct party and room */

static_assert(SERVER_LINES * LINE_BYTES + sizeof(struct party) <= PAGE_BYTES,
              "a server's data are in its page");
static_assert(sizeof(struct party) <= CLIENT_BYTES, "and a client's");

struct page {
    unsigned char bytes[PAGE_BYTES];
};

static struct page client_data[CLIENTS_MAX] PAGE_ALIGNED;
static struct page server_data[SERVERS_MAX] PAGE_ALIGNED;
static struct page client_set[SET_PAGES_MAX] PAGE_ALIGNED;
static struct page server_set[SET_PAGES_MAX] PAGE_ALIGNED;

static const struct options *options;
static L4_Word_t first_number; /* thread number of client 0 */
static unsigned clients, servers;
static unsigned spaces; /* placed by X.2's numbers, or one by one, so far */

/* --- who is who ------------------------------------------------------------
 */

L4_ThreadId_t
fleet_client_id(unsigned n)
{
    return L4_GlobalId(first_number + n, 2);
}

L4_ThreadId_t
fleet_server_id(unsigned n)
{
    return L4_GlobalId(first_number + CLIENTS_MAX + n, 2);
}

unsigned
fleet_limit(void)
{
    L4_Word_t numbers = 1UL << L4_ThreadIdBits(0);
    L4_Word_t used = first_number + CLIENTS_MAX;
    L4_Word_t limit = numbers - used;

    if (options->place == PLACE_X2 && limit > X2_SLOTS - clients)
        limit = X2_SLOTS - clients;
    return limit < SERVERS_MAX ? (unsigned)limit : SERVERS_MAX;
}

static int
is_client(L4_ThreadId_t tid)
{
    return L4_ThreadNo(tid) - first_number < clients;
}

/* Number of a client or of a server. */
static unsigned
number_of(L4_ThreadId_t tid)
{
    L4_Word_t n = L4_ThreadNo(tid) - first_number;

    return (unsigned)(is_client(tid) ? n : n - CLIENTS_MAX);
}

/* Whose data page? */
static struct page *
data_of(L4_ThreadId_t tid)
{
    unsigned n = number_of(tid);

    if (is_client(tid))
        return &client_data[n];
    return n < SERVERS_MAX ? &server_data[n] : NULL;
}

/* --- parties ---------------------------------------------------------------
 */

static unsigned
client_offset(unsigned n)
{
    return n % (PAGE_BYTES / CLIENT_BYTES) * CLIENT_BYTES;
}

/* Each server's line is in another set of the cache. */
static unsigned
server_offset(unsigned n)
{
    return n % SERVER_LINES * LINE_BYTES;
}

struct party *
fleet_client(unsigned n)
{
    return (struct party *)(void *)(client_data[n].bytes + client_offset(n));
}

struct party *
fleet_server(unsigned n)
{
    return (struct party *)(void *)(server_data[n].bytes + server_offset(n));
}

/* --- addresses -------------------------------------------------------------
 */

/*
 * Where the pages of a large space begin. Its page tables are read through the
 * data cache after each CR3 write: so that they do not meet in a few of its
 * sets, the entries of both levels lie on another line in each space. (Small
 * spaces share their tables, and the kernel staggers them.)
 */
static L4_Word_t
large_base(unsigned n)
{
    L4_Word_t directory_line = 32 + n % 60;
    L4_Word_t table_line = 1 + n % 19;

    return (directory_line << 10 | table_line) * 8 * PAGE_BYTES;
}

static L4_Word_t
client_base(unsigned n)
{
    return options->client_small ? 0 : large_base(n + CLIENTS_MAX);
}

static L4_Word_t
server_base(unsigned n)
{
    return options->server_small ? 0 : large_base(n);
}

/* Addresses in a space whose pages begin at `base`. */
static L4_Word_t
at_page(L4_Word_t base, unsigned page)
{
    return base + page * PAGE_BYTES;
}

static L4_Word_t
set_at(L4_Word_t base)
{
    return at_page(base, SET_PAGE) + SET_FIRST_LINE * LINE_BYTES;
}

static L4_Word_t
client_data_at(unsigned n, size_t field)
{
    return at_page(client_base(n), DATA_PAGE) + client_offset(n) +
           (L4_Word_t)field;
}

L4_Word_t
fleet_client_samples(unsigned n)
{
    return client_data_at(n, offsetof(struct party, sample));
}

static L4_Word_t
text_at(L4_Word_t base, const char *label)
{
    return at_page(base, TEXT_PAGE) + (L4_Word_t)(label - text_page);
}

L4_Word_t
fleet_client_text(unsigned n, const char *label)
{
    return text_at(client_base(n), label);
}

static L4_Word_t
ipc_entry(L4_Word_t base)
{
    const L4_KernelInterfacePage_t *kip = l4_kip(0);

    return at_page(base, KIP_PAGE) + kip->Ipc;
}

/* --- making a space --------------------------------------------------------
 */

static unsigned
most_pages(void)
{
    return options->pages.value[options->pages.n - 1];
}

/* The control word for a small space that starts in the fleet. */
static L4_Word_t
control_word(void)
{
    L4_Word_t mb = spaces * X2_SLOT_MB;

    if (options->place != PLACE_X2)
        return PN_SmallPages(SET_PAGE + 1 + most_pages());
    spaces++;
    return L4_SpaceControlSmall | L4_SmallSpace(mb, X2_SLOT_MB);
}

static const char *
kernel_reason(void)
{
    return L4_ErrorCode_String(L4_ErrorCode());
}

/* A new space with `tid` as its first thread, not active yet. */
static const char *
make_space(L4_ThreadId_t tid, int small, L4_Word_t base)
{
    L4_Fpage_t kip =
        L4_FpageLog2(at_page(base, KIP_PAGE), L4_KipAreaSizeLog2(0));
    L4_Fpage_t utcb = L4_FpageLog2(at_page(base, UTCB_PAGE), 12);
    L4_Word_t control = small ? control_word() : 0;
    L4_Word_t old = 0;

    if (!L4_ThreadControl(tid, tid, L4_MyGlobalId(), L4_nilthread, (void *)-1))
        return kernel_reason();
    if (!L4_SpaceControl(tid, control, kip, utcb, L4_nilthread, &old))
        return kernel_reason();
    if (control && !PN_TookEffect(old))
        return "refuses to make a space small";
    return NULL;
}

/* Whatever colour the kernel would like. */
static const char *
place_alike(L4_ThreadId_t tid)
{
    L4_Word_t pages = SET_PAGE + 1 + most_pages(), step, old;
    struct pn_place place;

    if (options->place != PLACE_SAME)
        return NULL;
    pages = (pages + SAME_PAGES - 1) / SAME_PAGES * SAME_PAGES;
    step = pages * PAGE_BYTES;
    if (!pn_place(tid, PN_SmallPages(pages), SMALL_AREA + spaces++ * step, &old,
                  &place))
        return kernel_reason();
    return PN_TookEffect(old) ? NULL : "refuses to move a space";
}

static const char *
make_started(L4_ThreadId_t tid, int small, L4_Word_t base, unsigned utcb_slot,
             const char *label, L4_Word_t sp)
{
    const char *problem = make_space(tid, small, base);

    if (!problem && small)
        problem = place_alike(tid);
    if (problem)
        return problem;
    if (!pn_thread_make(tid, tid, L4_MyGlobalId(),
                        pn_utcb_slot(at_page(base, UTCB_PAGE), utcb_slot)) ||
        !pn_thread_start(tid, text_at(base, label), sp))
        return kernel_reason();
    return NULL;
}

/* --- clients ---------------------------------------------------------------
 */

static const char *
make_client(unsigned n)
{
    struct party *p = fleet_client(n);
    L4_Word_t base = client_base(n);

    p->entry = ipc_entry(base);
    p->set = set_at(base);
    p->root = L4_MyGlobalId().raw;
    return make_started(fleet_client_id(n), options->client_small, base,
                        n % UTCB_SLOTS, client,
                        client_data_at(n, offsetof(struct party, entry)));
}

int
fleet_open(const struct options *o)
{
    const char *problem = NULL;

    options = o;
    first_number = L4_ThreadNo(pn_new_tid());
    clients = o->clients.value[o->clients.n - 1];
    pn_touch((L4_Word_t)text_page);
    for (unsigned i = 0; i < clients && !problem; i++)
        problem = make_client(i);
    if (!problem)
        return fleet_wait(clients);
    printf("servers_bench: error: cannot make the clients: %s\n", problem);
    return 0;
}

/* --- page faults -----------------------------------------------------------
 */

/* The frame behind an address in this space; 0 if there is none. */
static L4_Word_t
frame_of(L4_ThreadId_t tid, L4_Word_t address)
{
    struct page *data = data_of(tid);
    struct page *set = is_client(tid) ? client_set : server_set;
    L4_Word_t base = is_client(tid) ? client_base(number_of(tid))
                                    : server_base(number_of(tid));
    L4_Word_t page = (address - base) / PAGE_BYTES;

    if (!data)
        return 0;
    if (page == TEXT_PAGE)
        return (L4_Word_t)text_page;
    if (page == DATA_PAGE)
        return (L4_Word_t)data;
    if (page >= SET_PAGE && page < SET_PAGE + most_pages())
        return (L4_Word_t)&set[page - SET_PAGE];
    return 0;
}

/* Answer the page fault just received with this tag. Null if all is well. */
static const char *
serve_fault(L4_ThreadId_t from, L4_MsgTag_t tag)
{
    L4_Word_t address, frame, rights = L4_FullyAccessible;
    L4_MapItem_t item;

    L4_StoreMR(1, &address);
    frame = L4_IsPageFault(tag) ? frame_of(from, address) : 0;
    if (!frame)
        return "sends an unexpected message";
    if (frame == (L4_Word_t)text_page)
        rights = L4_ReadeXecOnly;
    pn_touch(frame);
    item = L4_MapItem(L4_FpageAddRights(L4_FpageLog2(frame, 12), rights),
                      address & -(L4_Word_t)PAGE_BYTES);
    L4_Set_MsgTag(l4_tag(2UL << 6));
    L4_LoadMRs(1, 2, item.raw);
    return L4_IpcSucceeded(L4_Send(from)) ? NULL : "gets no page";
}

int
fleet_wait(unsigned n)
{
    while (n > 0) {
        L4_ThreadId_t from;
        L4_MsgTag_t tag = L4_Wait(&from);
        const char *problem = NULL;

        if (L4_IpcFailed(tag))
            problem = "cannot be heard";
        else if (tag.raw == 0 && is_client(from))
            n--;
        else
            problem = serve_fault(from, tag);
        if (problem) {
            printf("servers_bench: error: thread %08lx %s (tag %08lx)\n",
                   from.raw, problem, tag.raw);
            return 0;
        }
    }
    return 1;
}

/* --- servers ---------------------------------------------------------------
 */

/* A server runs until it waits for calls; on the way there it needs its text
 * and its data. */
static const char *
settle(L4_ThreadId_t tid)
{
    const char *problem = NULL;

    for (unsigned faults = 0; faults < 2 && !problem; faults++) {
        L4_MsgTag_t tag = L4_Receive(tid);

        problem = L4_IpcFailed(tag) ? "is not heard" : serve_fault(tid, tag);
    }
    return problem;
}

static const char *
make_server(unsigned n)
{
    struct party *p = fleet_server(n);
    L4_ThreadId_t tid = fleet_server_id(n);
    L4_Word_t base = server_base(n);
    const char *problem;

    p->entry = ipc_entry(base);
    p->set = set_at(base);
    p->key = tid.raw;
    problem =
        make_started(tid, options->server_small, base, (n + 4) % UTCB_SLOTS,
                     most_pages() > 0 ? serve_touching : serve,
                     at_page(base, DATA_PAGE) + server_offset(n) +
                         offsetof(struct party, entry));
    if (!problem)
        problem = settle(tid);
    if (problem)
        (void)pn_thread_kill(tid);
    return problem;
}

unsigned
fleet_grow(unsigned wanted, const char **why)
{
    /* All at once: the root server has no fault later, when the kernel may
     * have no memory left for its answer. */
    for (unsigned i = servers; i < wanted; i++)
        pn_touch((L4_Word_t)&server_data[i]);
    *why = NULL;
    while (servers < wanted && !*why) {
        *why = make_server(servers);
        servers += !*why;
    }
    return servers;
}

/* --- checks ----------------------------------------------------------------
 */

static int
is_kind(const char *who, unsigned n, L4_ThreadId_t tid, int small)
{
    if (pn_space_is_small(tid) == small)
        return 1;
    printf("servers_bench: error: the space of %s %u is %s\n", who, n,
           small ? "large" : "small");
    return 0;
}

int
fleet_holds(void)
{
    for (unsigned i = 0; i < clients; i++)
        if (!is_kind("client", i, fleet_client_id(i), options->client_small))
            return 0;
    for (unsigned i = 0; i < servers; i++)
        if (!is_kind("server", i, fleet_server_id(i), options->server_small))
            return 0;
    return 1;
}
