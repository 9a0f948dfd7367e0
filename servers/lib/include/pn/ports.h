/*
 * pn/ports.h - I/O ports. Whoever has not got them faults, and its pager is
 * asked (X.2 IA-32, "I/O Page Fault Protocol").
 */
#pragma once

#include <l4/types.h>

L4_INLINE void pn_out8(unsigned port, unsigned value)
{
    __asm__ volatile("outb %b0, %w1" : : "a"(value), "Nd"(port));
}

/* The low byte to `port`, the high one to the next. */
L4_INLINE void pn_out16(unsigned port, unsigned value)
{
    __asm__ volatile("outw %w0, %w1" : : "a"(value), "Nd"(port));
}

L4_INLINE unsigned pn_in8(unsigned port)
{
    unsigned char value;

    __asm__ volatile("inb %w1, %0" : "=a"(value) : "Nd"(port));
    return value;
}
