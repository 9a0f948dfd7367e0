/*
 * kern/irq.c - the interrupt controller, and what a tick of the clock does.
 *
 * Layer 6.  [8259A] initialisation words.  Lines other than the clock's stay
 * masked: interrupts as IPC are not there yet.
 */
#include "kern/irq.h"

#include "kern/clock.h"
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
};

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
clock_tick(void)
{
    struct thread *t;

    clock_count_tick();
    sched_charge(CLOCK_TICK_US);
    while ((t = timeout_expired(clock_now())) != NULL)
        ipc_timeout(t);
    kdb_poll();
}
