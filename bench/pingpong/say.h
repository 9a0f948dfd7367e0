/*
 * say.h - lines of results that survive a serial line, or tell that they did
 * not.
 */
#pragma once

#include <l4/types.h>

#define SAY_MAX 240 /* characters of a line before its checksum */

/* Print "pingpong: ", the text and " sum=xxxx": the CRC-16 (polynomial 1021,
 * from 0, as XMODEM has it) of all that stands before that blank. */
__attribute__((format(__printf__, 1, 2))) void say(const char *format, ...);

/* How many lines so far. */
unsigned say_lines(void);
