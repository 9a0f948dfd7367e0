/*
 * kern/irq.h - the 8259 pair, and the clock's interrupt.
 *
 * Layer 6.
 */
#pragma once

#include "kern/base.h"

#define CLOCK_IRQ 0u

void irq_init(void);
/* The clock has ticked (vector VECTOR_IRQ). */
void clock_tick(void);
/* Tell the controller that `irq` is done with; false = it was spurious. */
bool irq_acknowledge(unsigned irq);
