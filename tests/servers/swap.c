/*
 * tests/servers/swap.c - clients of the pager with a disk:
 *
 *     servers_swap              checks, beside others that have such memory,
 * too servers_swap alone        checks what is in its memory, nothing of others
 *     servers_swap worker N     uses its memory N times, 0: for ever, and ends
 *     servers_swap survivor     the same, when it was started for the fourth
 * time servers_swap mortal       uses its memory; the first three times it
 * faults servers_swap beyond       goes beyond it servers_swap guarded      may
 * not have any servers_swap cost         what a page costs
 */
#include <stdint.h>
#include <pn/heap.h>
#include <pn/kv.h>
#include <pn/libc.h>
#include <pn/program.h>
#include <pn/swap.h>
#include <pn/tap.h>

#include <l4/schedule.h>

int main(int argc, char **argv);

#define PAGE   4096u
#define WORDS  (PAGE / sizeof(uint32_t))
#define PAGES  64u /* four times the frames of the server */
#define WORKER 24u
#define IMMORTAL \
    5u /* version of a thread that was started for the fourth time */
#define ROUNDS  600u
#define STRINGS 20u
#define COST    32u
#define SAMPLES (COST * 2)

static struct pn_heap region;
static uint32_t version[PAGES]; /* the model */
static uint32_t seed = 1;

static uint32_t any(uint32_t below)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % below;
}

static uint32_t *page_at(uint32_t page)
{
    return (uint32_t *)(region.low + page * PAGE);
}

/* Version 0: zeros. */
static uint32_t word_of(uint32_t page, uint32_t n)
{
    return version[page] * (page * WORDS + n + 1);
}

static void fill(uint32_t page)
{
    version[page] = 1 + any(1000000);
    for (uint32_t n = 0; n < WORDS; n++)
        page_at(page)[n] = word_of(page, n);
}

static int is_right(uint32_t page)
{
    for (uint32_t n = 0; n < WORDS; n++)
        if (page_at(page)[n] != word_of(page, n))
            return 0;
    return 1;
}

/* Use one of so many pages; whether it was as it should be. */
static int use_any(uint32_t pages)
{
    uint32_t page = any(pages);
    int right = is_right(page);

    if (any(3) == 0)
        fill(page);
    return right;
}

static void sleep_ms(L4_Word_t ms)
{
    L4_Sleep(L4_TimePeriod(ms * 1000));
}

/* --- checks --- */

static int ask(L4_Word_t label, L4_Word_t a, L4_Word_t b)
{
    L4_Word_t words[2] = {a, b};

    return pn_ask(pn_find(PN_SWAP_NAME), label, words, 2, 0);
}

static void test_open(void)
{
    struct pn_swap_info info;

    int n = pn_swap_info(&info);

    ok(n >= 0 && info.frames * 4 <= PAGES,
       "the server has %lu frames for %lu pages", info.frames, info.slots);
    is((L4_Word_t)pn_swap_open((info.slots + 1) * PAGE, &region),
       (L4_Word_t)-PN_NO_ROOM, "more than the disk holds is not promised");
    is((L4_Word_t)pn_swap_open(0, &region), (L4_Word_t)-PN_INVALID,
       "nothing is no region");
    is((L4_Word_t)pn_swap_open(~0UL, &region), (L4_Word_t)-PN_INVALID,
       "nor is all there is");
    is((L4_Word_t)ask(PN_SWAP_OPEN, 1, PAGE), (L4_Word_t)-PN_INVALID,
       "it begins with a page");
    is((L4_Word_t)ask(PN_SWAP_OPEN, 0xbffff000, 2 * PAGE),
       (L4_Word_t)-PN_INVALID, "and ends where programs do");
    ok(pn_swap_open(PAGES * PAGE, &region) == 0 &&
           region.high - region.low == PAGES * PAGE,
       "a region of %u pages", PAGES);
    is((L4_Word_t)pn_swap_open(PAGE, &region), (L4_Word_t)-PN_BUSY,
       "a client has one");
    is((L4_Word_t)ask(PN_SWAP_OPEN, region.low, PAGE), (L4_Word_t)-PN_BUSY,
       "by the server's word, too");
}

/* Only whose pager it is may say what becomes of a fault. */
static void test_pass(void)
{
    L4_Word_t words[4] = {pn_find("small").raw, PN_BROKEN, 0, 0};

    ok(pn_ask(L4_ExceptionHandler(), PN_LABEL_PASS, words, 4, 1) == 1 &&
           words[0] == 0 && !L4_IsNilThread(pn_find("small")),
       "nobody else can say that a client has lost a page");
}

static void test_memory(void)
{
    unsigned right = 0;

    for (uint32_t page = 0; page < PAGES; page++)
        right += (unsigned)is_right(page);
    is(right, PAGES, "it is zero at first");
    for (uint32_t page = 0; page < PAGES; page++)
        fill(page);
    for (uint32_t page = 0, all = right = 0; all < PAGES; all++, page += 7)
        right += (unsigned)is_right(page % PAGES);
    is(right, PAGES, "every page is as it was written");
    for (unsigned round = right = 0; round < ROUNDS; round++)
        right += (unsigned)use_any(PAGES);
    is(right, ROUNDS, "also when it is read and written at random");
}

/* The root server is asked, and gives pages, as if nothing were. */
static void test_elsewhere(void)
{
    struct pn_heap heap;
    unsigned right = 0, pages = 0;

    ok(pn_heap(&heap) && heap.high == region.low, "it lies behind the heap");
    for (L4_Word_t at = heap.low; at < heap.high; at += PAGE, pages++) {
        *(volatile L4_Word_t *)at = at;
        right += (unsigned)use_any(PAGES);
    }
    for (L4_Word_t at = heap.low; at < heap.high; at += PAGE)
        right -= *(volatile L4_Word_t *)at != at;
    ok(right == pages && pages > 0, "which grows meanwhile");
    ok(pn_trim(heap.low) && *(volatile L4_Word_t *)heap.low == 0 &&
           use_any(PAGES),
       "and is given back");
}

/* Both sides of a string's way may have to be brought. */
static void test_strings(void)
{
    L4_ThreadId_t kv = pn_find(PN_KV_NAME);
    unsigned right = 0;

    for (unsigned i = 0; i < STRINGS; i++) {
        uint32_t from = any(PAGES), to = (from + 1 + any(PAGES - 1)) % PAGES;

        fill(from);
        if (pn_kv_put(kv, "page", page_at(from), PN_KV_VALUE) < 0)
            break;
        for (uint32_t page = 0; page < PAGES / 4; page++)
            (void)is_right(page * 4);
        right +=
            pn_kv_get(kv, "page", page_at(to), PN_KV_VALUE) == PN_KV_VALUE &&
            memcmp(page_at(from), page_at(to), PN_KV_VALUE) == 0;
        fill(to);
    }
    is(right, STRINGS, "strings are sent and received there");
}

/* Three end; one dies three times and goes on. */
static void test_others(void)
{
    struct pn_swap_info info;
    unsigned right = 0, rounds = 0;

    for (; L4_Version(pn_find("mortal")) < IMMORTAL; rounds++)
        right += (unsigned)use_any(PAGES);
    is(right, rounds, "others that die change nothing of it");
    for (;;) {
        L4_Word_t others;

        (void)pn_swap_info(&info);
        others = info.slots - info.free_slots - PAGES;
        if (info.clients <= 2 && others == (info.clients - 1) * WORKER)
            break;
        sleep_ms(1);
    }
    ok(1, "what they had is free again");
}

static void test_close(void)
{
    struct pn_swap_info info;

    ok(pn_swap_close() == 0, "the region is given back");
    is((L4_Word_t)pn_swap_close(), (L4_Word_t)-PN_NOT_FOUND, "once");
    while (pn_swap_info(&info) >= 0 &&
           info.slots - info.free_slots > info.clients * WORKER)
        sleep_ms(1);
    ok(pn_swap_open(PAGE, &region) == 0, "and can be had anew");
    version[0] = 0;
    ok(is_right(0), "as zeros");
}

static void alone(void)
{
    struct pn_swap_info info;

    while (pn_swap_info(&info) < 0 || info.clients == 0) /* the victim first */
        sleep_ms(1);
    ok(pn_swap_open(PAGES * PAGE, &region) == 0, "a region");
    test_memory();
    while (!L4_IsNilThread(pn_find("victim")))
        sleep_ms(1);
    for (uint32_t page = 0; page < PAGES; page++)
        if (!is_right(page))
            ok(0, "page %lu", (L4_Word_t)page);
    ok(1, "the end of another one costs nothing");
    done();
}

/* --- the others --- */

static int worker(unsigned long rounds)
{
    int n;

    while ((n = pn_swap_open(WORKER * PAGE, &region)) == -PN_GONE)
        sleep_ms(1);
    if (n < 0)
        printf("%s: wrong: %s\n", pn_name(),
               pn_problem_name((enum pn_problem) - n));
    seed = (uint32_t)L4_MyGlobalId().raw;
    for (unsigned long i = 0; n == 0 && (rounds == 0 || i < rounds); i++)
        if (!use_any(WORKER)) {
            printf("%s: wrong: a page is not as it was\n", pn_name());
            return 1;
        }
    printf("%s: done\n", pn_name());
    return n != 0;
}

static int mortal(void)
{
    int mortal = L4_Version(L4_MyGlobalId()) < IMMORTAL;
    int failed = worker(mortal ? 20 : 0);

    __asm__ volatile("ud2");
    return failed;
}

static int beyond(void)
{
    if (pn_swap_open(PAGE, &region) == 0 && use_any(1))
        *(volatile char *)region.high = 1;
    printf("%s: wrong: it goes on\n", pn_name());
    return 0;
}

static int guarded(void)
{
    printf("%s: %s\n", pn_name(),
           pn_problem_name((enum pn_problem) - pn_swap_open(PAGE, &region)));
    return 0;
}

static L4_Word_t cycles(void)
{
    L4_Word_t low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return low;
}

/* The median of touching pages that are not there, in turn. */
static L4_Word_t touch_all(int write)
{
    L4_Word_t sample[SAMPLES];

    for (unsigned i = 0; i < SAMPLES; i++) {
        volatile uint32_t *at = page_at(i % COST);
        L4_Word_t began = cycles(), n = i, took;

        if (write)
            *at = i;
        else
            (void)*at;
        took = cycles() - began;
        for (; n > 0 && sample[n - 1] > took; n--)
            sample[n] = sample[n - 1];
        sample[n] = took;
    }
    return sample[SAMPLES / 2];
}

static int cost(void)
{
    struct pn_swap_info before, after;
    L4_Word_t clean, dirty;

    if (pn_swap_open(COST * PAGE, &region) != 0)
        return 1;
    (void)touch_all(1);
    (void)touch_all(0);
    (void)pn_swap_info(&before);
    clean = touch_all(0);
    (void)pn_swap_info(&after);
    if (after.reads - before.reads != SAMPLES || after.writes != before.writes)
        return 1;
    (void)touch_all(1);
    (void)pn_swap_info(&before);
    dirty = touch_all(1);
    (void)pn_swap_info(&after);
    printf("servers_swap: clean=%lu dirty=%lu\n", clean, dirty);
    return after.reads - before.reads != SAMPLES ||
           after.writes - before.writes != SAMPLES;
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";

    if (strcmp(what, "worker") == 0)
        return worker(strtoul(argv[2], NULL, 10));
    if (strcmp(what, "survivor") == 0)
        return worker(L4_Version(L4_MyGlobalId()) < IMMORTAL ? 0 : 3);
    if (strcmp(what, "mortal") == 0)
        return mortal();
    if (strcmp(what, "beyond") == 0)
        return beyond();
    if (strcmp(what, "guarded") == 0)
        return guarded();
    if (strcmp(what, "cost") == 0)
        return cost();
    if (strcmp(what, "alone") == 0)
        alone();
    test_open();
    test_pass();
    test_memory();
    test_elsewhere();
    test_strings();
    test_others();
    test_close();
    done();
}
