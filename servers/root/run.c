/*
 * run.c - programs whose files were read at the prompt (run.h).
 */
#include "run.h"
#include "memory.h"
#include "program.h"
#include "supervisor.h"

#include <pn/libc.h>

struct image {
    struct boot_module module;
    char command[COMMAND_LENGTH];
    L4_Word_t block_log2;
    struct program *program; /* null: none yet */
};

static struct image images[RUN_PROGRAMS];

static void fill(struct image *m, const struct run *r)
{
    L4_Word_t rest = -r->bytes % PAGE_SIZE;

    memset((char *)r->block + r->bytes, 0, rest);
    memcpy(m->command, r->command, sizeof m->command);
    m->block_log2 = r->block_log2;
    m->module.command = m->command;
    m->module.start = r->block;
    m->module.bytes = r->bytes;
    m->module.readable = 1;
}

static int is_free(const struct image *m)
{
    return m->program && !program_lives(m->program);
}

/* A place for a program of this name, that is its own, was never used, or whose
 * program is no more; null: there is none. */
static struct image *place_for(const char *name)
{
    struct image *found = NULL;

    for (unsigned i = 0; i < RUN_PROGRAMS; i++) {
        struct image *m = &images[i];

        if (is_free(m) && strcmp(m->program->name, name) == 0)
            return m;
        if (!m->program && (!found || found->program))
            found = m;
        else if (!found && is_free(m))
            found = m;
    }
    return found;
}

/* Has somebody the name who can't give it? */
static int is_taken(const char *name)
{
    struct program *p = program_named(name);

    for (unsigned i = 0; p && i < RUN_PROGRAMS; i++)
        if (images[i].program == p && is_free(&images[i]))
            return 0;
    return p != NULL;
}

static struct program *make(const char *name, const struct run *r)
{
    struct image *m = place_for(name);

    if (!m)
        return NULL;
    if (m->program) {
        memory_put(m->module.start, m->block_log2);
        if (strcmp(m->program->name, name) != 0)
            program_rename(m->program, name);
    } else {
        m->program = program_add(name, &m->module, NULL);
    }
    if (!m->program)
        return NULL;
    snprintf(m->module.name, sizeof m->module.name, "%s", name);
    fill(m, r);
    return m->program;
}

void run_forget(const struct run *r)
{
    memory_put(r->block, r->block_log2);
}

int run_start(struct run *r)
{
    static struct command command;
    char name[sizeof programs->name];

    command_parse(&command, r->command);
    snprintf(name, sizeof name, "%.16s", command_name(&command));
    for (unsigned n = 2; is_taken(name); n++)
        snprintf(name, sizeof name, "%.16s.%u", command_name(&command), n);
    r->made = make(name, r);
    if (!r->made)
        run_forget(r);
    return r->made && supervisor_start(r->made);
}
