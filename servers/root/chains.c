/*
 * chains.c - programs by their names (chains.h).
 */
#include "chains.h"
#include "program.h"

#include <pn/libc.h>

#define CHAINS 1024

/* 1 + index of the first program of each chain; 0: there is none. */
static uint16_t chains[CHAINS];

static uint16_t *chain_of(const char *name)
{
    unsigned hash = 0;

    while (*name)
        hash = hash * 31 + (unsigned char)*name++;
    return &chains[hash % CHAINS];
}

struct program *program_named(const char *name)
{
    for (unsigned n = *chain_of(name); n != 0; n = programs[n - 1].next_named)
        if (strcmp(programs[n - 1].name, name) == 0)
            return &programs[n - 1];
    return NULL;
}

void chain_enter(struct program *p)
{
    uint16_t *chain = chain_of(p->name);

    p->next_named = *chain;
    *chain = (uint16_t)(p - programs + 1);
}

void chain_leave(struct program *p)
{
    uint16_t *chain = chain_of(p->name);
    unsigned self = (unsigned)(p - programs + 1), n = *chain;

    if (n == self) {
        *chain = (uint16_t)p->next_named;
        return;
    }
    while (n != 0 && programs[n - 1].next_named != self)
        n = programs[n - 1].next_named;
    if (n != 0)
        programs[n - 1].next_named = p->next_named;
}
