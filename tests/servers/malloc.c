/*
 * tests/servers/malloc.c - C's malloc over the heap that the root server gives,
 * started with heap=64:
 *
 *     servers_malloc              checks
 *     servers_malloc DAMAGE       does that and shall be ended: twice, beyond
 *     servers_malloc wait         checks nothing; waits until these are gone
 */
#include <pn/libc.h>
#include <pn/malloc.h>
#include <pn/program.h>
#include <pn/tap.h>

#include <l4/schedule.h>

int main(int argc, char **argv);

#define KB    1024u
#define HEAP  (64 * KB)
#define SMALL 24u

static int is_zero(const char *block, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        if (block[i] != 0)
            return 0;
    return 1;
}

/* As many as there are, in a list; their number. */
static unsigned take_all(void ***list)
{
    unsigned n = 0;
    void **block;

    for (*list = NULL; (block = malloc(SMALL)) != NULL; n++) {
        *block = *list;
        *list = block;
    }
    return n;
}

static void give_all(void **list)
{
    while (list) {
        void **next = *list;

        free(list);
        list = next;
    }
}

static void check(void)
{
    void **list;
    char *a, *b;
    unsigned n;

    a = malloc(100);
    b = calloc(10, 10);
    ok(a && b && (L4_Word_t)a % 8 == 0, "there is memory");
    ok(is_zero(b, 100), "calloc's is zero");
    memset(a, 'a', 100);
    a = realloc(a, 10 * KB);
    ok(a && a[0] == 'a' && a[99] == 'a', "a block that grows keeps its bytes");
    memset(a, 'a', 10 * KB);
    free(b);
    free(a);
    free(NULL);
    ok(malloc(HEAP) == NULL && calloc(0x10001, 0x10000) == NULL,
       "more than there is can't be had");
    n = take_all(&list);
    is(n, HEAP / (SMALL + 8), "small blocks until the heap is full");
    ok(malloc(0) == NULL, "then there is nothing");
    give_all(list);
    b = calloc(1, HEAP - 8);
    ok(b && is_zero(b, HEAP - 8), "all of them make one block of zeros again");
    free(b);
    ok(pn_malloc_trim() == 1, "the pages go back");
    b = calloc(1, HEAP - 8);
    ok(b && is_zero(b, HEAP - 8), "and can be had anew");
    done();
}

static void damage(const char *how)
{
    char *block = malloc(SMALL), *other = malloc(SMALL);

    if (strcmp(how, "beyond") == 0) {
        memset(block, 'x', SMALL + 1);
        free(block);
    } else {
        free(block);
        free(block);
    }
    (void)other;
}

int main(int argc, char **argv)
{
    if (argc < 2)
        check();
    if (strcmp(argv[1], "wait") != 0) {
        damage(argv[1]);
        printf("servers_malloc: %s was not noticed\n", argv[1]);
        return 0;
    }
    if (malloc(1))
        printf("servers_malloc: memory without a heap\n");
    while (!L4_IsNilThread(pn_find("servers_malloc.2")) ||
           !L4_IsNilThread(pn_find("servers_malloc.3")))
        L4_ThreadSwitch(L4_nilthread);
    return 0;
}
