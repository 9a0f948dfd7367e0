/*
 * tenant - a server as small as they come (tenant.h), which can be killed by
 * a request.
 */
#include "tenant.h"

#include <pn/libc.h>
#include <pn/program.h>
#include <pn/server.h>

int main(int argc, char **argv);

static L4_Word_t number; /* tenant.17: 17 */

static int add(struct pn_call *c)
{
    c->word[0] += c->word[1];
    c->word[1] = number;
    return 2;
}

static int die(struct pn_call *c)
{
    if (c->word[0] == TENANT_CRASH)
        __asm__ volatile("ud2");
    if (c->word[0] == TENANT_FAULT)
        *(volatile char *)0x1000 = 1;
    if (c->word[0] == TENANT_FAIL)
        pn_exit(3);
    return -PN_INVALID;
}

static const struct pn_operation operations[] = {
    {TENANT_ADD, 2, add}, {TENANT_DIE, 1, die}, {0, 0, NULL}};

int main(int argc, char **argv)
{
    const char *dot = argc > 0 ? strrchr(argv[0], '.') : NULL;

    number = dot ? strtoul(dot + 1, NULL, 10) : 0;
    pn_serve(&(struct pn_server){.operations = operations});
}
