/*
 * options.c - the argument line (options.h).
 */
#include "options.h"
#include "party.h"

#include <pn/libc.h>

const char *const place_names[3] = {"colour", "same", "x2"};
static const char *const kinds[2] = {"large", "small"};

static const struct options defaults = {
    .servers = {3, {2, 4, 8}},
    .clients = {1, {1}},
    .pages = {1, {0}},
    .server_small = 1,
    .client_small = 1,
    .samples = 5,
    .warmup = 2,
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

/* "a,b,c", going up; the last may be "max". */
static int
list(const char *text, unsigned min, unsigned max, struct list *list)
{
    unsigned value, previous = 0;

    for (list->n = 0; list->n < LIST_MAX; text++) {
        if (strcmp(text, "max") == 0) {
            list->value[list->n++] = max;
            return 1;
        }
        if (!number(&text, max, &value) || value < min ||
            (list->n > 0 && value <= previous))
            return 0;
        list->value[list->n++] = previous = value;
        if (*text != ',')
            return *text == '\0';
    }
    return 0;
}

static int
whole(const char *text, unsigned min, unsigned max, unsigned *value)
{
    return number(&text, max, value) && !*text && *value >= min;
}

/* Which of n names? */
static int
choice(const char *text, const char *const *names, unsigned n, unsigned *value)
{
    for (*value = 0; *value < n; ++*value)
        if (strcmp(text, names[*value]) == 0)
            return 1;
    return 0;
}

static int
kind(const char *text, int *small)
{
    unsigned value;

    if (!choice(text, kinds, 2, &value))
        return 0;
    *small = (int)value;
    return 1;
}

static int
place(const char *text, enum place *place)
{
    unsigned value;

    if (!choice(text, place_names, 3, &value))
        return 0;
    *place = (enum place)value;
    return 1;
}

/* The value, if `word` is `name` (which ends in "="). */
static const char *
value_of(const char *word, const char *name)
{
    size_t length = strlen(name);

    return strncmp(word, name, length) == 0 ? word + length : NULL;
}

static const char *
parse(struct options *o, const char *word)
{
    const char *v;

    if ((v = value_of(word, "servers=")))
        return list(v, 1, SERVERS_MAX, &o->servers)
                   ? NULL
                   : "wants numbers going up within 1-4096, or max";
    if ((v = value_of(word, "clients=")))
        return list(v, 1, CLIENTS_MAX, &o->clients)
                   ? NULL
                   : "wants numbers going up within 1-16";
    if ((v = value_of(word, "pages=")))
        return list(v, 0, SET_PAGES_MAX, &o->pages)
                   ? NULL
                   : "wants numbers going up within 0-96";
    if ((v = value_of(word, "server=")))
        return kind(v, &o->server_small) ? NULL : "wants small or large";
    if ((v = value_of(word, "client=")))
        return kind(v, &o->client_small) ? NULL : "wants small or large";
    if ((v = value_of(word, "place=")))
        return place(v, &o->place) ? NULL : "wants colour, same or x2";
    if ((v = value_of(word, "passes=")))
        return whole(v, 0, 4096, &o->passes) ? NULL : "wants 0..4096";
    if ((v = value_of(word, "samples=")))
        return whole(v, 1, 31, &o->samples) ? NULL : "wants 1..31";
    if ((v = value_of(word, "warmup=")))
        return whole(v, 0, 31, &o->warmup) ? NULL : "wants 0..31";
    return "unknown argument (known: servers= clients= pages= server= client= "
           "place= passes= samples= warmup=)";
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
    return NULL;
}
