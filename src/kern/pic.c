/*
 * kern/pic.c - the 8259 pair.
 *
 * Layer 1.  [8259A] initialisation words, OCW1 (mask), OCW2 (end of interrupt).
 */
#include "kern/pic.h"

#include "kern/layout.h"
#include "kern/x86.h"

enum {
    PIC1 = 0x20,
    PIC2 = 0xa0,
    PIC_EOI = 0x20,
    PIC_READ_ISR = 0x0b,
    PIC_LINES_EACH = 8,
};

static uint16_t
controller(unsigned line)
{
    return line < PIC_LINES_EACH ? PIC1 : PIC2;
}

INIT void
pic_init(void)
{
    outb(PIC1, 0x11); /* ICW1: edge, cascade, ICW4 */
    outb(PIC2, 0x11);
    outb(PIC1 + 1, VECTOR_IRQ);
    outb(PIC2 + 1, VECTOR_IRQ + PIC_LINES_EACH);
    outb(PIC1 + 1, 1 << PIC_CASCADE);
    outb(PIC2 + 1, PIC_CASCADE);
    outb(PIC1 + 1, 1); /* ICW4: 8086 */
    outb(PIC2 + 1, 1);
    outb(PIC1 + 1, 0xff & ~(1 << PIC_CASCADE));
    outb(PIC2 + 1, 0xff);
}

void
pic_mask(unsigned line)
{
    uint16_t port = controller(line) + 1;

    outb(port, (uint8_t)(inb(port) | 1u << line % PIC_LINES_EACH));
}

void
pic_unmask(unsigned line)
{
    uint16_t port = controller(line) + 1;

    outb(port, (uint8_t)(inb(port) & ~(1u << line % PIC_LINES_EACH)));
}

bool
pic_acknowledge(unsigned line)
{
    uint16_t port = controller(line);

    if (line % PIC_LINES_EACH == 7) { /* what a lost request looks like */
        outb(port, PIC_READ_ISR);
        if (!(inb(port) & 0x80)) {
            if (port == PIC2)
                outb(PIC1, PIC_EOI);
            return false;
        }
    }
    if (port == PIC2)
        outb(PIC2, PIC_EOI);
    outb(PIC1, PIC_EOI);
    return true;
}
