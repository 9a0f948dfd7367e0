/*
 * shell_measure.c - commands that place a server, and tell what that does to
 * its clients.
 */
#include "monitor.h"
#include "probe.h"
#include "program.h"
#include "shell.h"

#include <pn/libc.h>
#include <pn/space.h>

#define USUAL "echo" /* who is asked by `bench`, if it says nobody */

static enum command_size size_of(const char *word)
{
    switch (word[0]) {
    case 's':
        return COMMAND_SMALL;
    case 'l':
        return COMMAND_LARGE;
    default:
        return COMMAND_AUTO;
    }
}

static const char *became(enum command_size size)
{
    static const char *const texts[] = {
        [COMMAND_ANY] = "placed by default",
        [COMMAND_SMALL] = "small",
        [COMMAND_LARGE] = "large",
        [COMMAND_AUTO] = "placed automatically",
    };

    return texts[size];
}

/* How the cycles are counted, and what else is in them. */
static void say_clock(const struct program *p)
{
    if (program_is_restricted(p))
        printf("its messages go through the supervisor, as it has a list of "
               "those it may talk to\n");
    printf("clock: %s\n", probe_clock_name());
}

static const char *kind_of(const struct program *p)
{
    return pn_space_is_small(p->thread) ? "small" : "large";
}

/* The difference, with its sign, in percent of the first. */
static void say_change(L4_Word_t before, L4_Word_t after)
{
    L4_Word_t difference = after > before ? after - before : before - after;

    printf(": %s%lu, %s%lu %%\n", after >= before ? "+" : "-", difference,
           after >= before ? "+" : "-",
           before ? (difference * 100 + before / 2) / before : 0);
}

static void place(int argc, char **argv)
{
    struct program *p = shell_living(argv[1]);
    enum command_size size = size_of(argv[2]);
    struct probe before, after;
    const char *kind;
    int known;

    (void)argc;
    if (!p)
        return;
    kind = kind_of(p);
    known = probe_run(p->thread, 0, &before);
    if (!monitor_say(p, MONITOR_PLACE, size, became(size)))
        return;
    if (!known || !probe_run(p->thread, 0, &after)) {
        printf("%s answers no requests: nothing to measure\n", p->name);
        return;
    }
    printf("cycles a request: %lu %s before, %lu %s now", before.median, kind,
           after.median, kind_of(p));
    say_change(before.median, after.median);
    say_clock(p);
}

static void place_as(const char *name, enum command_size size)
{
    (void)monitor_say(shell_living(name), MONITOR_PLACE, size, became(size));
}

static void make_small(int argc, char **argv)
{
    (void)argc;
    place_as(argv[1], COMMAND_SMALL);
}

static void make_large(int argc, char **argv)
{
    (void)argc;
    place_as(argv[1], COMMAND_LARGE);
}

/* --- bench --- */

static const unsigned lengths[] = {0, 3, 16, 60};
#define LENGTHS (sizeof lengths / sizeof *lengths)

/* All lengths, with the server placed so; 0 and a line: that could not be. */
static int measure(struct program *p, enum command_size size,
                   struct probe results[LENGTHS])
{
    if (!monitor_ask(MONITOR_PLACE, (L4_Word_t)(p - programs), size)) {
        printf("%s can not be made %s\n", p->name, became(size));
        return 0;
    }
    for (unsigned i = 0; i < LENGTHS; i++)
        if (!probe_run(p->thread, lengths[i], &results[i])) {
            printf("%s answers no requests: nothing to measure\n", p->name);
            return 0;
        }
    return 1;
}

static void bench_table(const struct program *p,
                        const struct probe small[LENGTHS],
                        const struct probe large[LENGTHS])
{
    printf("cycles a request to %s, median of %u times %u, from a large "
           "space\n",
           p->name, PROBE_SAMPLES, PROBE_REQUESTS);
    printf("  %5s  %8s  %8s\n", "WORDS", "SMALL", "LARGE");
    for (unsigned i = 0; i < LENGTHS; i++) {
        printf("  %5u  %8lu  %8lu", lengths[i], small[i].median,
               large[i].median);
        say_change(small[i].median, large[i].median);
    }
    say_clock(p);
}

/* Who is asked, if nobody is named. */
static const char *anybody(void)
{
    for (unsigned i = 0; i < program_count; i++)
        if (program_lives(&programs[i]) &&
            strncmp(programs[i].name, USUAL, strlen(USUAL)) == 0)
            return programs[i].name;
    return USUAL;
}

static void bench(int argc, char **argv)
{
    struct program *p = shell_living(argc > 1 ? argv[1] : anybody());
    struct probe small[LENGTHS], large[LENGTHS];
    enum command_size was;
    int done;

    if (!p)
        return;
    was = p->size;
    done = measure(p, COMMAND_SMALL, small) && measure(p, COMMAND_LARGE, large);
    (void)monitor_ask(MONITOR_PLACE, (L4_Word_t)(p - programs), was);
    if (done)
        bench_table(p, small, large);
}

static const char more_place[] =
    "The server goes on serving. Before and after, it is sent some hundred\n"
    "requests that it only answers; the median of their cycles is printed.\n";

static const char more_bench[] =
    "Of echo, if nobody is named. The server is placed again as it was.\n";

const struct shell_command shell_measure[] = {
    {"place", "NAME small|large|auto",
     "where its space is, and what a request costs", place, more_place},
    {"small", "NAME", "place NAME small, without measuring", make_small, NULL},
    {"large", "NAME", "place NAME large, without measuring", make_large, NULL},
    {"bench", "[NAME]", "cycles of a request to a server, small and large",
     bench, more_bench},
    {NULL, NULL, NULL, NULL, NULL},
};
