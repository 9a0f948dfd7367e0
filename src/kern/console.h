/*
 * kern/console.h - the kernel's console: COM1, VGA text and port 0xE9 at once.
 *
 * Layer 1.  Output is polled, so it works from the first instruction of C to
 * the last line of a panic.
 */
#pragma once

#include <stdarg.h>

#include "kern/base.h"

void console_init(void);
void console_put(char c);
/* Whatever a driver shows: the screen shows the kernel's text again. */
void console_show(void);
/* The next character of COM1, or -1 if none has come. */
int console_get(void);

/*
 * Print formatted text: %s %u %x %%; a width with leading zeros (%02u, %08x)
 * is understood, nothing else.
 */
void print(const char *format, ...) __attribute__((format(printf, 1, 2)));
void print_list(const char *format, va_list list);

/*
 * End the machine, saying so in a last line: `status` becomes the emulator's verdict (0 = success).
 * QEMU: port 0xF4, process status 2 * status + 1.  Bochs: a magic breakpoint
 * for 0, its shutdown port otherwise.  Real machines: halt.
 */
NORETURN void machine_exit(uint32_t status);
