/*
 * uart.c - the 16550 (uart.h).
 *
 * The PC's interrupt line works by edges, so an interrupt is answered until the
 * UART asks for nothing more: only then will its line rise again.
 *
 * Each byte received is told at once: of the 16 that have room, all are left for
 * the time until we run. (Bochs, where several are waited for, now and then makes
 * up one more when they have been read.)
 *
 * Input that nobody reads stays in the ring, then in the UART; before that the
 * other side is told to stop by RTS, for those who look at it.
 */
#include "uart.h"
#include "input.h"

#include <pn/device.h>
#include <pn/interrupt.h>
#include <pn/ports.h>

enum { COM1 = 0x3f8, PORTS = 8 };

enum {
    DATA,          /* received, or to be sent */
    INTERRUPTS,    /* which ones are wanted */
    REASON,        /* read: why it interrupts */
    FIFO = REASON, /* written */
    MODEM = 4,
    STATUS,
    MODEM_STATUS
};

enum {
    INTERRUPT_INPUT = 1 << 0,
    INTERRUPT_ROOM = 1 << 1, /* the transmitter is empty */
    REASON_NONE = 1 << 0,
    FIFO_ON = 1 << 0,
    FIFO_TRIGGER_1 = 0,
    MODEM_DTR = 1 << 0,
    MODEM_RTS = 1 << 1,
    MODEM_OUT2 = 1 << 3, /* on a PC: lets the interrupt out */
    STATUS_INPUT = 1 << 0,
    STATUS_OVERRUN = 1 << 1,
    STATUS_ROOM = 1 << 5,
    NO_UART = 0xff
};

/* The FIFO has 16 places; the kernel may have put a byte there meanwhile. */
enum { BURST = 14 };

enum { STOP_AT = RING_SIZE / 4 * 3, GO_ON_AT = RING_SIZE / 4 };

static struct ring output;
static unsigned char wanted; /* as in the register INTERRUPTS */
static int stopped;          /* RTS is off */

static void out(unsigned reg, unsigned char value)
{
    pn_out8(COM1 + reg, value);
}

static unsigned char in(unsigned reg)
{
    return (unsigned char)pn_in8(COM1 + reg);
}

static void want(unsigned char interrupts)
{
    if (wanted != interrupts)
        out(INTERRUPTS, interrupts);
    wanted = interrupts;
}

static void set_stopped(int stop)
{
    if (stopped != stop)
        out(MODEM,
            stop ? MODEM_DTR | MODEM_OUT2 : MODEM_DTR | MODEM_RTS | MODEM_OUT2);
    stopped = stop;
}

void uart_receive(void)
{
    unsigned char status;

    while ((status = in(STATUS)) & STATUS_INPUT) {
        counters.lost += (status & STATUS_OVERRUN) != 0;
        if (ring_room(&input) == 0) {
            want(wanted & (unsigned char)~INTERRUPT_INPUT);
            return;
        }
        ring_put(&input, (char)in(DATA));
        counters.received++;
    }
    if (ring_used(&input) >= STOP_AT)
        set_stopped(1);
}

enum part uart_open(void)
{
    enum part part =
        part_given(pn_device_ports(COM1, PORTS) +
                       pn_line_is_mine(L4_GlobalId(UART_LINE, 1)),
                   2);

    if (part != PART_WORKS)
        return part;
    if (in(STATUS) == NO_UART)
        return PART_ABSENT;
    out(FIFO, FIFO_ON | FIFO_TRIGGER_1);
    out(MODEM, MODEM_DTR | MODEM_RTS | MODEM_OUT2);
    uart_receive(); /* what was typed while nobody listened */
    want(INTERRUPT_INPUT);
    return PART_WORKS;
}

void uart_taken(void)
{
    if (ring_used(&input) <= GO_ON_AT)
        set_stopped(0);
    want(wanted | INTERRUPT_INPUT);
}

/* The transmitter is empty. One interrupt more comes when it is again. */
static void transmit(void)
{
    unsigned n = ring_used(&output);

    if (n == 0) {
        want(wanted & (unsigned char)~INTERRUPT_ROOM);
        return;
    }
    if (n > BURST)
        n = BURST;
    for (unsigned i = 0; i < n; i++)
        out(DATA, (unsigned char)ring_look(&output, i));
    ring_drop(&output, n);
    counters.sent += n;
}

/* Whatever the reason, all is looked at: Bochs forgets that the transmitter is
 * empty when it tells another reason first. */
void uart_interrupt(void)
{
    counters.interrupts++;
    while (!(in(REASON)&REASON_NONE)) {
        (void)in(MODEM_STATUS);
        uart_receive();
        if ((wanted & INTERRUPT_ROOM) && (in(STATUS)&STATUS_ROOM))
            transmit();
    }
}

/* Wanting the interrupt while the transmitter is empty brings it at once. */
void uart_send(char c)
{
    ring_put(&output, c);
    want(wanted | INTERRUPT_ROOM);
}

unsigned uart_send_room(void)
{
    return ring_room(&output);
}

int uart_is_idle(void)
{
    return !(wanted & INTERRUPT_ROOM);
}
