/*
 * string.c - memory and string functions (pn/libc.h).
 *
 * The compiler calls the first four on its own account. The copies use the
 * string instructions, which need no register that a Pentium lacks; X.2 keeps
 * the direction flag clear.
 */
#include <pn/libc.h>

#include <limits.h>
#include <stdint.h>

void *memcpy(void *dest, const void *src, size_t n)
{
    void *to = dest;
    size_t words = n / 4;

    __asm__ volatile("rep movsl"
                     : "+D"(to), "+S"(src), "+c"(words)
                     :
                     : "memory");
    words = n % 4;
    __asm__ volatile("rep movsb"
                     : "+D"(to), "+S"(src), "+c"(words)
                     :
                     : "memory");
    return dest;
}

void *memmove(void *dest, const void *src, size_t n)
{
    char *to = dest;
    const char *from = src;

    if ((uintptr_t)to - (uintptr_t)from >= n)
        return memcpy(dest, src, n);
    while (n-- > 0)
        to[n] = from[n];
    return dest;
}

void *memset(void *dest, int c, size_t n)
{
    void *to = dest;
    size_t words = n / 4;
    unsigned four = (unsigned char)c * 0x01010101u;

    __asm__ volatile("rep stosl" : "+D"(to), "+c"(words) : "a"(four) : "memory");
    words = n % 4;
    __asm__ volatile("rep stosb" : "+D"(to), "+c"(words) : "a"(four) : "memory");
    return dest;
}

int memcmp(const void *a, const void *b, size_t n)
{
    const unsigned char *x = a;
    const unsigned char *y = b;

    for (; n > 0; n--, x++, y++)
        if (*x != *y)
            return *x - *y;
    return 0;
}

size_t strnlen(const char *s, size_t max)
{
    size_t n = 0;

    while (n < max && s[n])
        n++;
    return n;
}

size_t strlen(const char *s)
{
    return strnlen(s, SIZE_MAX);
}

int strncmp(const char *a, const char *b, size_t n)
{
    for (; n > 0; n--, a++, b++)
        if (*a != *b || !*a)
            return (unsigned char)*a - (unsigned char)*b;
    return 0;
}

int strcmp(const char *a, const char *b)
{
    return strncmp(a, b, SIZE_MAX);
}

char *strchr(const char *s, int c)
{
    for (; *s != (char)c; s++)
        if (!*s)
            return NULL;
    return (char *)(uintptr_t)s;
}

char *strrchr(const char *s, int c)
{
    const char *last = NULL;

    do {
        if (*s == (char)c)
            last = s;
    } while (*s++);
    return (char *)(uintptr_t)last;
}

/* The value of a digit, or 36 for any other character. */
static unsigned digit(char c)
{
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0');
    if (c >= 'a' && c <= 'z')
        return (unsigned)(c - 'a') + 10;
    if (c >= 'A' && c <= 'Z')
        return (unsigned)(c - 'A') + 10;
    return 36;
}

unsigned long strtoul(const char *s, char **end, int base)
{
    const char *start = s;
    unsigned long value = 0;
    unsigned long radix;
    int hex = s[0] == '0' && (s[1] == 'x' || s[1] == 'X') && digit(s[2]) < 16;

    if (hex && (base == 0 || base == 16))
        s += 2;
    radix = base ? (unsigned long)base : hex ? 16 : 10;
    for (; digit(*s) < radix; s++, start = s) {
        unsigned d = digit(*s);

        if (value > (ULONG_MAX - d) / radix)
            value = ULONG_MAX;
        else
            value = value * radix + d;
    }
    if (end)
        *end = (char *)(uintptr_t)start;
    return value;
}
