/*
 * shell_system.c - commands about the machine and the shell itself.
 */
#include "console.h"
#include "log.h"
#include "program.h"
#include "shell.h"

#include <l4/arch.h>
#include <l4/kip.h>
#include <l4/schedule.h>
#include <pn/libc.h>
#include <pn/program.h>
#include <pn/small.h>
#include <pn/timer.h>

const struct shell_command *const shell_tables[] = {
    shell_system, shell_servers, shell_ask, shell_memory, shell_measure,
    shell_files,  NULL,
};

/* --- help --- */

static void help_line(const struct shell_command *c)
{
    char use[64];

    snprintf(use, sizeof use, "%s %s", c->name, c->arguments);
    printf("  %-28s %s\n", use, c->help);
}

static void help_one(const char *name)
{
    for (unsigned t = 0; shell_tables[t]; t++)
        for (const struct shell_command *c = shell_tables[t]; c->name; c++)
            if (strcmp(c->name, name) == 0) {
                help_line(c);
                printf("%s", c->more ? c->more : "");
                return;
            }
    printf("%s: no such command: try help\n", name);
}

static void help(int argc, char **argv)
{
    if (argc > 1) {
        help_one(argv[1]);
        return;
    }
    for (unsigned t = 0; shell_tables[t]; t++)
        for (const struct shell_command *c = shell_tables[t]; c->name; c++)
            help_line(c);
}

/* --- info --- */

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

static void info(int argc, char **argv)
{
    L4_Word_t version = L4_ApiVersion();
    L4_Word_t id = L4_KernelId();
    L4_Word64_t us = L4_SystemClock().raw;

    (void)argc;
    (void)argv;
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

/* --- log, halt --- */

static void show_log(int argc, char **argv)
{
    static char text[LOG_BYTES + 1];
    char *line = text;

    (void)argc;
    (void)argv;
    log_copy(text, sizeof text);
    while (*line) {
        char *end = strchr(line, '\n');

        if (end)
            *end = '\0';
        printf("%s\n", line);
        line = end ? end + 1 : line + strlen(line);
    }
}

static void halt(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    console_settle();
    pn_exit(0);
}

static const char more_help[] =
    "Keys: cursor keys, Home, End, Delete, Ctrl-A, -E, -U, -K, -W;\n"
    "up and down are the lines of before; Tab completes; Ctrl-C gives a line "
    "up.\n";

const struct shell_command shell_system[] = {
    {"help", "[COMMAND]", "this list, or more about one", help, more_help},
    {"info", "", "kernel, console, time, memory", info, NULL},
    {"log", "", "what the root server and the programs have said", show_log, NULL},
    {"halt", "", "stop the machine", halt, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
