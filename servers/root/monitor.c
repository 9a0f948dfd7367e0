/*
 * monitor.c - the root server's second thread: the prompt (monitor.h).
 */
#include "monitor.h"
#include "console.h"
#include "probe.h"
#include "program.h"
#include "shell.h"

#include <l4/ipc.h>
#include <l4/schedule.h>
#include <pn/libc.h>
#include <pn/line.h>
#include <pn/server.h>
#include <pn/space.h>

#define PRIORITY    200 /* above the programs, below the supervisor */
#define PATIENCE_MS 2000

static char stack[8192] __attribute__((aligned(16)));
static L4_ThreadId_t supervisor;
static L4_ThreadId_t tid;

L4_Word_t monitor_ask(enum monitor_request what, L4_Word_t subject,
                      enum command_size size)
{
    L4_Word_t done = 0;

    console_settle();
    L4_Set_MsgTag(l4_tag(3));
    L4_LoadMR(1, what);
    L4_LoadMR(2, subject);
    L4_LoadMR(3, size);
    if (L4_IpcSucceeded(L4_Call(supervisor)))
        L4_StoreMR(1, &done);
    console_check();
    return done;
}

int monitor_say(struct program *p, enum monitor_request what,
                enum command_size size, const char *became)
{
    int done = p && monitor_ask(what, (L4_Word_t)(p - programs), size);

    if (p)
        printf("%s is %s%s\n", p->name, done ? "" : "not ", became);
    return done;
}

static void show(void *unused, const char *text, size_t n)
{
    (void)unused;
    printf("%.*s", (int)n, text);
}

/* Programs are not trusted to answer, nor to have the memory that a string
 * comes from. */
static void be_impatient(void)
{
    L4_Word_t patience = L4_TimePeriod(PATIENCE_MS * 1000u).raw;

    L4_Set_XferTimeouts(patience << 16 | patience);
    pn_patience_ms = PATIENCE_MS;
}

static void monitor(void *unused)
{
    static struct line_history history;
    static struct line line = {
        .show = show, .history = &history, .complete = shell_complete};

    (void)unused;
    be_impatient();
    console_open();
    for (;;) {
        line_begin(&line, "pinenut> ");
        while (!line_key(&line, console_read()))
            continue;
        shell_execute(line.text);
    }
}

int monitor_start(void)
{
    tid = pn_new_tid();
    supervisor = L4_MyLocalId();
    probe_make();
    if (!pn_thread_run(tid, 1, monitor, NULL, stack + sizeof stack))
        return 0;
    (void)L4_Set_Priority(tid, PRIORITY);
    return 1;
}
