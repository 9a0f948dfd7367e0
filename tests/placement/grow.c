/*
 * tests/placement/grow.c - a program that the root server places automatically:
 * it grows past its threshold, comes back when it has given memory back, and
 * finds everything as it left it.
 *
 * Wants to run with heap=1024 threshold=150, beside "placement_cases peer".
 * What a small space is, the limit of its own segment tells.
 */
#include <l4/ipc.h>
#include <l4/schedule.h>
#include <pn/heap.h>
#include <pn/libc.h>
#include <pn/program.h>
#include <pn/tap.h>

int main(int argc, char **argv);

#define PAGE      4096UL
#define PAGES     256 /* of the heap */
#define THRESHOLD 150 /* of the slot */
#define LARGE     0xc0000000UL
#define CALM      1000000 /* us: then giving back is free again */

static struct pn_heap heap;

/* Bytes of the space's segment; LSL needs no privilege. */
static L4_Word_t size(void)
{
    L4_Word_t selector, limit;

    __asm__ volatile("movl %%ds, %0" : "=r"(selector));
    __asm__ volatile("lsll %1, %0" : "=r"(limit) : "r"(selector) : "cc");
    return limit + 1;
}

static int is_small(void)
{
    return size() < LARGE;
}

static volatile L4_Word_t *page(unsigned n)
{
    return (volatile L4_Word_t *)(heap.low + n * PAGE);
}

/* Pages of a slot that ends behind page n of the heap. */
static L4_Word_t slot(unsigned n)
{
    return heap.low / PAGE + n + 1;
}

/* Begin anew with `pages` pages of heap. */
static int shrink(unsigned pages)
{
    L4_Sleep(L4_TimePeriod(CALM));
    return pn_trim(heap.low + pages * PAGE);
}

/* --- growing by single pages --- */

static int hold(unsigned from, unsigned to)
{
    for (unsigned n = from; n < to; n++)
        if (*page(n) != n + 1) {
            diag("page %u holds %lx", n, *page(n));
            return 0;
        }
    return 1;
}

static void test_growth(void)
{
    L4_Word_t last = size();
    unsigned steps = 0, n = 0;
    int reaches = 1;

    ok(is_small() && last >= heap.low && last < heap.low + 16 * PAGE,
       "the slot is a little larger than the program: %lx", last);
    for (; slot(n) <= THRESHOLD; n++) {
        *page(n) = n + 1;
        reaches &= is_small() && size() > heap.low + n * PAGE;
        steps += size() != last;
        last = size();
    }
    ok(reaches, "it grows with what is touched, up to the threshold");
    ok(steps > 1 && steps < 16, "in %u steps", steps);
    *page(n) = n + 1;
    ok(size() == LARGE, "one page more, and the space is large");
    for (n++; n < PAGES; n++)
        *page(n) = n + 1;
    ok(hold(0, PAGES), "all pages hold what was written");
}

static void test_shrinking(void)
{
    int first = pn_trim(heap.low + 100 * PAGE), second = pn_trim(heap.low);

    ok(first && size() == LARGE, "100 pages are too many for a small space");
    ok(!second, "the next time has to wait");
    ok(hold(0, 100), "and then nothing is taken");
    ok(*page(100) == 0 && *page(PAGES - 1) == 0, "what was given back is zero");
    ok(shrink(10) && is_small() && size() >= heap.low + 10 * PAGE,
       "with ten pages it is small again: %lx", size());
    ok(hold(0, 10), "and they are the same");
    ok(shrink(0) && is_small() && size() < heap.low + 16 * PAGE,
       "without any, it is as small as it was");
    ok(pn_trim(heap.low) && pn_trim(heap.high) && pn_trim(~0UL),
       "giving back nothing is free");
    *page(5) = *page(4) = 1;
    L4_Sleep(L4_TimePeriod(CALM));
    ok(pn_trim(heap.low + 4 * PAGE + 1) && *page(4) == 1 && *page(5) == 0,
       "a page that is needed in part stays");
}

/* --- what an instruction wants --- */

/* The slot reaches beyond `address` now, and is small: it was understood. */
static int reached(L4_Word_t address)
{
    return is_small() && size() > address;
}

static void test_instructions(void)
{
    static const char text[] = "all of this lies across two pages";
    L4_Word_t at, taken, count, from, to;
    char *string;

    ok(shrink(0), "once more from the beginning");
    at = size() + 8 * PAGE;
    __asm__ volatile("xchgl %%esp, %1\n\t"
                     "pushl $0x12345678\n\t"
                     "popl %0\n\t"
                     "xchgl %%esp, %1"
                     : "=&r"(taken), "+r"(at)
                     :
                     : "memory");
    ok(taken == 0x12345678 && reached(at - 4), "PUSH and POP");

    at = size() + 4 * PAGE;
    __asm__ volatile("fld1\n\tfstpl %0" : "=m"(*(double *)at));
    ok(*(double *)at == 1.0 && reached(at), "FSTP");

    at = size() - 2;
    *(volatile L4_Word_t *)at = 0xabcd1234;
    ok(*(volatile L4_Word_t *)at == 0xabcd1234 && reached(at + 3),
       "a word across the limit");

    string = (char *)(size() + 3 * PAGE - 10);
    from = (L4_Word_t)text;
    to = (L4_Word_t)string;
    count = sizeof text;
    __asm__ volatile("rep movsb"
                     : "+S"(from), "+D"(to), "+c"(count)
                     :
                     : "memory");
    ok(strcmp(string, text) == 0 && reached((L4_Word_t)string + sizeof text),
       "REP MOVS");

    to = size() + 5 * PAGE;
    count = 4 * PAGE;
    __asm__ volatile("std\n\trep stosb\n\tcld"
                     : "+D"(to), "+c"(count)
                     : "a"(0x55)
                     : "memory");
    to += 4 * PAGE;
    ok(*(char *)to == 0x55 && *(char *)(to - 4 * PAGE + 1) == 0x55 &&
           reached(to),
       "and STOS downwards");
}

/* --- what the kernel wants on its behalf --- */

/* A string there and back; the answer's tag. */
static L4_MsgTag_t exchange(L4_ThreadId_t peer, void *out, void *in,
                            L4_Word_t n)
{
    L4_MsgTag_t tag;

    L4_LoadBR(0, 1);
    L4_LoadBR(1, n << 10);
    L4_LoadBR(2, (L4_Word_t)in);
    L4_Set_MsgTag(l4_tag(2UL << 6));
    L4_LoadMR(1, n << 10);
    L4_LoadMR(2, (L4_Word_t)out);
    tag = L4_Call(peer);
    L4_LoadBR(0, 0);
    return tag;
}

static void test_strings(void)
{
    L4_ThreadId_t peer = pn_find("placement_cases");
    static char text[5000];
    char *beyond;

    memset(text, 'x', sizeof text);
    ok(shrink(0) && !L4_IsNilThread(peer), "there is a peer");
    beyond = (char *)(size() + 3 * PAGE + 100);
    ok(L4_IpcSucceeded(exchange(peer, text, beyond, sizeof text)) &&
           memcmp(text, beyond, sizeof text) == 0 &&
           reached((L4_Word_t)beyond + sizeof text),
       "a string is received beyond the limit");
    memset(text, 0, sizeof text);
    ok(L4_IpcSucceeded(exchange(peer, beyond, text, sizeof text)) &&
           memcmp(text, beyond, sizeof text) == 0,
       "and sent from there");
    ok(shrink(0), "given back");
    beyond = (char *)(size() + 3 * PAGE + 100);
    ok(L4_IpcSucceeded(exchange(peer, beyond, text, sizeof text)) &&
           text[0] == 0 && text[4999] == 0 &&
           reached((L4_Word_t)beyond + sizeof text),
       "what was never touched can be sent, too");
}

/* --- as often as it can --- */

static void test_greed(void)
{
    L4_Word64_t end;
    unsigned tries = 0, times = 0;

    L4_Sleep(L4_TimePeriod(CALM));
    for (end = L4_SystemClock().raw + 500000; L4_SystemClock().raw < end;
         tries++) {
        *page(PAGES - 1) = 1;
        times += pn_trim(heap.low) != 0;
    }
    ok(tries > 50 && times <= 6 && times >= 4,
       "who faults and gives back all the time: %u of %u times in 500 ms",
       times, tries);
}

int main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    plan(27);
    ok(pn_heap(&heap) && heap.high - heap.low == PAGES * PAGE,
       "the pager tells where the heap is");
    test_growth();
    test_shrinking();
    test_instructions();
    test_strings();
    test_greed();
    done();
}
