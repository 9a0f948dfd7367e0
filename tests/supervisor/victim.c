/*
 * tests/supervisor/victim.c - a server that stops, in the way that its argument
 * says, when it is pinged (label 0, one word):
 *
 *     crash  an undefined instruction      fault  memory that is not its own
 *     hang   an endless loop               exit   status 0
 *     fail   status 3                      start  at once, not when pinged
 *
 * Without an argument it answers.
 */
#include <pn/libc.h>
#include <pn/program.h>
#include <pn/server.h>

int main(int argc, char **argv);

static const char *way = "";

static int is(const char *name)
{
    return strcmp(way, name) == 0;
}

static int pinged(struct pn_call *c)
{
    (void)c;
    if (is("crash"))
        __asm__ volatile("ud2");
    if (is("fault"))
        *(volatile char *)0x1000 = 1;
    while (is("hang"))
        __asm__ volatile("" ::: "memory");
    if (is("exit") || is("fail"))
        pn_exit(is("exit") ? 0 : 3);
    return 1;
}

static const struct pn_operation operations[] = {{0, 1, pinged}, {0, 0, NULL}};

int main(int argc, char **argv)
{
    if (argc > 1)
        way = argv[1];
    if (is("start"))
        return 1;
    pn_serve(&(struct pn_server){.operations = operations});
}
