/*
 * probe.c - asking a server again and again (probe.h).
 */
#include "probe.h"

#include <l4/ipc.h>
#include <l4/schedule.h>
#include <pn/libc.h>
#include <pn/server.h>
#include <pn/space.h>

#define SLOT        1       /* of UTCBs, from the monitor's on */
#define PRIORITY    200     /* as the monitor's */
#define TRY_US      500000  /* for one answer, at first */
#define PATIENCE_US 3000000 /* for all of them */
#define VERSIONS    60      /* that are used in turn: bits 0 to 5 are not 0 */

static char stack[2048] __attribute__((aligned(16)));
static L4_Word_t number, version;
static const char *clock = "";

/* What it is to do, and has done. */
static L4_ThreadId_t asker, server;
static unsigned words;
static L4_Word_t cycles[PROBE_SAMPLES];

void probe_make(void)
{
    number = L4_ThreadNo(pn_new_tid());
}

/* --- the clock --- */

void probe_clock(const char *name)
{
    clock = name;
}

const char *probe_clock_name(void)
{
    static const char *const names[][2] = {
        {"p5", "P5 model"},
        {"qemu", "QEMU's own, which is like no processor's"},
        {"bochs", "Bochs's, which counts instructions"},
        {"", "this processor's time stamp counter"},
    };

    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i][0], clock) == 0)
            return names[i][1];
    return clock;
}

static L4_Word_t now(void)
{
    L4_Word_t low;

    __asm__ volatile("rdtsc" : "=a"(low) : : "edx", "memory");
    return low;
}

/* --- the thread --- */

static L4_MsgTag_t tag_of_request(void)
{
    return l4_tag((L4_Word_t)PN_LABEL_ALIVE << 16 | words);
}

static int ask_often(void)
{
    for (unsigned i = 0; i < PROBE_REQUESTS; i++) {
        L4_Set_MsgTag(tag_of_request());
        if (L4_IpcFailed(L4_Call(server)))
            return 0;
    }
    return 1;
}

/* Tells 1, or 0: the server has gone. */
static void measure(void *unused)
{
    L4_Word_t ok = (L4_Word_t)ask_often();

    (void)unused;
    for (unsigned i = 0; ok && i < PROBE_SAMPLES; i++) {
        L4_Word_t before = now();

        ok = (L4_Word_t)ask_often();
        cycles[i] = (now() - before) / PROBE_REQUESTS;
    }
    L4_Set_MsgTag(l4_tag(1));
    L4_LoadMR(1, ok);
    (void)L4_Send(asker);
}

/* --- who wants it --- */

/* One request with a timeout, so that who takes none costs a moment only. */
static int answers(void)
{
    L4_Time_t patience = L4_TimePeriod(TRY_US);

    L4_Set_MsgTag(tag_of_request());
    return L4_IpcSucceeded(L4_Call_Timeouts(server, patience, patience)) != 0;
}

static void sort(L4_Word_t *list, unsigned n)
{
    for (unsigned i = 1; i < n; i++) {
        L4_Word_t x = list[i];
        unsigned at = i;

        for (; at > 0 && list[at - 1] > x; at--)
            list[at] = list[at - 1];
        list[at] = x;
    }
}

int probe_run(L4_ThreadId_t whom, unsigned n, struct probe *result)
{
    L4_ThreadId_t prober = L4_GlobalId(number, version++ % VERSIONS + 2);
    L4_Word_t ok = 0;

    asker = L4_MyGlobalId();
    server = whom;
    words = n;
    if (!answers() ||
        !pn_thread_run(prober, SLOT, measure, NULL, stack + sizeof stack))
        return 0;
    (void)L4_Set_Priority(prober, PRIORITY);
    if (L4_IpcSucceeded(L4_Receive_Timeout(prober, L4_TimePeriod(PATIENCE_US))))
        L4_StoreMR(1, &ok);
    (void)pn_thread_kill(prober);
    sort(cycles, PROBE_SAMPLES);
    *result = (struct probe){cycles[0], cycles[PROBE_SAMPLES / 2],
                             cycles[PROBE_SAMPLES - 1]};
    return (int)ok;
}
