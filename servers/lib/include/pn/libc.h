/*
 * pn/libc.h - the small part of the C library that programs here have.
 *
 * Names and behaviour are those of C11 where they exist at all; printf knows
 * %c %s %d %i %u %x %X %p %%, the flags 0 and -, width, precision for strings
 * (each also as *), and the lengths h, hh, l, ll, z. Output of a program goes
 * to the console that its root server has, by a message, which leaves the MRs
 * and thread control registers as they are; a root server's own, and what can't
 * go there, to the kernel's console.
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

void *memcpy(void *dest, const void *src, size_t n);
void *memmove(void *dest, const void *src, size_t n);
void *memset(void *dest, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);

size_t strlen(const char *s);
size_t strnlen(const char *s, size_t max);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);

/* Base 10, 16 or 0 (0x prefix decides); no sign, ULONG_MAX on overflow. */
unsigned long strtoul(const char *s, char **end, int base);

/* Takes what is printed instead, in pieces, with a NUL behind each, if it is not
 * null; may change the MRs and ErrorCode. */
extern void (*pn_print_sink)(const char *text, size_t length);

int putchar(int c);
int puts(const char *s);

/* Whole lines up to 240 characters reach the console in one piece. */
__attribute__((format(__printf__, 1, 2))) int printf(const char *format, ...);
int vprintf(const char *format, va_list args);

/* Return the length the whole text has; at most size - 1 of it is stored. */
__attribute__((format(__printf__, 3, 4))) int
snprintf(char *buffer, size_t size, const char *format, ...);
int vsnprintf(char *buffer, size_t size, const char *format, va_list args);

#ifdef __cplusplus
}
#endif
