/*
 * kern/irq.h - whose interrupt is it?
 *
 * Layer 6.
 */
#pragma once

#include "kern/base.h"

#define CLOCK_IRQ 0u

void irq_init(void);
/* Line `irq` has raised vector VECTOR_IRQ + irq. */
void irq_handle(unsigned irq);
