/*
 * tests/servers/crowd.c - instances of one server, whose image is in memory
 * once until they write to it:
 *
 *     servers_crowd            an instance: tells its variable, and changes it
 *     servers_crowd ask N      checks, with the N instances crowd.1 ...
 */
#include <pn/libc.h>
#include <pn/program.h>
#include <pn/server.h>
#include <pn/tap.h>

int main(int argc, char **argv);

enum { TELL = 0x0c01, CHANGE };

#define GIVEN 7

/* A page of its own: the first access to it reads. */
struct page {
    L4_Word_t word;
    char rest[4096 - sizeof(L4_Word_t)];
} __attribute__((aligned(4096)));

static struct page zero, given = {.word = GIVEN};
static char buffer[16];

static int tell(struct pn_call *c)
{
    c->word[0] = zero.word;
    c->word[1] = given.word;
    return 2;
}

static int change(struct pn_call *c)
{
    zero.word += c->word[0];
    given.word += c->word[0];
    return 0;
}

static const struct pn_operation operations[] = {
    {TELL, 0, tell}, {CHANGE, 1, change}, {0, 0, NULL}};

/* How many instances have this, and n times the factor more. */
static unsigned having(unsigned count, unsigned factor)
{
    unsigned right = 0;

    for (unsigned n = 1; n <= count; n++) {
        L4_Word_t words[2];
        char name[16];

        snprintf(name, sizeof name, "crowd.%u", n);
        right += pn_ask(pn_find(name), TELL, words, 0, 2) == 2 &&
                 words[0] == n * factor && words[1] == GIVEN + n * factor;
    }
    return right;
}

static void ask(unsigned count)
{
    int error = 0;

    is(having(count, 0), count, "all begin with the same");
    for (unsigned n = count; n >= 1; n--) {
        L4_Word_t word = n;
        char name[16];

        snprintf(name, sizeof name, "crowd.%u", n);
        error |= pn_ask(pn_find(name), CHANGE, &word, 1, 0);
    }
    is(having(count, 1), count, "what each of them changes is its own");
    ok(error == 0, "and it can be changed");
    done();
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "ask") == 0)
        ask((unsigned)strtoul(argv[2], NULL, 10));
    pn_serve(&(struct pn_server){.operations = operations,
                                 .buffer = buffer,
                                 .buffer_size = sizeof buffer});
}
