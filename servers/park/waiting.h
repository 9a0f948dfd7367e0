/*
 * waiting.h - time, as the park's clients need it.
 */
#pragma once

#include <l4/ipc.h>
#include <l4/schedule.h>

#define LOOK_MS   10    /* between looking for those who are gone */
#define PATIENCE  15000 /* ms, until all are back */
#define US_PER_MS 1000u

static inline L4_Word64_t now_us(void)
{
    return L4_SystemClock().raw;
}

static inline L4_Word64_t in_ms(unsigned ms)
{
    return now_us() + (L4_Word64_t)ms * US_PER_MS;
}

static inline void sleep_ms(unsigned ms)
{
    L4_Sleep(L4_TimePeriod((L4_Word64_t)ms * US_PER_MS));
}
