/*
 * tests/api/places.h - actors in small spaces whose size and place is known.
 */
#pragma once

#include "stage.h"

#include <pn/space.h>

/* In the middle of the area, where the kernel puts nobody by itself. */
#define FIELD    0xd0000000UL
#define AREA     0xc0000000UL
#define AREA_END 0xe0000000UL

/* ErrorCode before a call that has none. */
#define IGNORED 0xeeUL

enum { MORE = 16 }; /* pages that a space gets when it grows */

struct state {
    struct pn_place place;
    L4_Word_t old;
};

/* What SpaceControl tells when asked for `control` at `base`. */
static inline struct state
ask_at(L4_ThreadId_t id, L4_Word_t control, L4_Word_t base)
{
    struct state s = {{0xbad, 0xbad}, 0xbad};

    l4_tcr_set(L4_TCR_ERROR_CODE, IGNORED);
    EXPECT(pn_place(id, control, base, &s.old, &s.place));
    EQUAL(L4_ErrorCode(), IGNORED);
    return s;
}

static inline struct state
state_of(L4_ThreadId_t id)
{
    return ask_at(id, 0, 0);
}

/* It takes effect, and the space is there with so many pages. */
static inline void
put(L4_ThreadId_t id, L4_Word_t control, L4_Word_t base)
{
    struct state s = ask_at(id, control, base);

    EXPECT(PN_TookEffect(s.old));
    if (base)
        EQUAL(s.place.base, base);
    EQUAL(s.place.size, (control & 0xfffff) * PAGE);
}

/* It takes none: all is as before. */
static inline void
refused(L4_ThreadId_t id, L4_Word_t control, L4_Word_t base)
{
    struct state before = state_of(id), s = ask_at(id, control, base);

    EQUAL(s.old, before.old);
    EQUAL(s.place.base, before.place.base);
    EQUAL(s.place.size, before.place.size);
    EQUAL(state_of(id).old, before.old);
}

static inline void
is_at(L4_ThreadId_t id, L4_Word_t base, L4_Word_t pages)
{
    struct state s = state_of(id);

    EQUAL(s.place.base, base);
    EQUAL(s.place.size, pages * PAGE);
}

static inline L4_Word_t
pages(void)
{
    return stage_small_pages();
}

static inline L4_Word_t
limit(void)
{
    return pages() * PAGE;
}

/* A space at FIELD, and one whose place ends it; nobody ever runs there. */
static inline L4_ThreadId_t
space_in_field(int asks)
{
    L4_ThreadId_t id = stage_space(SMALL);
    L4_Word_t control = PN_SmallPages(pages());

    put(id, asks ? PN_AskPager(control) : control, FIELD);
    return id;
}

static inline L4_ThreadId_t
neighbour(L4_Word_t base)
{
    L4_ThreadId_t id = stage_space(SMALL);

    put(id, PN_SmallPages(pages()), base);
    return id;
}
static inline L4_Word_t
peek(L4_Word_t address, L4_Word_t b, L4_Word_t c)
{
    (void)b, (void)c;
    return *(volatile L4_Word_t *)address;
}

/* --- errands with strings --- */

enum { TEXT = 96 };

static inline unsigned char
text_byte(L4_Word_t i)
{
    return (unsigned char)(i * 7 + 3);
}

static inline L4_Word_t
write_text(L4_Word_t at, L4_Word_t b, L4_Word_t c)
{
    (void)b, (void)c;
    for (L4_Word_t i = 0; i < TEXT; i++)
        ((volatile unsigned char *)at)[i] = text_byte(i);
    return 0;
}

static inline L4_Word_t
wrong_bytes(L4_Word_t at, L4_Word_t b, L4_Word_t c)
{
    L4_Word_t wrong = 0;

    (void)b, (void)c;
    for (L4_Word_t i = 0; i < TEXT; i++)
        wrong += ((volatile unsigned char *)at)[i] != text_byte(i);
    return wrong;
}
