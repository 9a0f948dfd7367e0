/*
 * timer.c - the timer driver's clients (pn/timer.h).
 */
#include <pn/timer.h>
#include <l4/ipc.h>

/* The answer's MR1, 0 if there is none. */
static L4_Word_t call(L4_ThreadId_t driver, enum pn_timer_label label,
                      L4_Word_t words)
{
    L4_Word_t answer = 0;
    L4_MsgTag_t tag;

    L4_Set_MsgTag(l4_tag((L4_Word_t)label << 16 | words));
    tag = L4_Call(driver);
    if (L4_IpcSucceeded(tag) && L4_UntypedWords(tag) == 1)
        L4_StoreMR(1, &answer);
    return answer;
}

L4_Word_t pn_timer_time(L4_ThreadId_t driver)
{
    return call(driver, PN_TIMER_TIME, 0);
}

L4_Word_t pn_timer_info(L4_ThreadId_t driver, L4_Word_t *interrupts)
{
    L4_MsgTag_t tag;

    L4_Set_MsgTag(l4_tag((L4_Word_t)PN_TIMER_INFO << 16));
    tag = L4_Call(driver);
    L4_StoreMR(1, interrupts);
    return L4_IpcSucceeded(tag) && L4_UntypedWords(tag) == 1;
}

/* 1024 / 1,000,000 is 16 / 15625. One more for the tick that has begun. */
L4_Word_t pn_timer_sleep(L4_ThreadId_t driver, L4_Word_t us)
{
    L4_Word_t ticks = us / 15625 * 16 + (us % 15625 * 16 + 15624) / 15625;

    L4_LoadMR(1, ticks + 1);
    return call(driver, PN_TIMER_SLEEP, 1);
}

L4_Word_t pn_timer_ticks(L4_ThreadId_t driver, L4_Word_t n, L4_Word_t bits)
{
    L4_LoadMR(1, n);
    L4_LoadMR(2, bits);
    return call(driver, PN_TIMER_TICKS, 2);
}
