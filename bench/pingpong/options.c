/*
 * options.c - the argument line (options.h).
 */
#include "options.h"

#include <pn/libc.h>

const char *const path_names[PATHS] = {"same", "small-small", "small-large",
                                       "large-small", "large-large"};
const unsigned page_counts[PAGE_COUNTS] = {0, 4, 8, 16, 32, 48, 64};

static const struct options defaults = {
    .path = {1, 1, 1, 1, 1},
    .standard = 1,
    .samples = 25,
    .rounds = 16,
    .warmup = 4,
};

/* A number up to max at *text, which is moved behind it. */
static int
number(const char **text, unsigned max, unsigned *value)
{
    const char *s = *text;

    *value = 0;
    for (; *s >= '0' && *s <= '9'; s++) {
        *value = *value * 10 + (unsigned)(*s - '0');
        if (*value > max)
            return 0;
    }
    if (s == *text)
        return 0;
    *text = s;
    return 1;
}

/* "a,b-c,...": calls mark() for each number; 0 if one is refused. */
static int
list(const char *text, unsigned max, struct options *o,
     int (*mark)(struct options *o, unsigned n))
{
    unsigned from, to;

    for (;; text++) {
        if (!number(&text, max, &from))
            return 0;
        to = from;
        if (*text == '-' && (text++, !number(&text, max, &to) || to < from))
            return 0;
        for (; from <= to; from++)
            if (!mark(o, from))
                return 0;
        if (*text != ',')
            return *text == '\0';
    }
}

static int
mark_mrs(struct options *o, unsigned n)
{
    o->mrs[n] = 1;
    return 1;
}

static int
mark_pages(struct options *o, unsigned n)
{
    for (unsigned i = 0; i < PAGE_COUNTS; i++)
        if (page_counts[i] == n)
            return o->pages[i] = 1;
    return 0;
}

/* "a,b,...": names of paths. */
static int
paths(const char *text, struct options *o)
{
    memset(o->path, 0, sizeof o->path);
    for (;; text++) {
        unsigned i = 0;
        size_t length = 0;

        while (text[length] && text[length] != ',')
            length++;
        while (i < PATHS && (strlen(path_names[i]) != length ||
                             strncmp(text, path_names[i], length) != 0))
            i++;
        if (i == PATHS)
            return 0;
        o->path[i] = 1;
        text += length;
        if (!*text)
            return 1;
    }
}

static int
slots(const char *text, struct options *o)
{
    o->x2_slots = strcmp(text, "x2") == 0;
    return o->x2_slots || strcmp(text, "pages") == 0;
}

static int
whole(const char *text, unsigned min, unsigned max, unsigned *value)
{
    return number(&text, max, value) && !*text && *value >= min;
}

/* The value, if `word` is `name` (which ends in "="). */
static const char *
value_of(const char *word, const char *name)
{
    size_t length = strlen(name);

    return strncmp(word, name, length) == 0 ? word + length : NULL;
}

static int
is_switch(const char *text, int *value)
{
    *value = strcmp(text, "on") == 0;
    return *value || strcmp(text, "off") == 0;
}

#define UNKNOWN                                                           \
    "unknown argument (known: path= mrs= pages= slots= samples= rounds= " \
    "warmup= cold= raw= summary=)"

static const char *
parse(struct options *o, const char *word)
{
    const char *v;

    if ((v = value_of(word, "path=")))
        return paths(v, o) ? NULL
                           : "no such path (known: same small-small "
                             "small-large large-small large-large)";
    if ((v = value_of(word, "mrs=")))
        return list(v, MRS - 1, o, mark_mrs) ? NULL
                                             : "wants a list within 0-63";
    if ((v = value_of(word, "pages=")))
        return list(v, 64, o, mark_pages) ? NULL
                                          : "wants a list of 0 4 8 16 32 48 64";
    if ((v = value_of(word, "slots=")))
        return slots(v, o) ? NULL : "wants pages or x2";
    if ((v = value_of(word, "samples=")))
        return whole(v, 1, SAMPLES_MAX, &o->samples) ? NULL : "wants 1..101";
    if ((v = value_of(word, "rounds=")))
        return whole(v, 8, ROUNDS_MAX, &o->rounds) && o->rounds % 8 == 0
                   ? NULL
                   : "wants a multiple of 8 up to 4096";
    if ((v = value_of(word, "warmup=")))
        return whole(v, 0, ROUNDS_MAX, &o->warmup) ? NULL : "wants 0..4096";
    if ((v = value_of(word, "cold=")))
        return is_switch(v, &o->cold) ? NULL : "wants on or off";
    if ((v = value_of(word, "raw=")))
        return is_switch(v, &o->raw) ? NULL : "wants on or off";
    if ((v = value_of(word, "summary=")))
        return is_switch(v, &o->summary) ? NULL : "wants on or off";
    return UNKNOWN;
}

static int
any(const unsigned char *marks, unsigned n)
{
    while (n > 0)
        if (marks[--n])
            return 1;
    return 0;
}

const char *
options_parse(struct options *o, int argc, char **argv, int *bad)
{
    *o = defaults;
    for (int i = 1; i < argc; i++) {
        const char *problem = parse(o, argv[i]);

        *bad = i;
        if (problem)
            return problem;
    }
    o->standard = !any(o->mrs, MRS) && !any(o->pages, PAGE_COUNTS);
    if (!any(o->mrs, MRS))
        o->mrs[STANDARD_MRS] = 1;
    if (!any(o->pages, PAGE_COUNTS))
        o->pages[0] = 1;
    return NULL;
}

int
options_wanted(const struct options *o, unsigned mrs, unsigned pages_index)
{
    if (o->standard)
        return pages_index == 0 || mrs == STANDARD_MRS;
    return o->mrs[mrs] && o->pages[pages_index];
}

unsigned
options_paths(const struct options *o)
{
    unsigned n = 0;

    for (unsigned i = 0; i < PATHS; i++)
        n += o->path[i] != 0;
    return n;
}

unsigned
options_cases(const struct options *o)
{
    unsigned n = 0;

    for (unsigned p = 0; p < PAGE_COUNTS; p++)
        for (unsigned mrs = 0; mrs < MRS; mrs++)
            n += options_wanted(o, mrs, p) != 0;
    return n;
}
