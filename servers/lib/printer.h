/*
 * printer.h - where text for the console goes, inside this library.
 */
#pragma once

#include <stddef.h>

#define PRINTER_BYTES 240 /* are printed in one piece (PN_CONSOLE_BYTES) */

/* Print it; there is a NUL behind the n characters. */
void printer_put(const char *text, size_t n);
