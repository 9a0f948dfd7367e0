/*
 * kern/reclaim.h - giving boot's memory back.
 *
 * Layer 6.
 */
#pragma once

#include "kern/base.h"

/* The last thing boot does: its code becomes free frames, threads run. */
NORETURN void reclaim_and_run(void);
