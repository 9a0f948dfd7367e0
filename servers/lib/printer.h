/*
 * printer.h - where text for the console goes, inside this library.
 */
#pragma once

#include <stddef.h>
#include <l4/types.h>

#define PRINTER_BYTES 240 /* are printed in one piece (PN_CONSOLE_BYTES) */

/* Print it; there is a NUL behind the n characters. */
void printer_put(const char *text, size_t n);

/* pn_console_write with a patience of its own. */
L4_Word_t console_write(L4_ThreadId_t driver, const char *text, size_t n,
                        L4_Time_t patience);
