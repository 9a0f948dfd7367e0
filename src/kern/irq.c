/*
 * kern/irq.c - interrupt controller and clock.
 *
 * Layer 6.  [8259A] initialisation words; [8254] mode 2 counts down from the
 * divisor at 1.193182 MHz, so one count is 88/105 us exactly.  Lines other
 * than the clock's stay masked: interrupts as IPC are not there yet.
 */
#include "kern/irq.h"

#include "kern/clock.h"
#include "kern/console.h"
#include "kern/kdb.h"
#include "kern/layout.h"
#include "kern/sched.h"
#include "kern/timeout.h"
#include "kern/x86.h"
#include "ipc/ipc.h"

enum {
    PIC1 = 0x20,
    PIC2 = 0xa0,
    PIC_EOI = 0x20,
    PIC_READ_ISR = 0x0b,
    PIC_CASCADE = 2,

    PIT_COUNTER0 = 0x40,
    PIT_COMMAND = 0x43,
    PIT_RATE = 0x34, /* counter 0, both bytes, mode 2 */
    PIT_LATCH = 0x00,
    PIT_DIVISOR = 1193, /* 999.85 us */
};

static uint64_t counts; /* of the 8254, in whole ticks */
static uint64_t last_now;
static struct thread *console_waiter;

INIT void
irq_init(void)
{
    outb(PIC1, 0x11); /* ICW1: edge, cascade, ICW4 */
    outb(PIC2, 0x11);
    outb(PIC1 + 1, VECTOR_IRQ);
    outb(PIC2 + 1, VECTOR_IRQ + 8);
    outb(PIC1 + 1, 1 << PIC_CASCADE);
    outb(PIC2 + 1, PIC_CASCADE);
    outb(PIC1 + 1, 1); /* ICW4: 8086 */
    outb(PIC2 + 1, 1);
    outb(PIC1 + 1, 0xff & ~(1 << CLOCK_IRQ));
    outb(PIC2 + 1, 0xff);

    outb(PIT_COMMAND, PIT_RATE);
    outb(PIT_COUNTER0, PIT_DIVISOR & 0xff);
    outb(PIT_COUNTER0, PIT_DIVISOR >> 8);
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

/*
 * Between a tick and its interrupt the counter has started anew while
 * `counts` has not moved; the clock then stands still rather than go back.
 */
uint64_t
clock_now(void)
{
    uint64_t now = divide_u64((counts + pit_elapsed()) * 88, 105);

    if (now < last_now)
        now = last_now;
    last_now = now;
    return now;
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

bool
irq_acknowledge(unsigned irq)
{
    uint16_t pic = irq < 8 ? PIC1 : PIC2;

    if (irq % 8 == 7) { /* lines 7 and 15 are what a lost request looks like */
        outb(pic, PIC_READ_ISR);
        if (!(inb(pic) & 0x80)) {
            if (irq == 15)
                outb(PIC1, PIC_EOI);
            return false;
        }
    }
    if (irq >= 8)
        outb(PIC2, PIC_EOI);
    outb(PIC1, PIC_EOI);
    return true;
}

void
console_wait(struct thread *t)
{
    t->state = THREAD_CONSOLE;
    t->send.next = console_waiter;
    console_waiter = t;
}

void
console_wait_cancel(struct thread *t)
{
    struct thread **at = &console_waiter;

    while (*at != t)
        at = &(*at)->send.next;
    *at = t->send.next;
    t->send.next = NULL;
    t->state = THREAD_READY;
}

static void
console_poll(void)
{
    struct thread *t = console_waiter;
    int c = console_get();

    if (c < 0)
        return;
    console_wait_cancel(t);
    t->regs.eax = (uint32_t)c;
    sched_wake(t);
}

void
clock_tick(void)
{
    struct thread *t;

    counts += PIT_DIVISOR;
    sched_charge(CLOCK_TICK_US);
    while ((t = timeout_expired(clock_now())) != NULL)
        ipc_timeout(t);
    if (console_waiter != NULL)
        console_poll();
}
