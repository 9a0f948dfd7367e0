/*
 * l4/time.h - clock values and timeouts (X.2 "Clock", "Time").
 *
 * A clock value is 64 bits of microseconds. A time period is 16 bits: exponent
 * e in bits 10..14, mantissa m in bits 0..9, value m * 2^e microseconds; all
 * zero means never, m = 0 with e = 1 means zero. Bit 15 marks points in time,
 * which no function here makes: Pinenut refuses them.
 * Part of <l4/types.h>.
 */
#pragma once

#include <l4/types.h>

typedef union {
    L4_Word64_t raw;
    struct {
        L4_Word_t low;
        L4_Word_t high;
    } X;
} L4_Clock_t;

typedef union {
    L4_Word16_t raw;
    struct {
        L4_Word16_t m : 10;
        L4_Word16_t e : 5;
        L4_Word16_t a : 1;
    } period;
    struct {
        L4_Word16_t m : 10;
        L4_Word16_t c : 1;
        L4_Word16_t e : 4;
        L4_Word16_t a : 1;
    } point;
} L4_Time_t;

L4_INLINE L4_Time_t l4_time(L4_Word_t raw)
{
    L4_Time_t t;
    t.raw = (L4_Word16_t)raw;
    return t;
}

#define L4_Never    (l4_time(0))
#define L4_ZeroTime (l4_time(1UL << 10))

/* The longest representable period not longer than `us`; never beyond 2^41. */
L4_INLINE L4_Time_t L4_TimePeriod(L4_Word64_t us)
{
    L4_Word_t e = 0;

    if (us == 0)
        return L4_ZeroTime;
    for (; us >= 1024; us >>= 1)
        e++;
    if (e > 31)
        return L4_Never;
    return l4_time((e << 10) | (L4_Word_t)us);
}

/* Length of a period in microseconds; all ones for never. Not part of X.2. */
L4_INLINE L4_Word64_t l4_period_us(L4_Time_t t)
{
    if (t.raw == 0)
        return ~0ULL;
    return (L4_Word64_t)(t.raw & 0x3ffU) << ((t.raw >> 10) & 0x1fU);
}

L4_INLINE L4_Time_t L4_TimeAddUsec(L4_Time_t l, L4_Word_t us)
{
    return l.raw == 0 ? l : L4_TimePeriod(l4_period_us(l) + us);
}

L4_INLINE L4_Time_t L4_TimeAddUsecTo(L4_Time_t *l, L4_Word_t us)
{
    return *l = L4_TimeAddUsec(*l, us);
}

/* Never goes below zero; never minus anything is never. */
L4_INLINE L4_Time_t L4_TimeSubUsec(L4_Time_t l, L4_Word_t us)
{
    L4_Word64_t length = l4_period_us(l);

    if (l.raw == 0)
        return l;
    return L4_TimePeriod(length > us ? length - us : 0);
}

L4_INLINE L4_Time_t L4_TimeSubUsecFrom(L4_Time_t *l, L4_Word_t us)
{
    return *l = L4_TimeSubUsec(*l, us);
}

L4_INLINE L4_Bool_t L4_IsTimeLonger(L4_Time_t l, L4_Time_t r)
{
    return l4_period_us(l) > l4_period_us(r);
}

L4_INLINE L4_Bool_t L4_IsTimeShorter(L4_Time_t l, L4_Time_t r)
{
    return l4_period_us(l) < l4_period_us(r);
}

L4_INLINE L4_Bool_t L4_IsTimeEqual(L4_Time_t l, L4_Time_t r)
{
    return l4_period_us(l) == l4_period_us(r);
}

L4_INLINE L4_Bool_t L4_IsTimeNotEqual(L4_Time_t l, L4_Time_t r)
{
    return l4_period_us(l) != l4_period_us(r);
}

L4_INLINE L4_Clock_t L4_ClockAddUsec(L4_Clock_t c, L4_Word64_t us)
{
    c.raw += us;
    return c;
}

L4_INLINE L4_Clock_t L4_ClockSubUsec(L4_Clock_t c, L4_Word64_t us)
{
    c.raw -= us;
    return c;
}

L4_INLINE L4_Bool_t L4_IsClockEarlier(L4_Clock_t l, L4_Clock_t r)
{
    return l.raw < r.raw;
}

L4_INLINE L4_Bool_t L4_IsClockLater(L4_Clock_t l, L4_Clock_t r)
{
    return l.raw > r.raw;
}

L4_INLINE L4_Bool_t L4_IsClockEqual(L4_Clock_t l, L4_Clock_t r)
{
    return l.raw == r.raw;
}

L4_INLINE L4_Bool_t L4_IsClockNotEqual(L4_Clock_t l, L4_Clock_t r)
{
    return l.raw != r.raw;
}
