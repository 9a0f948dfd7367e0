/*
 * l4/arch.h - what is particular to the processor, whichever it is.
 */
#pragma once

#include <l4/ia32/specifics.h>
#include <l4/ia32/syscalls.h>
#include <l4/ia32/vregs.h>
