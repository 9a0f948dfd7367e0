/*
 * i8042.h - the keyboard at the PC's keyboard controller, by interrupts.
 *
 * A controller that is not there, or does not answer, is given up after a
 * bounded number of looks at it.
 */
#pragma once

#include "part.h"

#define I8042_LINE  1
#define I8042_WANTS "ports=60+1 ports=64+1 irq=1"

enum part i8042_open(void);

/* Answer the interrupt: what was typed goes to `input`, as bytes. */
void i8042_interrupt(void);
