/*
 * kern/pic.h - the 8259 pair.
 *
 * Layer 1.  [8259A].  Lines 0..15; the second controller hangs on line 2.
 */
#pragma once

#include "kern/base.h"

#define PIC_LINES 16u
#define PIC_CASCADE 2u

/* Vectors from VECTOR_IRQ on; every line masked. */
void pic_init(void);
void pic_mask(unsigned line);
void pic_unmask(unsigned line);
/* Tell the controller that `line` is done with; false = it was spurious. */
bool pic_acknowledge(unsigned line);
