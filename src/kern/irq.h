/*
 * kern/irq.h - the 8259 pair and the 8254 clock.
 *
 * Layer 6; clock_now() is called from below as the one source of time.
 */
#pragma once

#include "kern/base.h"

#define CLOCK_IRQ 0u
#define CLOCK_TICK_US 1000u /* nominal; clock_now() is exact */

void irq_init(void);
/* The clock has ticked (vector VECTOR_IRQ). */
void clock_tick(void);
/* Tell the controller that `irq` is done with; false = it was spurious. */
bool irq_acknowledge(unsigned irq);
/* Processor clock in kHz, measured against the 8254. */
uint32_t clock_measure_khz(void);
