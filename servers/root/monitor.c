/*
 * monitor.c - the interactive part of the root server (monitor.h).
 */
#include "monitor.h"
#include "area.h"
#include "console.h"
#include "log.h"
#include "memory.h"
#include "program.h"

#include <l4/arch.h>
#include <l4/ipc.h>
#include <l4/kip.h>
#include <l4/schedule.h>
#include <pn/libc.h>
#include <pn/line.h>
#include <pn/program.h>
#include <pn/space.h>
#include <pn/timer.h>

#define PRIORITY     200 /* above the programs, below the supervisor */
#define PING_TIMEOUT 1000000

static char stack[8192] __attribute__((aligned(16)));
static L4_ThreadId_t supervisor;
static L4_ThreadId_t tid;
static struct area_space *spaces; /* room for all programs and two more */

/* --- Commands; each gets the word behind it, "" if there is none --- */

/* The word behind that, the same. */
static const char *option;

struct verb {
    const char *name;
    const char *help;
    void (*run)(const char *argument);
};

static const struct verb verbs[];

static void help(const char *argument)
{
    (void)argument;
    for (const struct verb *v = verbs; v->name; v++)
        printf("  %s\n", v->help);
}

static const char *memory_name(L4_Word_t type)
{
    if (type == PN_MEMORY_SMALL_AREA)
        return "small spaces";
    switch (type & 0xf) {
    case L4_UndefinedMemoryType:
        return "undefined";
    case L4_ConventionalMemoryType:
        return "conventional";
    case L4_ReservedMemoryType:
        return "reserved";
    case L4_DedicatedMemoryType:
        return "dedicated";
    case L4_SharedMemoryType:
        return "shared";
    case L4_BootLoaderSpecificMemoryType:
        return "boot loader's";
    case L4_ArchitectureSpecificMemoryType:
        return "firmware's";
    default:
        return "unknown";
    }
}

static void info_memory(void)
{
    const L4_MemoryDesc_t *m;

    printf("memory, later lines override earlier ones:\n");
    for (L4_Word_t n = 0; (m = L4_MemoryDesc(NULL, n)) != NULL; n++)
        printf("  %08lx-%08lx  %s%s\n", L4_MemoryDescLow(m),
               L4_MemoryDescHigh(m), memory_name(L4_MemoryDescType(m)),
               L4_IsMemoryDescVirtual(m) ? ", virtual" : "");
}

static void info_time(void)
{
    struct program *p = program_named(PN_TIMER_NAME);
    struct pn_date d;
    L4_Word_t seconds, interrupts;

    if (!p || !program_lives(p))
        return;
    seconds = pn_timer_time(p->thread);
    pn_date_of(seconds, &d);
    if (seconds && pn_timer_info(p->thread, &interrupts))
        printf("time %u-%02u-%02u %02u:%02u:%02u by %s, %lu interrupts\n",
               d.year, d.month, d.day, d.hour, d.minute, d.second, p->name,
               interrupts);
}

static void info(const char *argument)
{
    L4_Word_t version = L4_ApiVersion();
    L4_Word_t id = L4_KernelId();
    L4_Word64_t us = L4_SystemClock().raw;

    (void)argument;
    printf("kernel %s, id %lu.%lu, API version %lx, revision %lu\n",
           L4_KernelVersionString(NULL), id >> 24, id >> 16 & 0xff,
           version >> 24, version >> 16 & 0xff);
    printf("interface page at %p, %lu-bit thread numbers, processor %lu MHz\n",
           L4_GetKernelInterface(), L4_ThreadIdBits(NULL),
           L4_ProcDescInternalFreq(L4_ProcDesc(NULL, 0)) / 1000);
    printf("up for %llu.%03u s\n", us / 1000000, (unsigned)(us / 1000 % 1000));
    console_info();
    info_time();
    info_memory();
}

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

static void ps(const char *argument)
{
    (void)argument;
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

static struct program *find_any(const char *name)
{
    struct program *p = program_named(name);

    if (!p)
        printf("no program is called \"%s\": try ps\n", name);
    return p;
}

/* The living program of this name; says so if there is none. */
static struct program *find(const char *name)
{
    struct program *p = find_any(name);

    if (p && !program_lives(p)) {
        printf("%s is no more\n", name);
        return NULL;
    }
    return p;
}

static void ping(const char *name)
{
    struct program *p = find(name);
    L4_Time_t timeout = L4_TimePeriod(PING_TIMEOUT);
    L4_Clock_t before, after;
    L4_MsgTag_t tag;

    if (!p)
        return;
    L4_Set_MsgTag(l4_tag(1));
    L4_LoadMR(1, 0x50494e47); /* "PING" */
    before = L4_SystemClock();
    tag = L4_Call_Timeouts(p->thread, timeout, timeout);
    after = L4_SystemClock();
    if (L4_IpcSucceeded(tag))
        printf("%s answered %lu words in %llu us\n", name, L4_UntypedWords(tag),
               after.raw - before.raw);
    else if (L4_ErrorCode() & L4_IpcErrReceivePhase)
        printf("%s took the message and did not answer\n", name);
    else
        printf("%s takes no messages\n", name);
}

/* What the supervisor answers; 0 if it does not. */
static L4_Word_t request(enum monitor_request what, L4_Word_t index,
                         enum command_size size)
{
    L4_Word_t done = 0;

    console_settle();
    L4_Set_MsgTag(l4_tag(3));
    L4_LoadMR(1, what);
    L4_LoadMR(2, index);
    L4_LoadMR(3, size);
    if (L4_IpcSucceeded(L4_Call(supervisor)))
        L4_StoreMR(1, &done);
    console_check();
    return done;
}

/* Have the supervisor do it; says how it went. */
static void ask_about(struct program *p, enum monitor_request what,
                      const char *name, enum command_size size,
                      const char *became)
{
    if (p)
        printf("%s is %s%s\n", name,
               request(what, (L4_Word_t)(p - programs), size) ? "" : "not ",
               became);
}

static void ask(enum monitor_request what, const char *name,
                enum command_size size, const char *became)
{
    ask_about(find(name), what, name, size, became);
}

/* One that waits to be started again can be killed, too. */
static void kill(const char *name)
{
    struct program *p = find_any(name);

    if (p && p->state != PROGRAM_RESTARTING)
        p = find(name);
    ask_about(p, MONITOR_KILL, name, COMMAND_ANY, "killed");
}

static void start(const char *name)
{
    struct program *p = find_any(name);

    if (p && program_lives(p))
        printf("%s runs: restart it?\n", name);
    else
        ask_about(p, MONITOR_START, name, COMMAND_ANY, "started");
}

static void restart(const char *name)
{
    ask_about(find_any(name), MONITOR_START, name, COMMAND_ANY, "restarted");
}

static void show_log(const char *argument)
{
    static char text[LOG_BYTES + 1];
    char *line = text;

    (void)argument;
    log_copy(text, sizeof text);
    while (*line) {
        char *end = strchr(line, '\n');

        if (end)
            *end = '\0';
        printf("%s\n", line);
        line = end ? end + 1 : line + strlen(line);
    }
}

static void move(const char *name)
{
    ask(MONITOR_MOVE, name, COMMAND_ANY, "moved");
}

static void make_small(const char *name)
{
    ask(MONITOR_PLACE, name, COMMAND_SMALL, "small");
}

static void make_large(const char *name)
{
    ask(MONITOR_PLACE, name, COMMAND_LARGE, "large");
}

static void place(const char *name)
{
    if (strcmp(option, "small") == 0)
        make_small(name);
    else if (strcmp(option, "large") == 0)
        make_large(name);
    else if (strcmp(option, "auto") == 0)
        ask(MONITOR_PLACE, name, COMMAND_AUTO, "placed automatically");
    else
        printf("place it how? small, large or auto\n");
}

static void compact(const char *argument)
{
    (void)argument;
    printf("the largest hole has %lu pages\n",
           request(MONITOR_COMPACT, 0, COMMAND_ANY) / 4096);
}

/* --- The small area --- */

static struct area_space space_of(L4_ThreadId_t thread, const char *name,
                                  const char *policy)
{
    struct area_space s = {.name = name, .policy = policy, .thread = thread};

    if (!pn_place(thread, 0, 0, &s.control, &s.place))
        s.place.base = s.place.size = s.control = 0; /* just now it died */
    return s;
}

static void area(const char *argument)
{
    static const char *const policies[] = {"default", "small", "large", "auto"};
    struct pn_place place = pn_small_area();
    unsigned n = 0;

    spaces[n++] =
        space_of(L4_GlobalId(L4_ThreadIdUserBase(NULL), 1), "sigma0", "system");
    spaces[n++] = space_of(L4_RootServerId(NULL), "root", "system");
    for (unsigned i = 0; i < program_count; i++)
        if (program_lives(&programs[i]))
            spaces[n++] = space_of(programs[i].thread, programs[i].name,
                                   policies[programs[i].size]);
    if (strcmp(argument, "json") == 0)
        area_json(&place, spaces, n);
    else
        area_text(&place, spaces, n);
}

static void halt(const char *argument)
{
    (void)argument;
    console_settle();
    pn_exit(0);
}

static const struct verb verbs[] = {
    {"help", "help        this list", help},
    {"info", "info        kernel, console, time, memory", info},
    {"ps",
     "ps          programs: thread, kind of space, memory, restarts, state",
     ps},
    {"ping", "ping NAME   send a message and wait a second for the answer",
     ping},
    {"kill", "kill NAME   remove a program; it stays down", kill},
    {"start", "start NAME  start one that does not run", start},
    {"restart", "restart NAME  remove it and start it anew", restart},
    {"log", "log         what the root server has said", show_log},
    {"area", "area [json] draw the area of small spaces", area},
    {"place", "place NAME small|large|auto  how its space is placed", place},
    {"small", "small NAME  make its space a small one: place NAME small",
     make_small},
    {"large", "large NAME  make its space a large one: place NAME large",
     make_large},
    {"move", "move NAME   move its small space to another place", move},
    {"compact", "compact     slide the small spaces together", compact},
    {"halt", "halt        stop the machine", halt},
    {NULL, NULL, NULL},
};

/* --- The prompt --- */

static void execute(char *text)
{
    char *word[4];
    int n = pn_split(text, word, 4);

    if (n == 0)
        return;
    for (const struct verb *v = verbs; v->name; v++)
        if (strcmp(v->name, word[0]) == 0) {
            option = n > 2 ? word[2] : "";
            v->run(n > 1 ? word[1] : "");
            return;
        }
    printf("%s: no such command: try help\n", word[0]);
}

static void show(void *unused, const char *text, size_t n)
{
    (void)unused;
    printf("%.*s", (int)n, text);
}

static void monitor(void *unused)
{
    static struct line_history history;
    static struct line line = {.show = show, .history = &history};

    (void)unused;
    console_open();
    for (;;) {
        line_begin(&line, "pinenut> ");
        while (!line_key(&line, console_read()))
            continue;
        execute(line.text);
    }
}

L4_ThreadId_t monitor_thread(void)
{
    return tid;
}

int monitor_start(void)
{
    tid = pn_new_tid();
    supervisor = L4_MyLocalId();
    spaces = (struct area_space *)memory_get(
        memory_log2((program_count + 2) * sizeof *spaces));
    if (!spaces)
        return 0;
    if (!pn_thread_run(tid, 1, monitor, NULL, stack + sizeof stack))
        return 0;
    (void)L4_Set_Priority(tid, PRIORITY);
    return 1;
}
