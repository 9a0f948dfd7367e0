/*
 * kern/clock.c - the 8254 as the kernel's clock.
 *
 * Layer 1.  [8254] mode 2 counts down from the divisor at 1.193182 MHz, so one
 * count is 88/105 us exactly.
 */
#include "kern/clock.h"

#include "kern/x86.h"

enum {
    PIT_COUNTER0 = 0x40,
    PIT_COMMAND = 0x43,
    PIT_RATE = 0x34, /* counter 0, both bytes, mode 2 */
    PIT_LATCH = 0x00,
    PIT_DIVISOR = 1193, /* 999.85 us */
};

static uint64_t counts; /* of the 8254, in whole ticks */
static uint64_t last_now;

INIT void
clock_init(void)
{
    outb(PIT_COMMAND, PIT_RATE);
    outb(PIT_COUNTER0, PIT_DIVISOR & 0xff);
    outb(PIT_COUNTER0, PIT_DIVISOR >> 8);
}

/*
 * Between a tick and its interrupt the counter has started anew while
 * `counts` has not moved; the clock then stands still rather than go back.
 */
COLD static uint64_t
clock_at(uint32_t elapsed)
{
    uint64_t now = divide_u64((counts + elapsed) * 88, 105);

    if (now < last_now)
        now = last_now;
    last_now = now;
    return now;
}

uint64_t
clock_count_tick(void)
{
    counts += PIT_DIVISOR;
    return clock_at(0);
}

static uint32_t
pit_elapsed(void)
{
    uint32_t left;

    outb(PIT_COMMAND, PIT_LATCH);
    left = inb(PIT_COUNTER0);
    left |= (uint32_t)inb(PIT_COUNTER0) << 8;
    return left > PIT_DIVISOR ? 0 : PIT_DIVISOR - left;
}

uint64_t
clock_now(void)
{
    return clock_at(pit_elapsed());
}

INIT uint32_t
clock_measure_khz(void)
{
    uint32_t from, to, elapsed;
    uint64_t tsc;

    while (pit_elapsed() > PIT_DIVISOR / 4) /* begin early in a round */
        ;
    from = pit_elapsed();
    tsc = read_tsc();
    do
        to = pit_elapsed();
    while (to >= from && to - from < PIT_DIVISOR / 2);
    tsc = read_tsc() - tsc;
    elapsed = to > from ? to - from : 1;
    return (uint32_t)divide_u64(tsc * 1193182, elapsed * 1000);
}
