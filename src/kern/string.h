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
/* No word more: cheaper than memcpy, as no bytes are left to copy. */
static inline void
copy_words(uint32_t *to, const uint32_t *from, uint32_t words)
{
    __asm__ volatile("rep movsl"
                     : "+D"(to), "+S"(from), "+c"(words)
                     :
                     : "memory");
}

size_t strlen(const char *s);
/* True if `s` begins with `prefix`. */
bool string_starts(const char *s, const char *prefix);
