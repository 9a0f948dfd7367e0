/*
 * kern/sysenter.h - whether Ipc is entered by SYSENTER (kern/sysenter.asm).
 *
 * Layer 6.  INT 0x30 works in any case.
 */
#pragma once

#include "kern/base.h"

/* Boot option entry=; auto: where the processor has it, as it is faster. */
enum entry_choice { ENTRY_AUTO, ENTRY_INT, ENTRY_SYSENTER };

/* Set the processor up; true: SYSENTER works.  Stops if it must but cannot. */
bool sysenter_init(enum entry_choice choice);
