/*
 * modules.c - the boot modules (modules.h).
 */
#include "modules.h"
#include "command.h"
#include "memory.h"

#include <pn/bootinfo.h>
#include <pn/libc.h>

#define FIRST_MODULE 2 /* 0 is sigma0, 1 is this server */

struct boot_module modules[MODULES];
unsigned module_count;

static void note(const struct pn_module *from)
{
    static struct command command;
    struct boot_module *m = &modules[module_count++];

    command_parse(&command, from->command);
    snprintf(m->name, sizeof m->name, "%s", command_name(&command));
    m->command = from->command;
    m->start = from->start;
    m->bytes = from->size;
}

void modules_find(void)
{
    const struct pn_bootinfo *info = pn_bootinfo_get();
    struct pn_module module;

    if (!info) {
        printf("root: no boot information: no programs\n");
        return;
    }
    for (size_t n = FIRST_MODULE;
         module_count < MODULES && pn_bootinfo_module(info, n, &module); n++)
        note(&module);
}

struct boot_module *module_named(const char *name)
{
    for (unsigned i = 0; i < module_count; i++)
        if (strcmp(modules[i].name, name) == 0)
            return &modules[i];
    return NULL;
}

int module_open(struct boot_module *m)
{
    L4_Word_t rest = -(m->start + m->bytes) % PAGE_SIZE;

    if (!m->readable && memory_get_at(m->start, m->bytes)) {
        memset((char *)(m->start + m->bytes), 0, rest);
        m->readable = 1;
    }
    return m->readable;
}
