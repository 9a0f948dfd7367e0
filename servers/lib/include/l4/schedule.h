/*
 * l4/schedule.h - the clock, ThreadSwitch and Schedule (X.2 "Scheduling").
 */
#pragma once

#include <l4/types.h>
#include <l4/ia32/syscalls.h>

/* --- What L4_Schedule() returns: 0 with L4_ErrorCode(), or a state --- */

#define L4_SchedErr         0UL
#define L4_SchedDead        1UL
#define L4_SchedInactive    2UL
#define L4_SchedRunning     3UL
#define L4_SchedPendingSend 4UL
#define L4_SchedSending     5UL
#define L4_SchedWaiting     6UL
#define L4_SchedReceiving   7UL

L4_INLINE L4_Clock_t L4_SystemClock(void)
{
    L4_Clock_t c;
    c.raw = L4_SYS(system_clock)();
    return c;
}

/* Give the rest of the time slice to dest; to anyone if nilthread. */
L4_INLINE void L4_ThreadSwitch(L4_ThreadId_t dest)
{
    L4_SYS(thread_switch)(dest.raw);
}

L4_INLINE void L4_Yield(void)
{
    L4_ThreadSwitch(L4_nilthread);
}

/* A parameter of all ones is left as it is. */
L4_INLINE L4_Word_t L4_Schedule(L4_ThreadId_t dest, L4_Word_t TimeControl,
                                L4_Word_t ProcessorControl, L4_Word_t prio,
                                L4_Word_t PreemptionControl,
                                L4_Word_t *old_TimeControl)
{
    return L4_SYS(schedule)(dest.raw, TimeControl, ProcessorControl, prio,
                            PreemptionControl, old_TimeControl);
}

L4_INLINE L4_Word_t L4_Set_Priority(L4_ThreadId_t tid, L4_Word_t prio)
{
    L4_Word_t old;

    return L4_Schedule(tid, ~0UL, ~0UL, prio & 0xff, ~0UL, &old);
}

L4_INLINE L4_Word_t L4_Set_ProcessorNo(L4_ThreadId_t tid, L4_Word_t cpu)
{
    L4_Word_t old;

    return L4_Schedule(tid, ~0UL, cpu & 0xffff, ~0UL, ~0UL, &old);
}

/* What is left of the time slice and of the total quantum. */
L4_INLINE L4_Word_t L4_Timeslice(L4_ThreadId_t tid, L4_Time_t *ts,
                                 L4_Time_t *tq)
{
    L4_Word_t old = 0;
    L4_Word_t state = L4_Schedule(tid, ~0UL, ~0UL, ~0UL, ~0UL, &old);

    *ts = l4_time(old >> 16);
    *tq = l4_time(old & 0xffff);
    return state;
}

L4_INLINE L4_Word_t L4_Set_Timeslice(L4_ThreadId_t tid, L4_Time_t ts,
                                     L4_Time_t tq)
{
    L4_Word_t old;

    return L4_Schedule(tid, ((L4_Word_t)ts.raw << 16) | tq.raw, ~0UL, ~0UL,
                       ~0UL, &old);
}

L4_INLINE L4_Word_t L4_Set_PreemptionDelay(L4_ThreadId_t tid,
                                           L4_Word_t sensitivePrio,
                                           L4_Word_t maxDelay)
{
    L4_Word_t old;

    return L4_Schedule(tid, ~0UL, ~0UL, ~0UL,
                       ((sensitivePrio & 0xff) << 16) | (maxDelay & 0xffff),
                       &old);
}
