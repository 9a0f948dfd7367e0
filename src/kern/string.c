/*
 * kern/string.c - memory functions, small rather than fast: no hot path of
 * the kernel uses them for more than a page.
 *
 * Layer 1.
 */
#include "kern/string.h"

void *
memcpy(void *to, const void *from, size_t bytes)
{
    void *at = to;
    size_t words = bytes >> 2;

    bytes &= 3;
    __asm__ volatile("rep movsl\n\tmov %3, %%ecx\n\trep movsb"
                     : "+D"(at), "+S"(from), "+c"(words)
                     : "rm"(bytes)
                     : "memory");
    return to;
}

void *
memmove(void *to, const void *from, size_t bytes)
{
    char *t = to;
    const char *f = from;

    if (t <= f || t >= f + bytes)
        return memcpy(to, from, bytes);
    while (bytes-- != 0)
        t[bytes] = f[bytes];
    return to;
}

void *
memset(void *to, int value, size_t bytes)
{
    void *at = to;
    size_t words = bytes >> 2;

    bytes &= 3;
    __asm__ volatile("rep stosl\n\tmov %3, %%ecx\n\trep stosb"
                     : "+D"(at), "+c"(words)
                     : "a"((uint32_t)(uint8_t)value * 0x01010101u), "rm"(bytes)
                     : "memory");
    return to;
}

size_t
strlen(const char *s)
{
    size_t n = 0;

    while (s[n] != '\0')
        n++;
    return n;
}

bool
string_starts(const char *s, const char *prefix)
{
    while (*prefix != '\0')
        if (*s++ != *prefix++)
            return false;
    return true;
}
