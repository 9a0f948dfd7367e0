/*
 * area.h - the small area as people want to see it: who sits where, what is
 * free between them, and as how large a hole.
 *
 * Pure but for printf; the host tests run it.
 */
#pragma once

#include <l4/types.h>
#include <pn/small.h>

struct area_space {
    const char *name;
    const char *policy; /* how it is placed */
    L4_ThreadId_t thread;
    struct pn_place place; /* as pn_place() tells; base 0: it is large */
    L4_Word_t control;
};

/* Put small spaces first, by their addresses; returns how many there are. */
unsigned area_sort(struct area_space *spaces, unsigned n);

/* For people: a table in the order of addresses, and a strip of characters, one
 * for so many pages. Both of these sort the spaces. */
void area_text(const struct pn_place *area, struct area_space *spaces,
               unsigned n);

/* For programs: one JSON object. Addresses are numbers; "fragmentation" is the
 * part of the free pages that is not in the largest run of them. */
void area_json(const struct pn_place *area, struct area_space *spaces,
               unsigned n);
