/*
 * print.c - formatted output (pn/libc.h).
 *
 * format() writes characters into a struct out. For snprintf that is the
 * caller's buffer; for printf a buffer on the stack that goes to the printer
 * whenever it is full and at the end.
 */
#include "printer.h"

#include <pn/libc.h>

#include <stdint.h>

struct out {
    char *buffer;
    size_t size;  /* of the buffer, its final NUL included */
    size_t used;  /* characters in it */
    size_t total; /* characters put so far */
    int console;  /* flush when full; else drop what does not fit */
};

static void out_flush(struct out *o)
{
    o->buffer[o->used] = '\0';
    if (o->used > 0)
        printer_put(o->buffer, o->used);
    o->used = 0;
}

static void out_char(struct out *o, char c)
{
    o->total++;
    if (o->used + 1 >= o->size) {
        if (!o->console)
            return;
        out_flush(o);
    }
    o->buffer[o->used++] = c;
}

/* One conversion: what stands between % and its letter. */
struct spec {
    int left; /* flag - */
    char pad; /* ' ' or '0' */
    size_t width;
    size_t precision; /* longest string to print */
    int length;       /* 0 int, 1 long or size_t, 2 long long */
};

static void out_pad(struct out *o, char c, size_t have, size_t width)
{
    for (; have < width; have++)
        out_char(o, c);
}

static void out_text(struct out *o, const struct spec *spec, const char *s)
{
    size_t n = strnlen(s ? s : "(null)", spec->precision);

    s = s ? s : "(null)";
    if (!spec->left)
        out_pad(o, ' ', n, spec->width);
    for (size_t i = 0; i < n; i++)
        out_char(o, s[i]);
    if (spec->left)
        out_pad(o, ' ', n, spec->width);
}

/* `sign` is put in front of the zeros: "-", "0x" or "". */
static void out_number(struct out *o, const struct spec *spec, const char *sign,
                       unsigned long long value, unsigned base,
                       const char *digits)
{
    char text[24];
    size_t at = sizeof text;
    size_t length;

    do {
        text[--at] = digits[value % base];
        value /= base;
    } while (value > 0);
    length = sizeof text - at + strlen(sign);
    if (!spec->left && spec->pad == ' ')
        out_pad(o, ' ', length, spec->width);
    while (*sign)
        out_char(o, *sign++);
    if (!spec->left && spec->pad == '0')
        out_pad(o, '0', length, spec->width);
    while (at < sizeof text)
        out_char(o, text[at++]);
    if (spec->left)
        out_pad(o, ' ', length, spec->width);
}

/* Digits; or '*': the next argument. */
static const char *parse_number(const char *f, size_t *value, va_list *args)
{
    if (*f == '*') {
        *value = (size_t)va_arg(*args, int);
        return f + 1;
    }
    for (*value = 0; *f >= '0' && *f <= '9'; f++)
        if (*value < 1000)
            *value = *value * 10 + (size_t)(*f - '0');
    return f;
}

static const char *parse_spec(const char *f, struct spec *spec, va_list *args)
{
    *spec = (struct spec){.pad = ' ', .precision = (size_t)-1};
    for (; *f == '-' || *f == '0'; f++) {
        if (*f == '-')
            spec->left = 1;
        else
            spec->pad = '0';
    }
    f = parse_number(f, &spec->width, args);
    if (spec->width > (size_t)-1 / 2) { /* a negative argument */
        spec->width = -spec->width;
        spec->left = 1;
    }
    if (*f == '.')
        f = parse_number(f + 1, &spec->precision, args);
    for (; *f == 'l' || *f == 'h' || *f == 'z'; f++)
        if (*f != 'h')
            spec->length++;
    return f;
}

static unsigned long long next_unsigned(const struct spec *spec, va_list *args)
{
    if (spec->length >= 2)
        return va_arg(*args, unsigned long long);
    if (spec->length == 1)
        return va_arg(*args, unsigned long);
    return va_arg(*args, unsigned);
}

static long long next_signed(const struct spec *spec, va_list *args)
{
    if (spec->length >= 2)
        return va_arg(*args, long long);
    if (spec->length == 1)
        return va_arg(*args, long);
    return va_arg(*args, int);
}

static void convert(struct out *o, char letter, const struct spec *spec,
                    va_list *args)
{
    static const char low[] = "0123456789abcdef";
    char one[2] = {letter, '\0'};
    long long n;

    switch (letter) {
    case 'd':
    case 'i':
        n = next_signed(spec, args);
        out_number(o, spec, n < 0 ? "-" : "",
                   n < 0 ? 0ULL - (unsigned long long)n : (unsigned long long)n,
                   10, low);
        break;
    case 'u':
        out_number(o, spec, "", next_unsigned(spec, args), 10, low);
        break;
    case 'x':
        out_number(o, spec, "", next_unsigned(spec, args), 16, low);
        break;
    case 'X':
        out_number(o, spec, "", next_unsigned(spec, args), 16,
                   "0123456789ABCDEF");
        break;
    case 'p':
        out_number(o, spec, "0x", (uintptr_t)va_arg(*args, void *), 16, low);
        break;
    case 's':
        out_text(o, spec, va_arg(*args, const char *));
        break;
    case 'c':
        one[0] = (char)va_arg(*args, int);
        out_text(o, spec, one);
        break;
    default: /* %% and what is unknown: the letter itself */
        out_text(o, spec, one);
        break;
    }
}

static void format(struct out *o, const char *f, va_list *args)
{
    struct spec spec;

    while (*f) {
        if (*f != '%') {
            out_char(o, *f++);
            continue;
        }
        f = parse_spec(f + 1, &spec, args);
        if (!*f)
            return;
        convert(o, *f++, &spec, args);
    }
}

int vsnprintf(char *buffer, size_t size, const char *f, va_list args)
{
    char none;
    struct out o = {size ? buffer : &none, size ? size : 1, 0, 0, 0};
    va_list copy;

    va_copy(copy, args);
    format(&o, f, &copy);
    va_end(copy);
    o.buffer[o.used] = '\0';
    return (int)o.total;
}

int snprintf(char *buffer, size_t size, const char *f, ...)
{
    va_list args;
    int n;

    va_start(args, f);
    n = vsnprintf(buffer, size, f, args);
    va_end(args);
    return n;
}

int vprintf(const char *f, va_list args)
{
    char buffer[PRINTER_BYTES + 1];
    struct out o = {buffer, sizeof buffer, 0, 0, 1};
    va_list copy;

    va_copy(copy, args);
    format(&o, f, &copy);
    va_end(copy);
    out_flush(&o);
    return (int)o.total;
}

int printf(const char *f, ...)
{
    va_list args;
    int n;

    va_start(args, f);
    n = vprintf(f, args);
    va_end(args);
    return n;
}

int putchar(int c)
{
    printf("%c", c);
    return (unsigned char)c;
}

int puts(const char *s)
{
    return printf("%s\n", s);
}
