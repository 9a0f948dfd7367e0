/*
 * area.c - drawing the small area (area.h).
 */
#include "area.h"

#include <l4/thread.h>
#include <pn/libc.h>

#define PAGE_BITS 12
#define COLOURS   16 /* sets of the Pentium's data TLB */
#define STRIP     64 /* characters */

#define FREE    '.'
#define SEVERAL '*'
#define UNNAMED '#'

static L4_Word_t pages(L4_Word_t bytes)
{
    return bytes >> PAGE_BITS;
}

static unsigned colour(L4_Word_t base)
{
    return (unsigned)(pages(base) % COLOURS);
}

/* X.2's number, by which it is pinned; 0: it is not. */
static unsigned number(const struct area_space *s)
{
    return s->control & 0xff;
}

static int is_small(const struct area_space *s)
{
    return s->place.base != 0;
}

/* By base; those that are not in the area behind the others. */
static void sort(struct area_space *spaces, unsigned n)
{
    for (unsigned i = 1; i < n; i++) {
        struct area_space s = spaces[i];
        unsigned at = i;

        for (; at > 0 && s.place.base - 1 < spaces[at - 1].place.base - 1; at--)
            spaces[at] = spaces[at - 1];
        spaces[at] = s;
    }
}

/* The free run before small space i, or for i = small behind the last one; 1 if
 * there is any. */
static int run_before(const struct pn_place *area,
                      const struct area_space *spaces, unsigned small,
                      unsigned i, struct pn_place *run)
{
    const struct pn_place *before = i > 0 ? &spaces[i - 1].place : NULL;
    L4_Word_t end = i < small ? spaces[i].place.base : area->base + area->size;

    run->base = before ? before->base + before->size : area->base;
    run->size = end - run->base;
    return run->size != 0;
}

static unsigned count_small(const struct area_space *spaces, unsigned n)
{
    unsigned small = 0;

    while (small < n && is_small(&spaces[small]))
        small++;
    return small;
}

unsigned area_sort(struct area_space *spaces, unsigned n)
{
    sort(spaces, n);
    return count_small(spaces, n);
}

struct summary {
    unsigned runs;
    L4_Word_t free; /* pages */
    struct pn_place largest;
    unsigned fragmentation; /* in ten thousandths */
};

static struct summary sum(const struct pn_place *area,
                          const struct area_space *spaces, unsigned small)
{
    struct summary s = {0, 0, {0, 0}, 0};
    struct pn_place run;

    for (unsigned i = 0; i <= small; i++) {
        if (!run_before(area, spaces, small, i, &run))
            continue;
        s.runs++;
        s.free += pages(run.size);
        if (run.size > s.largest.size)
            s.largest = run;
    }
    if (s.free > 0)
        s.fragmentation =
            (unsigned)((s.free - pages(s.largest.size)) * 10000 / s.free);
    return s;
}

/* --- Text --- */

/* What stands for space i in the strip. */
static char letter(unsigned i)
{
    if (i < 26)
        return (char)('a' + i);
    return i < 52 ? (char)('A' + i - 26) : UNNAMED;
}

static void text_space(const struct area_space *s, char mark)
{
    printf("%c  %08lx  %6lu  %6u  %s, %s", mark, s->place.base,
           pages(s->place.size), colour(s->place.base), s->name, s->policy);
    if (PN_AskedPager(s->control))
        printf(", asks at its limit");
    if (number(s))
        printf(", pinned by number %u", number(s));
    printf("\n");
}

static char strip_char(const struct area_space *spaces, unsigned small,
                       L4_Word_t base, L4_Word_t bytes)
{
    char c = FREE;

    for (unsigned i = 0; i < small; i++) {
        const struct pn_place *p = &spaces[i].place;

        if (p->base - base >= bytes && base - p->base >= p->size)
            continue;
        if (c != FREE)
            return SEVERAL;
        c = letter(i);
    }
    return c;
}

/* From the area's beginning to the last space in it, or a little further. */
static void text_strip(const struct pn_place *area,
                       const struct area_space *spaces, unsigned small)
{
    const struct pn_place *last = &spaces[small - 1].place;
    L4_Word_t bytes = 1UL << PAGE_BITS, used = last->base + last->size;
    char strip[STRIP + 1];
    unsigned n = 0;

    used -= area->base;
    while (bytes * STRIP < used)
        bytes *= 2;
    for (; n < STRIP && n * bytes < area->size; n++)
        strip[n] = strip_char(spaces, small, area->base + n * bytes, bytes);
    strip[n] = '\0';
    printf("%08lx |%s| %lu page%s a character\n", area->base, strip,
           pages(bytes), bytes == 1UL << PAGE_BITS ? "" : "s");
}

static void text_large(const struct area_space *s, unsigned n)
{
    printf("large:");
    for (unsigned i = 0; i < n; i++)
        printf("%s %s, %s", i ? ";" : "", s[i].name, s[i].policy);
    printf("\n");
}

void area_text(const struct pn_place *area, struct area_space *spaces,
               unsigned n)
{
    unsigned small;
    struct summary s;
    struct pn_place run;

    small = area_sort(spaces, n);
    s = sum(area, spaces, small);
    printf("   %-8s  %6s  %6s  %s\n", "BASE", "PAGES", "COLOUR", "SPACE");
    for (unsigned i = 0; i <= small; i++) {
        if (run_before(area, spaces, small, i, &run))
            printf("%c  %08lx  %6lu\n", FREE, run.base, pages(run.size));
        if (i < small)
            text_space(&spaces[i], letter(i));
    }
    if (small > 0)
        text_strip(area, spaces, small);
    if (small < n)
        text_large(spaces + small, n - small);
    printf("%lu of %lu pages free, in %u run%s, %lu in the largest: "
           "fragmentation %u.%02u %%\n",
           s.free, pages(area->size), s.runs, s.runs == 1 ? "" : "s",
           pages(s.largest.size), s.fragmentation / 100, s.fragmentation % 100);
}

/* --- JSON --- */

/* Names come from the boot loader's command lines. */
static void json_string(const char *s)
{
    char text[256];
    size_t n = 0;

    for (; *s && n < sizeof text - 7; s++)
        if (*s == '"' || *s == '\\' || *s < ' ' || *s > '~')
            n += (size_t)snprintf(text + n, 7, "\\u%04x", (unsigned char)*s);
        else
            text[n++] = *s;
    text[n] = '\0';
    printf("\"%s\"", text);
}

static void json_place(const struct pn_place *p)
{
    printf("\"base\": %lu, \"pages\": %lu, \"colour\": %u", p->base,
           pages(p->size), colour(p->base));
}

static void json_space(const struct area_space *s)
{
    printf("{\"name\": ");
    json_string(s->name);
    printf(", \"thread\": \"%lu.%lu\", \"policy\": \"%s\", \"small\": %s, ",
           L4_ThreadNo(s->thread), L4_Version(s->thread), s->policy,
           is_small(s) ? "true" : "false");
    if (is_small(s))
        json_place(&s->place);
    else
        printf("\"base\": null, \"pages\": null, \"colour\": null");
    printf(", \"asks\": %s, \"number\": %u}",
           PN_AskedPager(s->control) ? "true" : "false", number(s));
}

void area_json(const struct pn_place *area, struct area_space *spaces,
               unsigned n)
{
    const char *comma = "";
    unsigned small;
    struct summary s;
    struct pn_place run;

    small = area_sort(spaces, n);
    s = sum(area, spaces, small);
    printf("{\"base\": %lu, \"pages\": %lu,\n \"spaces\": [", area->base,
           pages(area->size));
    for (unsigned i = 0; i < n; i++) {
        printf("%s\n  ", i ? "," : "");
        json_space(&spaces[i]);
    }
    printf("],\n \"free\": [");
    for (unsigned i = 0; i <= small; i++)
        if (run_before(area, spaces, small, i, &run)) {
            printf("%s\n  {", comma);
            json_place(&run);
            printf("}");
            comma = ",";
        }
    printf("],\n \"free_pages\": %lu, \"largest_free\": %lu, "
           "\"fragmentation\": %u.%04u}\n",
           s.free, pages(s.largest.size), s.fragmentation / 10000,
           s.fragmentation % 10000);
}
