/*
 * kern/clock.h - microseconds since boot.
 *
 * Layer 1 by its interface: whoever needs the time may ask.  kern/irq.c keeps
 * it.
 */
#pragma once

#include "kern/base.h"

uint64_t clock_now(void);
