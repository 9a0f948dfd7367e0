/*
 * log.h - the last lines that the root server and the programs have printed, but
 * for the answers to commands. Pure; the host tests run it.
 */
#pragma once

#include <stddef.h>

#define LOG_BYTES 16384

void log_add(const char *text, size_t length);

/* Copy all that is there, from the beginning of a line, with a NUL; `room` is
 * LOG_BYTES + 1 at least. */
void log_copy(char *to, size_t room);
