/*
 * watch.c - the supervisor's priority (watch.h).
 */
#include "watch.h"
#include "program.h"

#include <l4/ipc.h>
#include <l4/schedule.h>
#include <pn/space.h>
#include <pn/ticks.h>

#define HIGHEST 255
#define LOWER   (DRIVER_PRIORITY - 5) /* above the scribe */
#define SLOT    4                     /* of UTCBs, behind the scribe's */
#define LOOK_US 100000
#define SET     1 /* label: thread and priority */

static char stack[1024] __attribute__((aligned(16)));
static L4_ThreadId_t tid, supervisor;

/* What there was at the last look. */
static L4_Word_t ticks;
static int was_ready, is_first;

static void look(void)
{
    L4_Word_t before = ticks;
    int is_ready = PN_Ticks(supervisor, &ticks) == L4_SchedRunning;
    int starves = is_ready && was_ready && ticks == before && !is_first;

    was_ready = is_ready;
    if (starves != is_first)
        (void)L4_Set_Priority(supervisor, starves ? HIGHEST : LOWER);
    is_first = starves;
}

static void set(void)
{
    L4_Word_t thread, priority;

    L4_StoreMR(1, &thread);
    L4_StoreMR(2, &priority);
    (void)L4_Set_Priority(l4_id(thread), priority);
}

static L4_Word64_t now(void)
{
    return L4_SystemClock().raw;
}

/* Messages of others, however many, put no look off. */
static void watch(void *unused)
{
    L4_ThreadId_t to = L4_nilthread, from;
    L4_Word64_t next = 0;

    (void)unused;
    for (;;) {
        L4_Word64_t time = now();
        L4_MsgTag_t tag;

        if (time >= next) {
            look();
            next = time + LOOK_US;
        }
        L4_Set_MsgTag(L4_Niltag);
        tag = L4_ReplyWait_Timeout(to, L4_TimePeriod(next - time), &from);
        to = L4_nilthread;
        if (L4_IpcSucceeded(tag) && L4_IsLocalId(from) &&
            tag.raw == (SET << 16 | 2)) {
            set();
            to = from;
        }
    }
}

int watch_start(void)
{
    supervisor = L4_MyGlobalId();
    tid = pn_new_tid();
    if (!pn_thread_run(tid, SLOT, watch, NULL, stack + sizeof stack)) {
        tid = L4_nilthread;
        return 0;
    }
    (void)L4_Set_Priority(tid, HIGHEST);
    return L4_Set_Priority(supervisor, LOWER) != 0;
}

void watch_set_priority(L4_ThreadId_t thread, L4_Word_t priority)
{
    if (L4_IsNilThread(tid)) {
        (void)L4_Set_Priority(thread, priority);
        return;
    }
    L4_Set_MsgTag(l4_tag(SET << 16 | 2));
    L4_LoadMR(1, thread.raw);
    L4_LoadMR(2, priority);
    (void)L4_Call(tid);
}
