/*
 * swap - a pager whose pages may be on the disk (pn/swap.h): pages.c between
 * the faults of its clients, its heap, and the block driver.
 *
 *     swap from=SECTOR sectors=N [frames=N] [disk=NAME]
 *
 * These sectors are written over. A frame is a page of the heap; if nothing is
 * said, all but an eighth is frames. One page is moved at a time; other
 * clients' faults wait meanwhile. Its tables are in the heap, too.
 *
 * A client that has died is found four times a second, and when another one
 * wants a region.
 */
#include "pages.h"

#include <pn/disk.h>
#include <pn/libc.h>
#include <pn/malloc.h>
#include <pn/names.h>
#include <pn/notify.h>
#include <pn/program.h>
#include <pn/swap.h>

#include <l4/protocol.h>
#include <l4/space.h>

int main(int argc, char **argv);

#define PAGE        4096u
#define PAGE_LOG2   12u
#define SECTORS     (PAGE / PN_DISK_SECTOR) /* of a page */
#define USER_END    0xc0000000UL
#define TICK_MS     250u
#define TRIES       3
#define DRIVER_MS   1000  /* a driver may be started again */
#define PATIENCE_MS 20000 /* it may wait for one of our clients */

_Static_assert(SECTORS <= PN_DISK_SECTORS, "a page is one request");

static struct pages pages;
static struct pn_server server;
static char *memory; /* the frames */
static L4_ThreadId_t disk;
static const char *driver = PN_DISK_NAME;
static unsigned long first_sector, sectors, frames;

static char *frame_at(uint32_t frame)
{
    return memory + frame * PAGE;
}

/* --- what pages.c wants --- */

static L4_Fpage_t fpage_of(uint32_t frame)
{
    return L4_FpageAddRights(
        L4_FpageLog2((L4_Word_t)frame_at(frame), PAGE_LOG2),
        L4_FullyAccessible);
}

static unsigned status(uint32_t frame, int revoke)
{
    L4_Fpage_t f = fpage_of(frame);
    L4_Word_t rights = L4_Rights(revoke ? L4_UnmapFpage(f) : L4_GetStatus(f));

    return (rights & L4_Readable ? PAGES_REFERENCED : 0) |
           (rights & L4_Writable ? PAGES_WRITTEN : 0);
}

/* A sector that fails again and again is told once. */
static void complain(const struct pn_request *r, int problem)
{
    static L4_Word_t last[2];

    if (last[0] == r->label && last[1] == r->word[0])
        return;
    last[0] = r->label;
    last[1] = r->word[0];
    printf("swap: sector %lu cannot be %s: %s\n", r->word[0],
           r->send ? "written" : "read",
           pn_problem_name((enum pn_problem)problem));
}

static int transfer(struct pn_request *r)
{
    const struct pn_request wanted = *r;
    int n = -PN_GONE;

    for (int i = 0; i < TRIES && n == -PN_GONE; i++) {
        if (i > 0)
            disk = pn_names_wait(driver, DRIVER_MS);
        *r = wanted;
        r->server = disk;
        r->patience_ms = PATIENCE_MS;
        n = pn_request(r);
    }
    if (n >= 0 && r->received == r->receive_size)
        return 0;
    complain(&wanted, n < 0 ? -n : PN_BROKEN);
    return -1;
}

static int read_slot(uint32_t slot, uint32_t frame)
{
    return transfer(
        &(struct pn_request){.label = PN_DISK_READ,
                             .words = 2,
                             .word = {first_sector + slot * SECTORS, SECTORS},
                             .receive = frame_at(frame),
                             .receive_size = PAGE});
}

static int write_slot(uint32_t slot, uint32_t frame)
{
    return transfer(
        &(struct pn_request){.label = PN_DISK_WRITE,
                             .words = 1,
                             .word = {first_sector + slot * SECTORS},
                             .send = frame_at(frame),
                             .send_bytes = PAGE});
}

static void zero(uint32_t frame)
{
    memset(frame_at(frame), 0, PAGE);
}

/* --- clients --- */

static void tick(void)
{
    for (unsigned i = 0; i < PAGES_CLIENTS; i++)
        if (pages.client[i].thread != 0 &&
            !PN_Lives(l4_id(pages.client[i].thread)))
            free(pages_close(&pages, &pages.client[i]));
    if (pages.clients == 0)
        server.tick_ms = 0;
}

static int open_region(struct pn_call *c)
{
    L4_Word_t low = c->word[0], count = c->word[1] / PAGE;
    uint16_t *table;

    if (low % PAGE != 0 || c->word[1] % PAGE != 0 || count == 0 ||
        low >= USER_END || c->word[1] > USER_END - low)
        return -PN_INVALID;
    if (pages_client(&pages, (uint32_t)c->from.raw))
        return -PN_BUSY;
    if (!PN_Notify(c->from, 0))
        return -PN_DENIED;
    tick();
    table = count <= pages.free_slots ? calloc(count, sizeof *table) : NULL;
    if (!table || pages_open(&pages, (uint32_t)c->from.raw, (uint32_t)low,
                             (uint32_t)count, table) < 0) {
        free(table);
        return -PN_NO_ROOM;
    }
    server.tick_ms = TICK_MS;
    return 0;
}

static int close_region(struct pn_call *c)
{
    struct pages_client *client = pages_client(&pages, (uint32_t)c->from.raw);

    if (!client)
        return -PN_NOT_FOUND;
    free(pages_close(&pages, client));
    return 0;
}

static int info(struct pn_call *c)
{
    const struct pn_swap_info now = {.frames = pages.frames,
                                     .free_frames = pages.free_frames,
                                     .slots = pages.slots,
                                     .free_slots = pages.free_slots,
                                     .reads = pages.reads,
                                     .writes = pages.writes,
                                     .clients = pages.clients};

    memcpy(c->word, &now, sizeof now);
    return PN_SWAP_INFO_WORDS;
}

/* --- faults --- */

/* The root server's matter: a fault elsewhere, or one that is the end of the
 * client. Answered, the client faults again, at the root server then. */
static int pass(const struct pn_call *c, enum pn_problem problem)
{
    L4_Word_t words[4] = {c->from.raw, problem, c->word[0], c->word[1]};

    if (pn_ask(L4_Pager(), PN_LABEL_PASS, words, 4, 1) == 1 && words[0] == 1)
        return 0;
    return PN_LATER;
}

static int give(const struct pn_call *c, uint32_t frame)
{
    L4_MapItem_t item = L4_MapItem(fpage_of(frame), c->word[0] & -PAGE);

    L4_Set_MsgTag(l4_tag(2UL << 6));
    L4_LoadMRs(1, 2, item.raw);
    (void)L4_Reply(c->from);
    return PN_LATER;
}

static int page_fault(const struct pn_call *c, struct pages_client *client)
{
    int frame =
        pages_get(&pages, client, ((uint32_t)c->word[0] - client->low) / PAGE);

    if (frame >= 0)
        return give(c, (uint32_t)frame);
    printf("swap: thread %lu: the page at %lx is %s\n", L4_ThreadNo(c->from),
           c->word[0] & -PAGE,
           frame == PAGES_LOST ? "lost" : "not to be had: no other can go");
    free(pages_close(&pages, client));
    return pass(c, PN_BROKEN);
}

/* What the kernel says in a client's name; to others nobody has told us to
 * answer. */
static int fault(struct pn_call *c)
{
    struct pages_client *client = pages_client(&pages, (uint32_t)c->from.raw);
    L4_Word_t protocol = c->label & L4_LabelMask;

    if (protocol != L4_LabelPageFault && protocol != L4_LabelIoPageFault &&
        protocol != L4_LabelArchException)
        return -PN_UNKNOWN;
    if (!client)
        return PN_LATER;
    if (protocol == L4_LabelPageFault && c->words == 2 &&
        c->word[0] >= client->low &&
        (c->word[0] - client->low) / PAGE < client->count)
        return page_fault(c, client);
    return pass(c, 0);
}

static const struct pn_operation operations[] = {
    {PN_SWAP_OPEN, 2, open_region},
    {PN_SWAP_CLOSE, 0, close_region},
    {PN_SWAP_INFO, 0, info},
    {0, 0, NULL},
};

/* --- starting --- */

/* KEY=NUMBER */
static int take(const char *word, const char *key, unsigned long *number)
{
    size_t length = strlen(key);
    char *end;

    if (strncmp(word, key, length) != 0)
        return 0;
    *number = strtoul(word + length, &end, 10);
    return *end == '\0' && end != word + length;
}

static const char *read_line(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strncmp(argv[i], "disk=", 5) == 0)
            driver = argv[i] + 5;
        else if (!take(argv[i], "from=", &first_sector) &&
                 !take(argv[i], "sectors=", &sectors) &&
                 !take(argv[i], "frames=", &frames))
            return "a word that is none of from=, sectors=, frames=, disk=";
    return sectors < SECTORS
               ? "no sectors; it wants from=SECTOR sectors=N, a page has 8"
               : NULL;
}

static const char *find_memory(void)
{
    struct pn_heap heap = {0, 0};
    L4_Word_t all;

    (void)pn_heap(&heap);
    all = (heap.high - heap.low) / PAGE;
    if (frames == 0)
        frames = all > all / 8 + 2 ? all - all / 8 - 2 : 0;
    if (frames < PAGES_FRAMES_MIN || frames > PAGES_FRAMES_MAX)
        return "frames from 8 to 32767; 64 KB of heap have 12";
    memory = frames <= all ? malloc((frames + 1) * PAGE) : NULL;
    pages.frame = calloc(frames, sizeof *pages.frame);
    if (!memory || !pages.frame)
        return "not so many frames in its heap";
    memory += (PAGE - (L4_Word_t)memory % PAGE) % PAGE;
    pages.frames = pages.free_frames = (uint32_t)frames;
    return NULL;
}

static const char *find_store(void)
{
    L4_Word_t all;

    disk = pn_names_wait(driver, DRIVER_MS);
    if (pn_disk_sectors(disk, &all) < 0)
        return "no disk";
    if (first_sector >= all || sectors > all - first_sector)
        return "sectors that the disk does not have";
    pages.slots = pages.free_slots = (uint32_t)(sectors / SECTORS);
    return NULL;
}

int main(int argc, char **argv)
{
    const char *wrong = read_line(argc, argv);

    if (!wrong)
        wrong = find_memory();
    if (!wrong)
        wrong = find_store();
    if (wrong) {
        printf("swap: %s\n", wrong);
        return 1;
    }
    pages.status = status;
    pages.read = read_slot;
    pages.write = write_slot;
    pages.zero = zero;
    printf("swap: %lu frames for %lu pages\n", frames,
           (unsigned long)pages.slots);
    (void)pn_names_publish(PN_SWAP_NAME);
    server = (struct pn_server){
        .operations = operations, .other = fault, .tick = tick};
    pn_serve(&server);
}
