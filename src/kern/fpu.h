/*
 * kern/fpu.h - the floating-point registers, switched lazily.
 *
 * Layer 6.  R6: nobody sees another thread's registers.
 *
 * FPU-1  CR0.TS is clear only while the thread whose registers are in the
 *        processor runs, after its first use.
 * FPU-2  while TS is clear, the IPC gate points at the slow path.  So the fast
 *        path, which does not know of the FPU, never switches away with TS
 *        clear, and pays nothing for that.
 */
#pragma once

#include "kern/thread.h"

/* The two entries the IPC gate may point at. */
void fpu_init(void (*fast)(void), void (*slow)(void));
/* `t` used the FPU with TS set (#NM). */
void fpu_use(struct thread *t);
/* `t` will run now: set TS unless the registers are its own. */
void fpu_switch(struct thread *t);
/* `t` dies or leaves its registers behind. */
void fpu_forget(struct thread *t);
