/*
 * kern/fpu.h - the floating-point registers, switched lazily.
 *
 * Layer 6.  R6: nobody sees another thread's registers.
 *
 * FPU-1  CR0.TS is clear only while the thread whose registers are in the
 *        processor runs, after its first use.
 *
 * The IPC gate leads to the slow path meanwhile (IPC-4), so the fast path, which
 * does not know of the FPU, never switches away with TS clear.
 */
#pragma once

#include "kern/thread.h"

extern bool fpu_live; /* TS is clear */

void fpu_init(void);
/* `t` used the FPU with TS set (#NM). */
void fpu_use(struct thread *t);
/*
 * `t` will run now: set TS unless the registers are its own.  Returns whether
 * they are live, that is, TS is clear.
 */
bool fpu_switch(struct thread *t);
/* `t` dies or leaves its registers behind. */
void fpu_forget(struct thread *t);
