/*
 * kern/string.h - the memory functions GCC expects of a freestanding program.
 *
 * Layer 1.
 */
#pragma once

#include "kern/base.h"

void *memcpy(void *to, const void *from, size_t bytes);
void *memmove(void *to, const void *from, size_t bytes);
void *memset(void *to, int value, size_t bytes);
size_t strlen(const char *s);
/* True if `s` begins with `prefix`. */
bool string_starts(const char *s, const char *prefix);
