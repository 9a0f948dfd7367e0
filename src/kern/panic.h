/*
 * kern/panic.h - the end: say what broke, then stop with a status.
 *
 * Layer 1.  A panic is for broken hardware and for our own broken promises,
 * never for what a user did.  The status is PANIC_STATUS.
 */
#pragma once

#include "kern/base.h"

#define PANIC_STATUS 63u
#define BAD_BOOT_STATUS 2u

NORETURN void panic(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/* A machine or boot image that cannot be used: one line, status 2. */
NORETURN void bad_boot(const char *format, ...)
    __attribute__((format(printf, 1, 2)));
