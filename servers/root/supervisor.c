/*
 * supervisor.c - restarts and heartbeats (supervisor.h).
 */
#include "supervisor.h"
#include "log.h"

#include <l4/ipc.h>
#include <l4/schedule.h>
#include <pn/libc.h>
#include <pn/server.h>
#include <pn/space.h>

#define US_PER_MS 1000u
#define BEATS     4    /* in the time of a heartbeat */
#define ROUND     2000 /* us: the table is not looked through more often */
#define NEVER     (~0ULL)

static L4_Word64_t due = NEVER; /* when to look through the table */

static L4_Word64_t now(void)
{
    return L4_SystemClock().raw;
}

static void look_at(L4_Word64_t time)
{
    if (time < due)
        due = time;
}

static L4_Word64_t heartbeat(const struct program *p)
{
    return p->server ? (L4_Word64_t)p->server->heartbeat * US_PER_MS : 0;
}

/* --- killing at random --- */

static int is_to_die(const struct program *p)
{
    return p->server && p->server->killed != 0;
}

/* From a half to three halves of what the description says. */
static L4_Word64_t time_to_live(const struct program *p)
{
    static L4_Word_t state = 1;
    L4_Word_t mean = p->server->killed * US_PER_MS;

    state = state * 1664525u + 1013904223u;
    return mean / 2 + (state >> 2) % mean;
}

/* --- starting --- */

static void begun(struct program *p)
{
    struct restart *r = &p->restart;

    p->why[0] = '\0';
    r->began = r->heard = now();
    if (heartbeat(p) != 0) {
        r->beat = r->began + heartbeat(p) / BEATS;
        look_at(r->beat);
    }
    if (is_to_die(p)) {
        r->dies = r->began + time_to_live(p);
        look_at(r->dies);
    }
}

/* One of a crowd comes and goes without a line on the console. */
__attribute__((format(__printf__, 2, 3))) static void
say(const struct program *p, const char *format, ...)
{
    char line[128];
    va_list args;

    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (p->server && p->server->count >= SUPERVISOR_CROWD)
        log_add(line, strlen(line));
    else
        printf("%s", line);
}

static void say_started(const struct program *p)
{
    say(p, "root: %s: thread %lu.%lu, %s space, %lu KB at %lx\n", p->name,
           L4_ThreadNo(p->thread), L4_Version(p->thread),
           pn_space_is_small(p->thread) ? "small" : "large",
           (p->high - p->low) / 1024, p->low);
}

int supervisor_start(struct program *p)
{
    const char *error;

    program_remove(p, PROGRAM_KILLED);
    p->restart.tries = 0;
    error = program_start(p);
    if (error) {
        printf("root: %s: not loaded: %s\n", p->name, error);
        snprintf(p->why, sizeof p->why, "%s", error);
        p->state = p->server ? PROGRAM_FAILED : PROGRAM_KILLED;
        return 0;
    }
    begun(p);
    say_started(p);
    return 1;
}

int supervisor_kill(struct program *p)
{
    enum program_state state = p->server ? PROGRAM_DOWN : PROGRAM_KILLED;

    program_remove(p, state);
    p->state = state;
    snprintf(p->why, sizeof p->why, "killed");
    return 1;
}

/* --- stopping --- */

static void stopped(struct program *p, int well, const char *why)
{
    struct restart *r = &p->restart;

    snprintf(p->why, sizeof p->why, "%s", why);
    program_remove(p, PROGRAM_DOWN);
    switch (restart_after(r, p->server, well, now())) {
    case RESTART_LATER:
        p->state = PROGRAM_RESTARTING;
        look_at(r->began);
        say(p, "root: %s: %s: restart %u of %u in %lu ms\n", p->name, p->why,
            r->tries, p->server->retries, (L4_Word_t)(r->wait / US_PER_MS));
        break;
    case RESTART_DOWN:
        p->state = PROGRAM_DOWN;
        printf("root: %s: %s: it is down\n", p->name, p->why);
        break;
    case RESTART_FAILED:
        p->state = PROGRAM_FAILED;
        printf("root: %s: %s: it has failed\n", p->name, p->why);
        break;
    }
}

void supervisor_end(struct program *p, L4_Word_t status)
{
    char why[40];

    snprintf(why, sizeof why, "ended with status %lu", status);
    stopped(p, status == 0, why);
}

void supervisor_failure(struct program *p, const char *why)
{
    stopped(p, 0, why);
}

static void start_again(struct program *p)
{
    const char *error = program_start(p);

    if (error)
        stopped(p, 0, error);
    else {
        begun(p);
        say_started(p);
    }
}

/* --- heartbeats --- */

void supervisor_heard(struct program *p)
{
    p->restart.heard = now();
}

static void listen(struct program *p, L4_Word64_t time)
{
    struct restart *r = &p->restart;
    char why[40];

    if (time - r->heard > heartbeat(p)) {
        snprintf(why, sizeof why, "silent for more than %u ms",
                 p->server->heartbeat);
        supervisor_failure(p, why);
        return;
    }
    if (time >= r->beat) {
        L4_Set_MsgTag(l4_tag((L4_Word_t)PN_LABEL_ALIVE << 16));
        (void)L4_Send_Timeout(p->thread, L4_ZeroTime);
        r->beat = time + heartbeat(p) / BEATS;
    }
    look_at(r->beat);
}

/* --- time --- */

static void look(struct program *p, L4_Word64_t time)
{
    if (p->state == PROGRAM_RESTARTING && time >= p->restart.began)
        start_again(p);
    else if (p->state == PROGRAM_RESTARTING)
        look_at(p->restart.began);
    else if (p->state == PROGRAM_RUNNING && is_to_die(p) &&
             time >= p->restart.dies)
        supervisor_failure(p, "killed at random");
    else if (p->state == PROGRAM_RUNNING && heartbeat(p) != 0)
        listen(p, time);
    if (p->state == PROGRAM_RUNNING && is_to_die(p))
        look_at(p->restart.dies);
}

int supervisor_is_due(void)
{
    return due != NEVER && now() >= due;
}

void supervisor_work(void)
{
    L4_Word64_t time = now();

    due = NEVER;
    for (unsigned i = 0; i < program_count; i++)
        look(&programs[i], time);
    if (due < time + ROUND)
        due = time + ROUND;
}

L4_Time_t supervisor_patience(void)
{
    L4_Word64_t time;

    if (due == NEVER)
        return L4_Never;
    time = now();
    return time < due ? L4_TimePeriod(due - time) : L4_ZeroTime;
}
