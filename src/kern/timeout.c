/*
 * kern/timeout.c - the sleepers, a list sorted by time.
 *
 * Layer 4.  Only a finite timeout that really has to wait gets here, so the
 * insertion's walk over the earlier ones costs nobody else.
 */
#include "kern/timeout.h"

#include <pinenut/x2.h>

static struct thread *sleepers;

enum {
    TIME_POINT = 1 << 15,
    TIME_MANTISSA = 0x3ff,
    TIME_EXPONENT_SHIFT = 10,
    POINT_CARRY = 1 << 10,
    POINT_EXPONENT_SHIFT = 11,
};

uint64_t
time_period(uint32_t time)
{
    if ((time & TIME_POINT) != 0)
        return 0;
    return (uint64_t)(time & TIME_MANTISSA) << (time >> TIME_EXPONENT_SHIFT);
}

uint64_t
timeout_end(uint32_t time, uint64_t now)
{
    uint32_t exponent;
    uint64_t round, point;

    if (time == X2_TIME_NEVER)
        return TIME_NEVER;
    if ((time & TIME_POINT) == 0)
        return now + time_period(time);
    exponent = time >> POINT_EXPONENT_SHIFT & 0xf;
    round = (uint64_t)(TIME_MANTISSA + 1) << exponent;
    point = (now & -round) + ((uint64_t)(time & TIME_MANTISSA) << exponent);
    if (((now & round) != 0) != ((time & POINT_CARRY) != 0))
        point += round;
    return point;
}

uint32_t
time_encode(uint32_t us)
{
    uint32_t exponent = 0;

    if (us == 0)
        return X2_TIME_NEVER;
    while (us > TIME_MANTISSA) {
        us >>= 1;
        exponent++;
    }
    return exponent << TIME_EXPONENT_SHIFT | us;
}

void
timeout_set(struct thread *t, uint64_t when)
{
    struct thread *before = NULL, *after = sleepers;

    assert(!t->timed);
    while (after != NULL && after->wake_at <= when) {
        before = after;
        after = after->timer.next;
    }
    t->wake_at = when;
    t->timed = true;
    t->timer.prev = before;
    t->timer.next = after;
    if (after != NULL)
        after->timer.prev = t;
    if (before != NULL)
        before->timer.next = t;
    else
        sleepers = t;
}

void
timeout_cancel(struct thread *t)
{
    if (!t->timed)
        return;
    t->timed = false;
    if (t->timer.next != NULL)
        t->timer.next->timer.prev = t->timer.prev;
    if (t->timer.prev != NULL)
        t->timer.prev->timer.next = t->timer.next;
    else
        sleepers = t->timer.next;
    t->timer.next = t->timer.prev = NULL;
}

struct thread *
timeout_expired(uint64_t now)
{
    struct thread *t = sleepers;

    if (t == NULL || t->wake_at > now)
        return NULL;
    timeout_cancel(t);
    return t;
}
