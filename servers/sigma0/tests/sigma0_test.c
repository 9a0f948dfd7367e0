/*
 * sigma0_test.c - sigma0 gives every page to one thread at most, never gives
 * away what is the kernel's, and answers as X.2 says.
 *
 * The extents are compared with the naive picture: one kind and one owner for
 * each page of a small machine, over many random requests.
 */
#include "check.h"
#include "map.h"
#include "protocol.h"

#include <stdlib.h>
#include <string.h>

#define ID(number) ((number) << 14 | 1u)
#define ROOT       ID(50u)
#define ALICE      ID(60u)
#define BOB        ID(61u)
#define KERNEL     ID(16u)
#define MB         0x100000u
#define TAG_RPC    0xffa00002u
#define TAG_FAULT  0xffe20002u
#define TAG_EXT    0xc1700002u

static struct sigma0 s0;

static struct map_desc desc(uint32_t type, uint32_t low, uint32_t high)
{
    struct map_desc d = {{low | type, high & ~0x3ffu}};

    return d;
}

/* A 16 MB machine: shared below everything, kernel at 1..4 MB, sigma0's image
 * below 640 KB, a module that ends in the middle of page 0x501, a device. */
static void boot(void)
{
    const struct map_desc descs[] = {
        desc(0x4, 0, 0xffffffff),
        desc(0x1, 0, 0x9fbff),
        desc(0xf, 0x9fc00, 0x9ffff),
        desc(0x1, MB, 16 * MB - 1),
        desc(0x2, MB, 4 * MB - 1),
        desc(0x2e, 0x20000, 0x2ffff),
        desc(0x2e, 4 * MB, 4 * MB + 0x7fff),
        desc(0x3e, 5 * MB, 5 * MB + 0x17ff),
        desc(0x3, 0xe0000000, 0xe00fffff),
        desc(0x201, 0, 0xbfffffff), /* virtual: not about RAM */
        desc(0x2, 0x800, 0x3ff),    /* empty */
    };

    memset(&s0, 0, sizeof s0);
    s0.kernel_low = 16;
    s0.kernel_high = 48;
    s0.root = ROOT;
    s0.attributes = 1u << 1 | 1u << 2 | 1u << 4;
    CHECK(map_build(&s0.pool, descs, sizeof descs / sizeof descs[0]),
          "the map is built");
    CHECK(map_assign(&s0.pool, 4 * MB, 4 * MB + 0x7800, ROOT),
          "the root server has its image");
}

static enum pool_kind kind(uint32_t address)
{
    const struct pool_extent *e = pool_find(&s0.pool, address >> 12);

    return e ? (enum pool_kind)e->kind : POOL_NONE;
}

static uint32_t owner(uint32_t address)
{
    const struct pool_extent *e = pool_find(&s0.pool, address >> 12);

    return e ? e->owner : 0xffffffff;
}

static void test_map(void)
{
    CHECK(kind(0) == POOL_CONVENTIONAL && kind(0x9e000) == POOL_CONVENTIONAL,
          "low memory is conventional");
    CHECK(kind(0x9f000) == POOL_NONE, "a page half RAM, half firmware is no "
                                      "one's");
    CHECK(kind(0xb8000) == POOL_SHARED, "the screen is shared");
    CHECK(kind(MB) == POOL_NONE && kind(4 * MB - 1) == POOL_NONE,
          "the kernel's memory is in no extent");
    CHECK(kind(5 * MB + 0x1fff) == POOL_BOOT &&
              kind(5 * MB + 0x2000) == POOL_CONVENTIONAL,
          "the last page of a module counts as module");
    CHECK(kind(0xe0000000) == POOL_DEDICATED && kind(0xffffffff) == POOL_SHARED,
          "dedicated memory, and shared memory up to the last page");
    CHECK(owner(4 * MB) == ROOT && owner(4 * MB + 0x7fff) == ROOT &&
              owner(5 * MB) == POOL_FREE,
          "a server's image counts in whole pages");
}

static enum sigma0_reply ask(uint32_t from, uint32_t tag, uint32_t mr1,
                             uint32_t mr2, uint32_t item[2])
{
    const uint32_t mr[4] = {tag, mr1, mr2, 0};

    item[0] = item[1] = 0xdead;
    return sigma0_handle(&s0, from, tag, mr, item);
}

static uint32_t fpage(uint32_t address, uint32_t log2)
{
    return (address & ~0x3ffu) | log2 << 4;
}

static int given(uint32_t from, uint32_t address, uint32_t log2)
{
    uint32_t item[2];

    return ask(from, TAG_RPC, fpage(address, log2), 0, item) == SIGMA0_MAP &&
           item[0] == (address | 8) && item[1] == (fpage(address, log2) | 7);
}

static int refused(uint32_t from, uint32_t what, uint32_t attributes)
{
    uint32_t item[2];

    return ask(from, TAG_RPC, what, attributes, item) == SIGMA0_REFUSE &&
           item[0] == 8 && item[1] == 0;
}

static void test_exact(void)
{
    CHECK(given(ALICE, 8 * MB, 14), "free memory is given");
    CHECK(given(ALICE, 8 * MB, 14), "asking for it again succeeds");
    CHECK(given(ALICE, 8 * MB, 15), "asking for more around it succeeds");
    CHECK(refused(BOB, fpage(8 * MB + 0x4000, 12), 0),
          "another thread does not get it");
    CHECK(refused(BOB, fpage(8 * MB, 20), 0), "nor a region that contains it");
    CHECK(owner(8 * MB + 0x8000) == POOL_FREE, "and got nothing of the rest");
    CHECK(given(BOB, 0xb8000, 15) && given(ALICE, 0xb8000, 15),
          "shared memory goes to everybody");
    CHECK(given(BOB, 0xe0000000, 20), "dedicated memory is given by name");
    CHECK(refused(ALICE, fpage(0xe0000000, 12), 0), "to one thread only");
    CHECK(given(ROOT, 5 * MB, 13), "a module's pages are given by name");
    CHECK(refused(ALICE, fpage(4 * MB, 12), 0),
          "the root server's image is the root server's");
    CHECK(refused(ALICE, fpage(MB, 12), 0) && refused(ALICE, fpage(0, 22), 0) &&
              refused(ALICE, 0x10, 0),
          "nothing that touches the kernel is given");
    CHECK(refused(ALICE, fpage(9 * MB, 11), 0) &&
              refused(ALICE, fpage(9 * MB, 3), 0) &&
              refused(ALICE, fpage(9 * MB, 32), 0) &&
              refused(ALICE, fpage(9 * MB, 63), 0) && refused(ALICE, 0, 0),
          "sizes that no page has are refused");
    CHECK(!refused(ALICE, 0x3f80c20, 0) && refused(BOB, 0x3fa0020, 0) &&
              refused(BOB, 0x3f01020, 0),
          "I/O ports are given, to one owner");
    CHECK(given(ALICE, 10 * MB, 12) && owner(10 * MB + 0xc00) == ALICE,
          "and the next good request is served");
}

static void test_attributes(void)
{
    static const uint32_t unknown[] = {3, 5, 8, 31, 32, 34, 0x80000000};
    uint32_t item[2];
    int all = 1;

    CHECK(ask(ALICE, TAG_RPC, fpage(9 * MB, 13), 4, item) == SIGMA0_MAP_AS &&
              item[1] == (fpage(9 * MB, 13) | 7) && owner(9 * MB) == ALICE,
          "memory with an attribute the kernel knows is given so");
    CHECK(ask(ALICE, TAG_RPC, 0xfffffc00 | 12 << 4, 2, item) == SIGMA0_MAP_AS,
          "any memory, too");
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++)
        all &= refused(ALICE, fpage(11 * MB, 12), unknown[i]);
    CHECK(all && owner(11 * MB) == POOL_FREE,
          "other attributes are refused, and nothing is taken");
    CHECK(refused(BOB, fpage(9 * MB, 12), 4) && refused(ALICE, 0x2f80c20, 4),
          "nor does an attribute get what is another's, or ports");
}

static void test_kernel(void)
{
    uint32_t free = pool_sum(&s0.pool, POOL_CONVENTIONAL, POOL_FREE);
    uint32_t item[2], log2;

    CHECK(refused(ALICE, 0xfffffc00, 0), "a size of 0 is the kernel's to ask");
    CHECK(ask(KERNEL, TAG_RPC, 0xfffffc00, 0, item) == SIGMA0_MAP,
          "who gets what sigma0 recommends");
    log2 = item[1] >> 4 & 0x3f;
    CHECK(1u << (log2 - 12) <= free / 8 && 2u << (log2 - 12) > free / 8,
          "the largest power of two in an eighth of the free memory");
    CHECK(refused(ALICE, fpage(item[1] & ~0xfffu, 12), 0),
          "which is the kernel's then");
}

static void test_any(void)
{
    uint32_t item[2];
    uint32_t pages = 0;

    CHECK(ask(BOB, TAG_RPC, 0xfffffc00 | 20 << 4, 0, item) == SIGMA0_MAP &&
              (item[1] & ~0xfffu) == 15 * MB,
          "any memory comes from the top, aligned");
    CHECK(ask(BOB, TAG_RPC, 0xfffffc08 | 12 << 4, 0, item) == SIGMA0_MAP &&
              item[1] == ((15 * MB - 0x1000) | 12 << 4 | 7),
          "bit 3 of a request for any memory is ignored");
    CHECK(refused(BOB, 0xfffffc00 | 24 << 4, 0) &&
              refused(BOB, 0xfffffc00 | 31 << 4, 0),
          "more than there is in one piece is refused");
    while (ask(BOB, TAG_RPC, 0xfffffc00 | 12 << 4, 0, item) == SIGMA0_MAP)
        pages++;
    CHECK(pages > 0 && pool_sum(&s0.pool, POOL_CONVENTIONAL, POOL_FREE) == 0,
          "one by one, all conventional memory can be had");
    CHECK(owner(8 * MB) == ALICE && owner(4 * MB) == ROOT &&
              kind(MB) == POOL_NONE,
          "what others own stays theirs");
}

static int fault(uint32_t from, uint32_t address)
{
    uint32_t item[2];

    return ask(from, TAG_FAULT, address, 0x1234, item) == SIGMA0_MAP &&
           item[0] == ((address & ~0xfffu) | 8) &&
           item[1] == ((address & ~0xfffu) | 12 << 4 | 7);
}

static void test_fault(void)
{
    CHECK(fault(ALICE, 12 * MB + 0x123) && owner(12 * MB) == ALICE,
          "a page fault takes one conventional page");
    CHECK(!fault(BOB, 12 * MB), "that another thread does not get");
    CHECK(fault(BOB, 0xb8000), "a page fault on shared memory is served");
    CHECK(fault(ROOT, 4 * MB + 0x7ff0), "so is one on the own image");
    CHECK(!fault(ALICE, 5 * MB) && !fault(ALICE, 0xe0000000) &&
              !fault(ALICE, MB),
          "boot and dedicated memory are not to be had by touching");
    CHECK(given(ROOT, 5 * MB, 12) && fault(ROOT, 5 * MB),
          "unless the thread has got it by name before");
}

static void test_messages(void)
{
    static const uint32_t bad[] = {
        0,          0x00000002, 0xffa00001, 0xffa00004, 0xffa00082,
        0xffe20001, 0xffe20003, 0xffb0000c, 0xfff00000, 0xffb00002,
        0xffd00002, 0xff860002, 0xc1700001, 0xffffffff};
    const uint32_t wide[4] = {0xffa00003, fpage(9 * MB, 12) | 8, 0, 1};
    uint32_t item[2];
    int silent = 1;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (ask(ALICE, bad[i], fpage(9 * MB, 12), 0, item) != SIGMA0_SILENT)
            silent = 0;
    CHECK(silent, "malformed and unknown messages get no answer");
    CHECK(sigma0_handle(&s0, ALICE, wide[0], wide, item) == SIGMA0_REFUSE,
          "addresses above 4 GB are refused");
    CHECK(ask(ALICE, TAG_EXT, 1, 2, item) == SIGMA0_SILENT && s0.verbose == 0,
          "nobody else sets the verbosity");
    CHECK(ask(ROOT, TAG_EXT, 1, 2, item) == SIGMA0_SILENT && s0.verbose == 2,
          "the root server does");
    CHECK(ask(KERNEL, TAG_EXT, 1, 0, item) == SIGMA0_SILENT && s0.verbose == 0,
          "and so does the kernel");
    CHECK(ask(ROOT, TAG_EXT, 2, 0, item) == SIGMA0_DUMP &&
              ask(ROOT, TAG_EXT, 2, 1, item) == SIGMA0_DUMP_REPLY &&
              ask(BOB, TAG_EXT, 2, 1, item) == SIGMA0_SILENT &&
              ask(ROOT, TAG_EXT, 4, 1, item) == SIGMA0_SILENT,
          "the dump is the root server's, with an answer on request");
    CHECK(ask(ALICE, TAG_EXT, 3, 1, item) == SIGMA0_SILENT &&
              given(ALICE, 9 * MB, 12),
          "nobody else shuts others out");
    CHECK(ask(ROOT, TAG_EXT, 3, 1, item) == SIGMA0_SILENT &&
              !given(ALICE, 9 * MB, 12) && !given(ALICE, 0xb8000, 12) &&
              !fault(ALICE, 9 * MB) && !fault(ALICE, 0xb8000) &&
              ask(ALICE, TAG_RPC, 0x3f8u << 16 | 3u << 10 | 2u << 4, 0, item) ==
                  SIGMA0_REFUSE &&
              given(ROOT, 10 * MB, 12) && given(KERNEL, 11 * MB, 12),
          "the root server does, and then only it and the kernel are served");
    CHECK(ask(ROOT, TAG_EXT, 3, 0, item) == SIGMA0_SILENT &&
              given(ALICE, 9 * MB, 12),
          "until it lets them in again");
}

/* --- Against the naive model --- */

#define MODEL_PAGES 4096u

static uint32_t model_owner[MODEL_PAGES];
static enum pool_kind model_kind[MODEL_PAGES];

static uint32_t random_word(void)
{
    static uint32_t state = 12345;

    state = state * 1664525 + 1013904223;
    return state >> 8;
}

static int model_take(uint32_t first, uint32_t last, uint32_t who)
{
    for (uint32_t i = first; i <= last; i++)
        if (i >= MODEL_PAGES || model_kind[i] == POOL_NONE ||
            (model_kind[i] != POOL_SHARED && model_owner[i] != POOL_FREE &&
             model_owner[i] != who))
            return 0;
    for (uint32_t i = first; i <= last; i++)
        if (model_kind[i] != POOL_SHARED)
            model_owner[i] = who;
    return 1;
}

/* POOL-1, POOL-2, and every page as the model has it. */
static int same_as_model(const struct pool *p)
{
    for (size_t i = 0; i + 1 < p->count; i++) {
        const struct pool_extent *a = &p->extent[i];

        if (a->first > a->last || a->last >= a[1].first)
            return 0;
        if (a->last + 1 == a[1].first && a->kind == a[1].kind &&
            a->owner == a[1].owner)
            return 0;
    }
    for (uint32_t i = 0; i < MODEL_PAGES; i++) {
        const struct pool_extent *e = pool_find(p, i);

        if ((e ? (enum pool_kind)e->kind : POOL_NONE) != model_kind[i] ||
            (e && e->owner != model_owner[i]))
            return 0;
    }
    return 1;
}

static void model_set(struct pool *p)
{
    uint32_t first = random_word() % MODEL_PAGES;
    uint32_t last = first + random_word() % 64;
    enum pool_kind k = (enum pool_kind)(random_word() % 5);

    if (last >= MODEL_PAGES)
        last = MODEL_PAGES - 1;
    for (uint32_t i = first; i <= last; i++) {
        model_kind[i] = k;
        model_owner[i] = POOL_FREE;
    }
    (void)pool_set(p, first, last, k, POOL_FREE);
}

static int model_any(struct pool *p, uint32_t who)
{
    unsigned order = random_word() % 6;
    uint32_t size = 1u << order;
    uint32_t got = pool_take_any(p, order, who);

    for (uint32_t first = MODEL_PAGES - size;; first -= size) {
        uint32_t n = 0;

        while (n < size && model_kind[first + n] == POOL_CONVENTIONAL &&
               model_owner[first + n] == POOL_FREE)
            n++;
        if (n == size) {
            (void)model_take(first, first + size - 1, who);
            return got == first;
        }
        if (first == 0)
            return got == POOL_PAGES;
    }
}

static void test_model(void)
{
    static struct pool p;
    int same = 1;

    for (uint32_t i = 0; i < MODEL_PAGES; i++)
        model_kind[i] = POOL_CONVENTIONAL;
    (void)pool_set(&p, 0, MODEL_PAGES - 1, POOL_CONVENTIONAL, POOL_FREE);
    for (int round = 0; round < 20000 && same; round++) {
        uint32_t who = ID(60 + random_word() % 3);
        uint32_t first = random_word() % MODEL_PAGES;
        uint32_t last = first + (1u << random_word() % 7) - 1;

        if (random_word() % 8 == 0)
            model_set(&p);
        else if (random_word() % 2)
            same =
                pool_take(&p, first, last, who) == model_take(first, last, who);
        else
            same = model_any(&p, who);
        if (round % 50 == 0)
            same = same && same_as_model(&p);
    }
    CHECK(same && same_as_model(&p),
          "20000 random requests agree with a page-by-page model");
}

/* The extents run out: everything is refused cleanly, what is owned stays. */
static void test_full(void)
{
    static struct pool p;
    uint32_t taken = 0;

    (void)pool_set(&p, 0, 4 * POOL_EXTENTS, POOL_CONVENTIONAL, POOL_FREE);
    while (pool_take(&p, 2 * taken, 2 * taken, ALICE))
        taken++;
    CHECK(taken > POOL_EXTENTS / 2 - 8 && p.count <= POOL_EXTENTS,
          "every other page until the map is full");
    CHECK(pool_take_any(&p, 0, BOB) == POOL_PAGES &&
              !pool_set(&p, 1, 1, POOL_NONE, POOL_FREE),
          "then nothing new is given");
    CHECK(pool_take(&p, 0, 0, ALICE) && !pool_take(&p, 0, 0, BOB),
          "and what is owned is still its owner's to ask for");
}

enum { MODEL_PORTS = 64 };

static void test_ports(void)
{
    static struct ports p;
    uint32_t owner[MODEL_PORTS] = {0};
    uint32_t seed = 99;
    int same = 1;

    for (int i = 0; i < 2000; i++) {
        uint32_t first = (seed = seed * 1103515245 + 12345) >> 16 & 63;
        uint32_t last = first + (seed >> 24 & 7);
        uint32_t who = seed >> 29 & 1 ? ALICE : BOB;
        int free = 1;

        last = last < MODEL_PORTS ? last : MODEL_PORTS - 1;
        if (i % 100 == 0) {
            p.count = 0;
            for (int n = 0; n < MODEL_PORTS; n++)
                owner[n] = 0;
        }
        for (uint32_t n = first; n <= last; n++)
            free &= owner[n] == 0 || owner[n] == who;
        for (uint32_t n = first; n <= last && free; n++)
            owner[n] = who;
        same &= ports_take(&p, first, last, who) == free;
    }
    CHECK(same, "ports go as a table of all of them says");
    p.count = 0;
    for (uint32_t n = 0; n < PORT_RANGES; n++)
        same &= ports_take(&p, 2 * n, 2 * n, ALICE);
    CHECK(same && !ports_take(&p, 5000, 5000, BOB) &&
              ports_take(&p, 1, 1, ALICE) && ports_take(&p, 0, 2, ALICE),
          "until the table is full; what joins a range fits still");
}

int main(void)
{
    boot();
    test_map();
    test_exact();
    test_attributes();
    test_kernel();
    boot();
    test_exact();
    test_any();
    boot();
    test_fault();
    test_messages();
    test_model();
    test_full();
    test_ports();
    return check_end();
}
