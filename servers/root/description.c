/*
 * description.c - from the module "system" to programs (description.h).
 */
#include "description.h"
#include "guard.h"
#include "memory.h"
#include "modules.h"
#include "program.h"
#include "supervisor.h"

#include <l4/kip.h>
#include <pn/libc.h>
#include <pn/space.h>
#include <pn/system.h>

#define MODULE "system"
#define WORD   "server" /* as often, at least, as there are servers */

static struct pn_spec *servers;
static unsigned server_count;

static void wrong(unsigned line, unsigned column, const char *text)
{
    printf(MODULE ":%u:%u: %s\n", line, column, text);
}

static unsigned servers_most(const char *text, size_t length)
{
    unsigned n = 0;

    for (size_t i = 0; i + strlen(WORD) <= length; i++)
        n += strncmp(text + i, WORD, strlen(WORD)) == 0;
    return n;
}

static int parse(const char *text, size_t length)
{
    struct pn_system_error error;
    unsigned most = servers_most(text, length);
    int n;

    servers =
        (struct pn_spec *)memory_get(memory_log2((most + 1) * sizeof *servers));
    if (!servers) {
        printf("root: no memory to read " MODULE "\n");
        return 0;
    }
    n = pn_system_parse(text, length, servers, most, &error);
    if (n < 0)
        wrong(error.line, error.column, error.text);
    else
        server_count = (unsigned)n;
    return n >= 0;
}

static int has_module(const struct pn_spec *s, const char *name)
{
    char text[100];

    if (module_named(name))
        return 1;
    snprintf(text, sizeof text,
             "%s: expected a boot module that is called \"%s\"", s->name, name);
    wrong(s->line, 1, text);
    return 0;
}

/* What its text alone does not show. */
static int fits(void)
{
    unsigned most = (1u << L4_ThreadIdBits(NULL)) - 1;

    for (unsigned i = 0; i < server_count; i++) {
        const struct pn_spec *s = &servers[i];

        if (!has_module(s, s->image) || (*s->data && !has_module(s, s->data)))
            return 0;
        if (s->count > most) {
            wrong(s->line, 1,
                  "expected no more servers than there are "
                  "thread numbers");
            return 0;
        }
        most -= s->count;
    }
    return 1;
}

enum description description_read(void)
{
    struct boot_module *m = module_named(MODULE);

    if (!m)
        return DESCRIPTION_NONE;
    if (!module_open(m)) {
        printf("root: " MODULE " is not to be had from sigma0\n");
        return DESCRIPTION_WRONG;
    }
    return parse((const char *)m->start, m->bytes) && fits()
               ? DESCRIPTION_GOOD
               : DESCRIPTION_WRONG;
}

unsigned description_programs(void)
{
    unsigned n = 0;

    for (unsigned i = 0; i < server_count; i++)
        n += servers[i].count;
    return n;
}

static void add(const struct pn_spec *s, const char *name)
{
    struct program *p = program_add(name, module_named(s->image), s);

    if (!p) {
        printf("root: %s: this name is another's\n", name);
        return;
    }
    p->data = *s->data ? module_named(s->data) : NULL;
    (void)supervisor_start(p);
}

static void add_instances(const struct pn_spec *s)
{
    L4_Word_t before = memory_taken();
    unsigned first = program_count, run = 0, small = 0;
    char name[sizeof programs->name];

    for (unsigned n = 1; n <= s->count; n++) {
        snprintf(name, sizeof name, "%s.%u", s->name, n);
        add(s, name);
    }
    if (s->count < SUPERVISOR_CROWD)
        return;
    for (unsigned i = first; i < program_count; i++)
        if (program_lives(&programs[i])) {
            run++;
            small += pn_space_is_small(programs[i].thread) != 0;
        }
    printf("root: %s: %u of %u run, %u in small spaces, %lu KB taken so far\n",
           s->name, run, s->count, small, (memory_taken() - before) / 1024);
}

static int restricts(void)
{
    for (unsigned i = 0; i < server_count; i++)
        if (!servers[i].talks_to_all)
            return 1;
    return 0;
}

void description_start(void)
{
    const char *error = restricts() ? guard_make() : NULL;

    if (error) {
        printf("root: %s\n", error);
        return;
    }
    for (unsigned i = 0; i < server_count; i++)
        if (servers[i].count == 1)
            add(&servers[i], servers[i].name);
        else
            add_instances(&servers[i]);
}
