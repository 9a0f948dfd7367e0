/*
 * i8042.c - the keyboard controller (i8042.h).
 *
 * It hands on a byte at a time, its own answers and the keyboard's, and says in
 * its status when there is one and when it can take one. It translates to scan
 * code set 1. There may be a mouse at it, which is switched off.
 */
#include "i8042.h"
#include "input.h"
#include "keys.h"

#include <l4/types.h>
#include <pn/device.h>
#include <pn/interrupt.h>
#include <pn/ports.h>

enum { DATA = 0x60, STATUS = 0x64, COMMAND = 0x64 };

enum {
    STATUS_OUTPUT = 1 << 0, /* there is a byte */
    STATUS_INPUT = 1 << 1,  /* it has not taken ours yet */
    STATUS_MOUSE = 1 << 5,  /* the byte is the mouse's */
    NO_CONTROLLER = 0xff
};

enum {
    READ_CONFIG = 0x20,
    WRITE_CONFIG = 0x60,
    MOUSE_OFF = 0xa7,
    KEYBOARD_OFF = 0xad,
    KEYBOARD_ON = 0xae
};

enum {
    CONFIG_INTERRUPT = 1 << 0,
    CONFIG_MOUSE_INTERRUPT = 1 << 1,
    CONFIG_KEYBOARD_OFF = 1 << 4,
    CONFIG_TRANSLATE = 1 << 6
};

enum { KEYBOARD_SCAN = 0xf4, KEYBOARD_DONE = 0xfa };

#define LOOKS 20000 /* at the status, about a microsecond each */
#define MOST  64    /* bytes at once: more come only if it is broken */

static struct keys keys;

/* Until these bits of the status are as `wanted`. */
static int wait_for(unsigned bits, unsigned wanted)
{
    for (unsigned i = 0; i < LOOKS; i++)
        if ((pn_in8(STATUS) & bits) == wanted)
            return 1;
    return 0;
}

static int send(unsigned port, unsigned byte)
{
    if (!wait_for(STATUS_INPUT, 0))
        return 0;
    pn_out8(port, byte);
    return 1;
}

static void drain(void)
{
    for (unsigned i = 0; i < MOST && (pn_in8(STATUS) & STATUS_OUTPUT); i++)
        (void)pn_in8(DATA);
}

static int configure(void)
{
    unsigned config;

    if (!send(COMMAND, KEYBOARD_OFF) || !send(COMMAND, MOUSE_OFF))
        return 0;
    drain();
    if (!send(COMMAND, READ_CONFIG) || !wait_for(STATUS_OUTPUT, STATUS_OUTPUT))
        return 0;
    config = pn_in8(DATA);
    config &= ~(unsigned)(CONFIG_MOUSE_INTERRUPT | CONFIG_KEYBOARD_OFF);
    config |= CONFIG_INTERRUPT | CONFIG_TRANSLATE;
    return send(COMMAND, WRITE_CONFIG) && send(DATA, config) &&
           send(COMMAND, KEYBOARD_ON);
}

/* A keyboard that does not answer may be plugged in later. */
static void enable(void)
{
    if (!send(DATA, KEYBOARD_SCAN))
        return;
    for (unsigned i = 0; i < MOST; i++)
        if (!wait_for(STATUS_OUTPUT, STATUS_OUTPUT) ||
            pn_in8(DATA) == KEYBOARD_DONE)
            return;
}

enum part i8042_open(void)
{
    int given = pn_device_ports(DATA, 1) + pn_device_ports(STATUS, 1) +
                pn_line_is_mine(L4_GlobalId(I8042_LINE, 1));
    enum part part = part_given(given, 3);

    if (part != PART_WORKS)
        return part;
    if (pn_in8(STATUS) == NO_CONTROLLER || !configure())
        return PART_ABSENT;
    enable();
    return PART_WORKS;
}

static void take(unsigned char code)
{
    char text[KEYS_BYTES];
    unsigned n = keys_take(&keys, code, text);

    if (n > ring_room(&input)) {
        counters.lost++;
        return;
    }
    for (unsigned i = 0; i < n; i++)
        ring_put(&input, text[i]);
    counters.received += n;
}

void i8042_interrupt(void)
{
    unsigned status;

    counters.interrupts++;
    for (unsigned i = 0; i < MOST; i++) {
        status = pn_in8(STATUS);
        if (!(status & STATUS_OUTPUT))
            return;
        if (status & STATUS_MOUSE)
            (void)pn_in8(DATA);
        else
            take((unsigned char)pn_in8(DATA));
    }
}
