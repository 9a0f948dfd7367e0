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
};

static struct image images[RUN_PROGRAMS];
static unsigned image_count;

/* The image of a program that was made here and is no more; null: it is
 * another. */
static struct image *image_to_replace(const struct program *p)
{
    for (unsigned i = 0; i < image_count; i++)
        if (p->image == &images[i].module && !program_lives(p))
            return &images[i];
    return NULL;
}

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

static struct program *add(const char *name, const struct run *r)
{
    struct image *m = &images[image_count];
    struct program *p;

    if (image_count == RUN_PROGRAMS)
        return NULL;
    fill(m, r);
    snprintf(m->module.name, sizeof m->module.name, "%s", name);
    p = program_add(name, &m->module, NULL);
    image_count += p != NULL;
    return p;
}

/* The program called so, if it is to be made of this now; null: somebody else
 * has the name, or all places are taken. */
static struct program *take(const char *name, const struct run *r)
{
    struct program *p = program_named(name);
    struct image *m;

    if (!p)
        return add(name, r);
    m = image_to_replace(p);
    if (!m)
        return NULL;
    memory_put(m->module.start, m->block_log2);
    fill(m, r);
    return p;
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
    r->made = take(name, r);
    for (unsigned n = 2; !r->made && n <= RUN_PROGRAMS + 1; n++) {
        snprintf(name, sizeof name, "%.16s.%u", command_name(&command), n);
        r->made = take(name, r);
    }
    if (!r->made)
        run_forget(r);
    return r->made && supervisor_start(r->made);
}
