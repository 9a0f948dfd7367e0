/*
 * map.c - drawing the linear space (map.h). Addresses go up, as in the README.
 */
#include "map.h"

#include <pn/libc.h>

#define WIDTH 36 /* of the box */
#define ALL   16 /* spaces of a kind that are all shown */
#define ENDS  4  /* of more, at either end */

static void border(L4_Word_t address)
{
    char line[WIDTH + 1];

    memset(line, '-', WIDTH);
    line[WIDTH] = '\0';
    printf(" %08lx +%s+\n", address, line);
}

static void row(const char *text, const char *beside)
{
    printf("          | %-*.*s | %s\n", WIDTH - 2, WIDTH - 2, text, beside);
}

/* "112 KB at c0000000". */
static void place_row(const char *name, const struct pn_place *p)
{
    char beside[60];

    snprintf(beside, sizeof beside, "%lu KB at %08lx", p->size / 1024, p->base);
    row(name, beside);
}

static void free_row(L4_Word_t base, L4_Word_t end)
{
    struct pn_place hole = {base, end - base};

    if (end > base)
        place_row(".", &hole);
}

static void small_spaces(const struct pn_place *area,
                         const struct area_space *spaces, unsigned small)
{
    L4_Word_t above = area->base + area->size;
    char text[40];

    for (unsigned i = small; i-- > 0;) {
        const struct pn_place *p = &spaces[i].place;

        if (small > ALL && i >= ENDS && i < small - ENDS) {
            snprintf(text, sizeof text, ": %u more", small - 2 * ENDS);
            row(text, "");
            i = ENDS;
        } else {
            free_row(p->base + p->size, above);
            place_row(spaces[i].name, p);
        }
        above = spaces[i].place.base;
    }
    free_row(area->base, above);
}

static void large_spaces(const struct area_space *s, unsigned n)
{
    char text[40];

    for (unsigned i = 0; i < n && i < ALL; i++)
        row(s[i].name, i == 0 ? "large spaces, one of them at a time" : "");
    if (n > ALL) {
        snprintf(text, sizeof text, ": %u more", n - ALL);
        row(text, "");
    }
}

void map_text(const struct pn_place *area, struct area_space *spaces,
              unsigned n)
{
    unsigned small = area_sort(spaces, n);

    border(~0UL & 0xffffffffUL);
    row("kernel", "the same in every page directory");
    border(area->base + area->size);
    small_spaces(area, spaces, small);
    border(area->base);
    large_spaces(spaces + small, n - small);
    border(0);
}
