/*
 * tests/api/residents.h - hundreds of tiny spaces, each with a server in it
 * that knows what its pages hold.
 *
 * A resident's space is as small as can be: interface page, UTCBs with the
 * stack behind them, one page of code that all share, and its own pages. The
 * first and the last word of each own page are canaries, which tell life and
 * page; they are written by the resident and looked at by it, at every message.
 * The pages' frames belong to the program, which therefore sees them, too.
 *
 * resident_make puts it into the small area, starts it and gives it its first
 * pages; after that resident_grow, _shrink and _kill keep the model true while
 * the space itself is resized, moved or made large by whoever likes to.
 *
 * Needs the stage: its pager serves the residents' faults, too, and grows the
 * spaces of those that ask it.
 */
#pragma once

#include "stage.h"

#include <pn/small.h>

enum {
    RESIDENT_NUMBER = 300, /* of the first thread */
    RESIDENT_FRAMES = 3400,
    RESIDENT_FIXED = 4, /* pages below its own: none, interface, UTCBs, code */
    RESIDENTS = 1100,
};

struct resident {
    L4_Word_t seed;  /* of this life; 0: it does not live */
    L4_Word_t pages; /* own ones */
    L4_Word_t given; /* bit p: the pager has mapped own page p */
    int asks;        /* PN_AskPager */
};

extern struct resident residents[RESIDENTS];

/* What went wrong: canaries, answers, pages asked for twice or beyond. */
extern volatile L4_Word_t wrong_canaries, wrong_answers, wrong_faults;
/* What the pager was asked for, and did. */
extern volatile L4_Word_t limit_faults, page_faults_served, grown, made_large;

/* Each resident has at most `most` own pages. Once, behind stage_open. */
void residents_open(L4_Word_t most);

L4_ThreadId_t resident_id(unsigned i);
/* A new one with so many own pages, its space so many pages long, at `base` or
 * anywhere. 0: there is no room, or memory. */
int resident_make(unsigned i, L4_Word_t pages, L4_Word_t size, int asks,
                  L4_Word_t base);
void resident_kill(unsigned i);
/* Its space is large enough for so many own pages, or it shall reach out. */
void resident_grow(unsigned i, L4_Word_t pages);
/* Take pages away; its space may be made as small then. */
void resident_shrink(unsigned i, L4_Word_t pages);
/* It looks at all its pages, and the program at their frames. */
void resident_check(unsigned i);

/* A resident that is a client: it has one of the first `count` residents look
 * at its pages, and its victim, then yields, or sleeps for a tick, and so on
 * for ever. */
void courier_start(unsigned i, L4_Word_t count, int sleeps);
void courier_victim(unsigned i, L4_Word_t victim);
/* Calls so far; wrong ones are counted where all are. */
L4_Word_t courier_calls(unsigned i);
