/*
 * kern/clock.h - microseconds since boot, by the 8254.
 *
 * Layer 1.
 */
#pragma once

#include "kern/base.h"

#define CLOCK_TICK_US 1000u /* nominal; clock_now() is exact */

/* Start the ticks: counter 0, one interrupt each CLOCK_TICK_US. */
void clock_init(void);
/* A tick's interrupt has come: when it was due. (To read the counter at each
 * tick would cost three port accesses, and Bochs some of its ticks.) */
uint64_t clock_count_tick(void);
/* Monotonic; between ticks it reads the counter. */
uint64_t clock_now(void);
/* Processor clock in kHz, measured against the 8254. */
uint32_t clock_measure_khz(void);
