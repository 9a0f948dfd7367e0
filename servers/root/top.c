/*
 * top.c - who works (top.h).
 *
 * A server's word for the requests it has answered is not believed in anything
 * that matters. Who does not tell at once is not asked again while it lives.
 */
#include "top.h"
#include "console.h"
#include "memory.h"
#include "monitor.h"
#include "program.h"

#include <l4/ipc.h>
#include <l4/kip.h>
#include <l4/schedule.h>
#include <pn/libc.h>
#include <pn/server.h>
#include <pn/space.h>
#include <pn/ticks.h>

#define ROWS      18   /* of the table: it fits a screen */
#define TICK_US   1000 /* of the kernel's clock */
#define PAUSE_US  1000000
#define STEP_US   50000 /* looks for a key that often */
#define TELL_MS   100   /* time to tell the number of requests */
#define MUTES     10
#define HOME      "\033[H\033[J" /* an empty screen */
#define TIMES_MAX 1000000

struct row {
    const struct program *program;
    L4_Word_t thread;                  /* of its life; 0: it has none */
    int mute;                          /* does not tell its requests */
    L4_Word_t requests, faults, ticks; /* so far */
    L4_Word_t new_requests, new_faults, new_ticks; /* since last time */
};

static struct row *rows;

/* Of all threads that are no program's, and of the clock. */
struct others {
    L4_Word_t root, sigma0, all;
};

static struct others others, new_others;

static L4_Word_t ticks_of(L4_ThreadId_t thread)
{
    L4_Word_t ticks = 0;

    (void)PN_Ticks(thread, &ticks);
    return ticks;
}

static void look_at_others(void)
{
    struct others now = {
        .root = ticks_of(L4_RootServerId(NULL)) + ticks_of(L4_MyGlobalId()),
        .sigma0 = ticks_of(L4_GlobalId(L4_ThreadIdUserBase(NULL), 1)),
        .all = (L4_Word_t)(L4_SystemClock().raw / TICK_US),
    };

    new_others = (struct others){.root = now.root - others.root,
                                 .sigma0 = now.sigma0 - others.sigma0,
                                 .all = now.all - others.all};
    others = now;
}

/* Tenths of a percent of the time since last time. */
static unsigned share(L4_Word_t ticks)
{
    L4_Word_t all = new_others.all > 0 ? new_others.all : 1;

    return ticks >= all ? 1000 : (unsigned)(ticks * 1000 / all);
}

/* In one round so many are waited for, and no more. */
static unsigned mutes;

static L4_Word_t requests_of(struct row *r)
{
    struct pn_request q = {.server = r->program->thread,
                           .label = PN_LABEL_SERVED,
                           .patience_ms = TELL_MS};
    int answer;

    if (r->mute)
        return 0;
    if (mutes == MUTES)
        return r->requests;
    answer = pn_request(&q);
    if (answer == 1)
        return q.word[0];
    r->mute = 1;
    mutes += answer == -PN_BUSY;
    return 0;
}

static void look(struct row *r)
{
    const struct program *p = r->program;
    L4_Word_t requests, ticks;

    if (!program_lives(p)) {
        r->thread = 0;
        return;
    }
    if (r->thread != p->thread.raw)
        *r = (struct row){.program = p, .thread = p->thread.raw};
    requests = requests_of(r);
    r->new_requests = requests - r->requests;
    r->requests = requests;
    ticks = ticks_of(p->thread);
    r->new_ticks = ticks - r->ticks;
    r->ticks = ticks;
    r->new_faults = p->faults - r->faults;
    r->faults = p->faults;
}

static void look_at_all(void)
{
    look_at_others();
    mutes = 0;
    for (unsigned i = 0; i < program_count; i++) {
        rows[i].program = &programs[i];
        look(&rows[i]);
    }
}

/* More work than the other? */
static int is_above(const struct row *a, const struct row *b)
{
    if (a->new_ticks != b->new_ticks)
        return a->new_ticks > b->new_ticks;
    if (a->new_requests != b->new_requests)
        return a->new_requests > b->new_requests;
    return a->new_faults > b->new_faults;
}

/* The busiest, in order; how many. */
static unsigned choose(const struct row *best[ROWS], unsigned *alive)
{
    unsigned n = 0;

    *alive = 0;
    for (unsigned i = 0; i < program_count; i++) {
        unsigned at = n;

        if (rows[i].thread == 0)
            continue;
        ++*alive;
        while (at > 0 && is_above(&rows[i], best[at - 1]))
            at--;
        if (at == ROWS)
            continue;
        n += n < ROWS;
        for (unsigned k = n - 1; k > at; k--)
            best[k] = best[k - 1];
        best[at] = &rows[i];
    }
    return n;
}

static L4_Word_t work_of_all(void)
{
    L4_Word_t ticks = 0;

    for (unsigned i = 0; i < program_count; i++)
        ticks += rows[i].thread ? rows[i].new_ticks : 0;
    return ticks;
}

static void show_row(const struct row *r)
{
    unsigned tenths = share(r->new_ticks);

    printf("  %-24s%-7s%5u.%u", r->program->name,
           pn_space_is_small(r->program->thread) ? "small" : "large",
           tenths / 10, tenths % 10);
    if (r->mute)
        printf("%10s%12s", "-", "-");
    else
        printf("%10lu%12lu", r->new_requests, r->requests);
    printf("%9lu%9lu\n", r->new_faults, r->faults);
}

static void show(int alone)
{
    const struct row *best[ROWS];
    unsigned alive, n = choose(best, &alive);
    L4_Word_t work = work_of_all();
    L4_Word_t used = work + new_others.root + new_others.sigma0;

    printf("%s%u programs of %u %%, root %u %%, sigma0 %u %%, idle %u %%; any "
           "key ends it\n",
           alone ? HOME : "", alive, share(work) / 10,
           share(new_others.root) / 10, share(new_others.sigma0) / 10,
           share(used < new_others.all ? new_others.all - used : 0) / 10);
    printf("  %-24s%-7s%7s%10s%12s%9s%9s\n", "NAME", "SPACE", "CPU %",
           "REQUESTS", "ALL", "FAULTS", "ALL");
    for (unsigned i = 0; i < n; i++)
        show_row(best[i]);
}

/* 0: a key was pressed, which is forgotten. */
static int pause(void)
{
    for (unsigned us = 0; us < PAUSE_US; us += STEP_US) {
        if (console_typed()) {
            (void)console_read();
            return 0;
        }
        L4_Sleep(L4_TimePeriod(STEP_US));
    }
    return 1;
}

void top(int argc, char **argv)
{
    unsigned long times = argc > 1 ? strtoul(argv[1], NULL, 10) : TIMES_MAX;
    L4_Word_t bytes = programs_most() * sizeof *rows;

    if (times == 0) {
        printf("top: expected how many times, not \"%s\"\n", argv[1]);
        return;
    }
    if (!rows)
        rows = (struct row *)monitor_ask(MONITOR_MEMORY, memory_log2(bytes),
                                         COMMAND_ANY);
    if (!rows) {
        printf("there is no memory to watch them\n");
        return;
    }
    memset(rows, 0, bytes);
    look_at_all();
    for (unsigned long i = 0; i < times && pause(); i++) {
        look_at_all();
        show(argc == 1);
    }
}
