/*
 * tests/servers/ring.c - a ring against messages: the same answers, whatever
 * the client does to the shared page.
 *
 *     servers_ring              checks
 *     servers_ring leave        opens all there are, the last through a ring,
 *                               and ends without a wait for it
 *     servers_ring take         makes a ring, and ends
 *     servers_ring cost         cycles of ten opens, both ways
 */
#include <pn/handles.h>
#include <pn/libc.h>
#include <pn/notify.h>
#include <pn/program.h>
#include <pn/ring.h>
#include <pn/tap.h>

#include <l4/space.h>

int main(int argc, char **argv);

#define BATCH   10
#define SAMPLES 25
#define WARM_UP 4
#define MY_BIT  4

static L4_ThreadId_t server;
static struct pn_ring ring;
static struct pn_ring_page page __attribute__((aligned(4096)));

static int ask(L4_Word_t label, L4_Word_t word, const char *name, size_t bytes)
{
    struct pn_request r = {.server = server,
                           .label = label,
                           .words = name ? 0 : 1,
                           .word = {word},
                           .send = name,
                           .send_bytes = bytes};
    int n = pn_request(&r);

    return n == 1 ? (int)r.word[0] : n;
}

static int close_all(void)
{
    int closed = 0;

    for (L4_Word_t n = 1; n <= PN_HANDLES; n++)
        closed += ask(PN_HANDLE_CLOSE, n, NULL, 0) == 0;
    return closed;
}

static int fill(L4_Word_t label, L4_Word_t words, L4_Word_t word,
                const char *data, L4_Word_t bytes)
{
    struct pn_ring_entry *e = pn_ring_next(&ring);

    if (!e)
        return 0;
    e->label = label;
    e->words = words;
    e->word[0] = word;
    e->bytes = bytes;
    memcpy(e->data, data, bytes > PN_RING_DATA ? 0 : bytes);
    return 1;
}

/* One request through the ring; its entry. */
static const struct pn_ring_entry *one(L4_Word_t label, L4_Word_t words,
                                       L4_Word_t word, const char *data,
                                       L4_Word_t bytes)
{
    if (!fill(label, words, word, data, bytes) || pn_ring_submit(&ring) < 0 ||
        pn_ring_wait(&ring) != 1)
        return NULL;
    return pn_ring_answer(&ring);
}

static int result(L4_Word_t label, L4_Word_t words, L4_Word_t word,
                  const char *data, L4_Word_t bytes)
{
    const struct pn_ring_entry *e = one(label, words, word, data, bytes);

    return e ? e->result : -99;
}

/* --- ten opens --- */

static int open_by_messages(void)
{
    int all = 1;

    for (int i = 0; i < BATCH; i++)
        all &= ask(PN_HANDLE_OPEN, 0, "/some/file", 10) > 0;
    return all;
}

static int open_by_ring(void)
{
    int good = 0;

    for (int i = 0; i < BATCH; i++)
        if (!fill(PN_HANDLE_OPEN, 0, 0, "/some/file", 10))
            return 0;
    if (pn_ring_submit(&ring) < 0)
        return 0;
    while (pn_ring_wait(&ring) == 1) {
        const struct pn_ring_entry *e;

        while ((e = pn_ring_answer(&ring)) != NULL)
            good += e->result == 1 && e->word[0] > 0;
    }
    return good == BATCH;
}

static L4_Word_t cycles(void)
{
    L4_Word_t low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return low;
}

/* The least of some samples; 0: it went wrong. */
static L4_Word_t least(int (*job)(void))
{
    L4_Word_t best = ~0ul;

    for (int i = 0; i < WARM_UP + SAMPLES; i++) {
        L4_Word_t before = cycles(), took;

        if (!job())
            return 0;
        took = cycles() - before;
        if (i >= WARM_UP && took < best)
            best = took;
        if (close_all() != BATCH)
            return 0;
    }
    return best;
}

static int cost(void)
{
    L4_Word_t messages, by_ring;

    if (pn_ring_open(&ring, &page, server, MY_BIT) < 0)
        return 1;
    messages = least(open_by_messages);
    by_ring = least(open_by_ring);
    printf("servers_ring: messages=%lu ring=%lu\n", messages, by_ring);
    return messages == 0 || by_ring == 0;
}

/* --- checks --- */

/* Ten leave, with all handles and all rings; these are to be had again. */
static void test_left(void)
{
    int looks = 0;

    for (unsigned n = 2; n <= 11; n++) {
        char name[20];

        snprintf(name, sizeof name, "servers_ring.%u", n);
        while (!L4_IsNilThread(pn_find(name)) && looks++ < 100)
            L4_Sleep(L4_TimePeriod(10000));
    }
    ok(looks < 100, "clients with everything open have gone");
}

static void test_open(void)
{
    ok(pn_ring_open(&ring, &page, server, MY_BIT) == 0, "a ring is made");
    is((L4_Word_t)pn_ring_wait(&ring), 0, "there is nothing to wait for");
    ok(pn_ring_answer(&ring) == NULL, "nor an answer");
    ok(open_by_ring() && close_all() == BATCH,
       "ten opens through it, and ten closes by messages");
    ok(open_by_messages() && close_all() == BATCH, "ten opens by messages");
}

static void test_full(void)
{
    L4_Word_t handle[PN_RING_ENTRIES] = {0};
    unsigned n = 0, right = 0;

    while (fill(PN_HANDLE_OPEN, 0, 0, "abcdefghijklmnopq", n + 1))
        n++;
    is(n, PN_RING_ENTRIES, "a full ring takes no more");
    ok(pn_ring_submit(&ring) == 0 && pn_ring_wait(&ring) == 1,
       "all are submitted at once");
    L4_Sleep(L4_TimePeriod(20000));
    for (n = 0; n < PN_RING_ENTRIES; n++) {
        const struct pn_ring_entry *e = pn_ring_answer(&ring);

        right += e && e->result == 1;
        handle[n] = e ? e->word[0] : 0;
    }
    is(right, PN_RING_ENTRIES, "and answered");
    right = 0;
    for (n = 0; n < PN_RING_ENTRIES; n++) {
        const struct pn_ring_entry *e =
            one(PN_HANDLE_NAME, 1, handle[n], "", 0);

        right += e && e->result == 0 && e->bytes == n + 1 &&
                 memcmp(e->data, "abcdefghijklmnopq", n + 1) == 0;
    }
    is(right, PN_RING_ENTRIES,
       "in order, and strings come back in the entries");
    is((L4_Word_t)close_all(), PN_RING_ENTRIES, "all are the client's own");
}

static void test_refusals(void)
{
    ok(result(PN_HANDLE_CLOSE, 1, 1, "", 0) == -PN_NOT_FOUND &&
           result(PN_HANDLE_OPEN, 0, 0, "", 0) == -PN_INVALID &&
           result(PN_HANDLE_OPEN, 1, 0, "x", 1) == -PN_UNKNOWN &&
           result(0x777, 0, 0, "", 0) == -PN_UNKNOWN,
       "what a message is refused, the ring is");
    ok(result(PN_HANDLE_CLOSE, 9, 1, "", 0) == -PN_INVALID &&
           result(PN_HANDLE_CLOSE, ~0ul, 1, "", 0) == -PN_INVALID &&
           result(PN_HANDLE_OPEN, 0, 0, "", PN_RING_DATA + 1) == -PN_INVALID &&
           result(PN_HANDLE_OPEN, 0, 0, "", ~0ul) == -PN_INVALID &&
           result(PN_RING_OPEN, 1, 1, "", 0) == -PN_INVALID,
       "entries that make no sense are refused");
    is((L4_Word_t)ask(PN_RING_OPEN, 1, NULL, 0), (L4_Word_t)-PN_INVALID,
       "so is a ring without a page");
}

static void test_hostile(void)
{
    page.submitted = ring.filled + PN_RING_ENTRIES + 1;
    ok(PN_Notify(server, ring.server_bits) &&
           ask(PN_LABEL_ALIVE, 0, "", 0) == 0,
       "a count of too many ends the ring, not the server");
    L4_Sleep(L4_TimePeriod(20000));
    ok(pn_ring_open(&ring, &page, server, MY_BIT) == 0 && open_by_ring() &&
           close_all() == BATCH,
       "the client may begin a new one");
    page.done = 0x12345678;
    page.submitted = ++ring.filled;
    (void)PN_Notify(server, ~0ul);
    L4_Sleep(L4_TimePeriod(20000));
    is(page.done, BATCH + 1, "the server goes by its own count");
    (void)L4_UnmapFpage(L4_FpageAddRights(L4_FpageLog2((L4_Word_t)&page, 12),
                                          L4_FullyAccessible));
    (void)PN_Notify(server, ring.server_bits);
    is((L4_Word_t)ask(PN_HANDLE_CLOSE, 1, NULL, 0), (L4_Word_t)-PN_NOT_FOUND,
       "a page that is taken away does the server no harm");
    for (int i = 0; i < 3 * PN_RINGS; i++)
        if (pn_ring_open(&ring, &page, server, MY_BIT) != 0)
            diag("ring %d", i);
    ok(open_by_ring() && close_all() == BATCH, "rings can be made again and "
                                               "again");
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";

    server = pn_find("ring");
    if (strcmp(what, "cost") == 0)
        return cost();
    if (strcmp(what, "take") == 0)
        return pn_ring_open(&ring, &page, server, MY_BIT) != 0;
    if (strcmp(what, "leave") == 0) {
        int made = pn_ring_open(&ring, &page, server, MY_BIT) == 0;

        for (int i = 0; i < PN_HANDLES - 1; i++)
            made &= ask(PN_HANDLE_OPEN, 0, "left", 4) > 0;
        return !made || !fill(PN_HANDLE_OPEN, 0, 0, "left", 4) ||
               pn_ring_submit(&ring) < 0;
    }
    test_left();
    test_open();
    test_full();
    test_refusals();
    test_hostile();
    done();
}
