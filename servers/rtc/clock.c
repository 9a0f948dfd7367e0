/*
 * clock.c - the MC146818 (clock.h).
 *
 * Its registers are read through an index at port 0x70 and a byte at 0x71. Bit
 * 7 of the index masks the NMI and stays 0. There is no next interrupt before
 * register C has been read.
 */
#include "clock.h"

#include <pn/libc.h>
#include <pn/ports.h>
#include <pn/timer.h>

enum { INDEX = 0x70, VALUE = 0x71 };

enum { SECOND = 0, MINUTE = 2, HOUR = 4, DAY = 7, MONTH = 8, YEAR = 9 };

enum {
    A = 10,
    A_UPDATING = 1 << 7,
    A_RATE = 0xf,
    RATE_1024 = 6,
    B = 11,
    B_24_HOURS = 1 << 1,
    B_BINARY = 1 << 2,
    B_PERIODIC = 1 << 6,
    C = 12,
    C_PERIODIC = 1 << 6,
    HOUR_PM = 1 << 7 /* in 12 hours */
};

enum { FIELDS = 6, CENTURY_TURN = 70 }; /* 70..99: 19xx */

static unsigned get(unsigned index)
{
    pn_out8(INDEX, index);
    return pn_in8(VALUE);
}

static void set(unsigned index, unsigned value)
{
    pn_out8(INDEX, index);
    pn_out8(VALUE, value);
}

void clock_run(int on)
{
    unsigned b = get(B) & ~(unsigned)B_PERIODIC;

    set(A, (get(A) & ~(unsigned)A_RATE) | RATE_1024);
    set(B, on ? b | B_PERIODIC : b);
    (void)get(C);
}

int clock_interrupt(void)
{
    return (get(C) & C_PERIODIC) != 0;
}

/* The fields as they stand, in the order of struct pn_date. */
static void read_fields(unsigned field[FIELDS])
{
    static const unsigned char index[FIELDS] = {YEAR, MONTH,  DAY,
                                                HOUR, MINUTE, SECOND};

    for (unsigned i = 0; i < FIELDS; i++)
        field[i] = get(index[i]);
}

/* Twice the same, with no update begun: so none lay in between. */
static void read_steady(unsigned field[FIELDS])
{
    unsigned again[FIELDS];

    do {
        while (get(A) & A_UPDATING)
            ;
        read_fields(field);
        read_fields(again);
    } while (memcmp(field, again, sizeof again) != 0);
}

static unsigned number(unsigned value)
{
    return get(B) & B_BINARY ? value : (value >> 4) * 10 + (value & 0xf);
}

static unsigned hour_of(unsigned value)
{
    unsigned hour = number(value & ~(unsigned)HOUR_PM);

    if (get(B) & B_24_HOURS)
        return hour;
    return hour % 12 + (value & HOUR_PM ? 12 : 0);
}

L4_Word_t clock_time(void)
{
    unsigned field[FIELDS];
    struct pn_date d;

    read_steady(field);
    d.year = number(field[0]);
    d.year += d.year < CENTURY_TURN ? 2000 : 1900;
    d.month = number(field[1]);
    d.day = number(field[2]);
    d.hour = hour_of(field[3]);
    d.minute = number(field[4]);
    d.second = number(field[5]);
    if (d.month < 1 || d.month > 12 || d.day < 1 || d.day > 31)
        return 0;
    return pn_date_seconds(&d);
}
