/*
 * shell_servers.c - commands about programs: who there is, starting, killing.
 */
#include "memory.h"
#include "monitor.h"
#include "program.h"
#include "shell.h"
#include "top.h"

#include <l4/arch.h>
#include <l4/ipc.h>
#include <l4/schedule.h>
#include <pn/libc.h>
#include <pn/space.h>

#define PING_TIMEOUT 1000000

/* --- ps --- */

/* What the kernel says about a thread. */
static const char *thread_state(L4_ThreadId_t thread)
{
    static const char *const names[] = {"gone",    "dead",     "halted",
                                        "ready",   "sending",  "sending",
                                        "waiting", "receiving"};
    L4_Word_t old;
    L4_Word_t state = L4_Schedule(thread, ~0UL, ~0UL, ~0UL, ~0UL, &old);

    return state < sizeof names / sizeof names[0] ? names[state] : "?";
}

static void ps_devices(const struct program *p)
{
    for (unsigned i = 0; i < p->port_ranges; i++)
        printf(", ports %lx+%lx", L4_IoFpagePort(p->ports[i]),
               L4_IoFpageSize(p->ports[i]));
    for (unsigned i = 0; i < p->irqs; i++)
        printf(", irq %u", p->irq[i]);
    for (unsigned i = 0; i < p->devices; i++)
        printf(", device %lx+%lx", p->device[i].first, p->device[i].bytes);
    printf("\n");
}

/* What there is to say about one that does not run. */
static void ps_gone(const struct program *p)
{
    static const char *const names[] = {
        [PROGRAM_ENDED] = "ended",
        [PROGRAM_KILLED] = "killed",
        [PROGRAM_RESTARTING] = "restarting",
        [PROGRAM_FAILED] = "failed",
        [PROGRAM_DOWN] = "down",
    };

    printf("%-8s%-7s%-10u%s", "-", "-", p->restart.total, names[p->state]);
    if (p->state == PROGRAM_ENDED)
        printf(", status %lu", p->status);
    else if (p->server && p->why[0])
        printf(": %s", p->why);
    printf("\n");
}

/* KB that are its own now. */
static L4_Word_t memory_of(const struct program *p)
{
    L4_Word_t image = p->high - p->low;
    L4_Word_t heap = 0;

    for (unsigned i = 0; i < p->heap_used; i++)
        heap += p->heap[i] != 0;
    return image / 1024 + heap * (PAGE_SIZE / 1024);
}

static void ps_lives(const struct program *p)
{
    printf("%-8s%-7lu%-10u%s", pn_space_is_small(p->thread) ? "small" : "large",
           memory_of(p), p->restart.total,
           p->state == PROGRAM_STUCK ? "stuck" : thread_state(p->thread));
    ps_devices(p);
}

static void ps(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    printf("  %-24s%-10s%-8s%-7s%-10s%s\n", "NAME", "THREAD", "SPACE", "KB",
           "RESTARTS", "STATE");
    for (unsigned i = 0; i < program_count; i++) {
        const struct program *p = &programs[i];
        char number[16];

        snprintf(number, sizeof number, "%lu.%lu", L4_ThreadNo(p->thread),
                 L4_Version(p->thread));
        printf("  %-24s%-10s", p->name, number);
        if (program_lives(p))
            ps_lives(p);
        else
            ps_gone(p);
    }
}

/* --- ping --- */

static void ping(int argc, char **argv)
{
    struct program *p = shell_living(argv[1]);
    L4_Time_t timeout = L4_TimePeriod(PING_TIMEOUT);
    L4_Clock_t before, after;
    L4_MsgTag_t tag;

    (void)argc;
    if (!p)
        return;
    L4_Set_MsgTag(l4_tag(1));
    L4_LoadMR(1, 0x50494e47); /* "PING" */
    before = L4_SystemClock();
    tag = L4_Call_Timeouts(p->thread, timeout, timeout);
    after = L4_SystemClock();
    if (L4_IpcSucceeded(tag))
        printf("%s answered %lu words in %llu us\n", p->name,
               L4_UntypedWords(tag), after.raw - before.raw);
    else if (L4_ErrorCode() & L4_IpcErrReceivePhase)
        printf("%s took the message and did not answer\n", p->name);
    else
        printf("%s takes no messages\n", p->name);
}

/* --- coming and going --- */

/* One that waits to be started again can be killed, too. */
static void kill(int argc, char **argv)
{
    struct program *p = shell_program(argv[1]);

    (void)argc;
    if (p && p->state != PROGRAM_RESTARTING)
        p = shell_living(argv[1]);
    monitor_say(p, MONITOR_KILL, COMMAND_ANY, "killed");
}

static void start(int argc, char **argv)
{
    struct program *p = shell_program(argv[1]);

    (void)argc;
    if (p && program_lives(p))
        printf("%s runs: restart it?\n", p->name);
    else
        monitor_say(p, MONITOR_START, COMMAND_ANY, "started");
}

static void restart(int argc, char **argv)
{
    (void)argc;
    monitor_say(shell_program(argv[1]), MONITOR_START, COMMAND_ANY,
                "restarted");
}

static const char more_top[] =
    "Once a second, until a key is pressed, or so many times.\n"
    "The share of the processor is what the kernel's clock found running.\n"
    "Requests are counted by the servers themselves; - is one that does not.\n"
    "Faults are those of pages that the root server has given.\n";

const struct shell_command shell_servers[] = {
    {"ps", "", "who there is: space, memory, restarts, state", ps, NULL},
    {"top", "[TIMES]", "who works: processor, requests, page faults", top,
     more_top},
    {"ping", "NAME", "send a message, wait a second for the answer", ping,
     NULL},
    {"start", "NAME", "start one that does not run", start, NULL},
    {"kill", "NAME", "remove a program; it stays down", kill, NULL},
    {"restart", "NAME", "remove it and start it anew", restart, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
