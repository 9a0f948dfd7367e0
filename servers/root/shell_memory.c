/*
 * shell_memory.c - commands about the linear space and who is where in it.
 */
#include "area.h"
#include "memory.h"
#include "monitor.h"
#include "map.h"
#include "program.h"
#include "shell.h"

#include <l4/kip.h>
#include <pn/libc.h>
#include <pn/small.h>

static struct area_space *spaces; /* room for all programs and two more */

static struct area_space space_of(L4_ThreadId_t thread, const char *name,
                                  const char *policy)
{
    struct area_space s = {.name = name, .policy = policy, .thread = thread};

    if (!pn_place(thread, 0, 0, &s.control, &s.place))
        s.place.base = s.place.size = s.control = 0; /* just now it died */
    return s;
}

/* Of all spaces: *n of them; null and a line: there is no memory. */
static struct area_space *all_spaces(unsigned *n)
{
    static const char *const policies[] = {"default", "small", "large", "auto"};

    *n = 0;
    if (!spaces)
        spaces = (struct area_space *)monitor_ask(
            MONITOR_MEMORY, memory_log2((programs_most() + 2) * sizeof *spaces),
            COMMAND_ANY);
    if (!spaces) {
        printf("there is no memory to draw it\n");
        return NULL;
    }
    spaces[(*n)++] =
        space_of(L4_GlobalId(L4_ThreadIdUserBase(NULL), 1), "sigma0", "system");
    spaces[(*n)++] = space_of(L4_RootServerId(NULL), "root", "system");
    for (unsigned i = 0; i < program_count; i++)
        if (program_lives(&programs[i]))
            spaces[(*n)++] = space_of(programs[i].thread, programs[i].name,
                                      policies[programs[i].size]);
    return spaces;
}

static void area(int argc, char **argv)
{
    struct pn_place place = pn_small_area();
    unsigned n;

    (void)argv;
    if (!all_spaces(&n))
        return;
    if (argc > 1)
        area_json(&place, spaces, n);
    else
        area_text(&place, spaces, n);
}

static void map(int argc, char **argv)
{
    struct pn_place place = pn_small_area();
    unsigned n;

    (void)argc;
    (void)argv;
    if (all_spaces(&n))
        map_text(&place, spaces, n);
}

static void move(int argc, char **argv)
{
    (void)argc;
    monitor_say(shell_living(argv[1]), MONITOR_MOVE, COMMAND_ANY, "moved");
}

static void compact(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    printf("the largest hole has %lu pages\n",
           monitor_ask(MONITOR_COMPACT, 0, COMMAND_ANY) / PAGE_SIZE);
}

const struct shell_command shell_memory[] = {
    {"map", "", "the linear space, and who is where in it", map, NULL},
    {"area", "[json]", "the area of small spaces, in figures", area, NULL},
    {"move", "NAME", "move its small space to another place", move, NULL},
    {"compact", "", "slide the small spaces together", compact, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
