/*
 * device_range.c - "b8000+8000": the memory of a device (pn/system.h).
 */
#include <pn/system.h>

#define PAGE   4096UL
#define DIGITS 8

/* Digits of base 16 at `text`; where they end, which is `text` if there are
 * none or too many. */
static const char *digits(const char *text, const char *end, unsigned long *out)
{
    const char *s = text;

    *out = 0;
    for (; s < end; s++) {
        unsigned digit = *s >= '0' && *s <= '9'   ? (unsigned)(*s - '0')
                         : *s >= 'a' && *s <= 'f' ? (unsigned)(*s - 'a') + 10
                         : *s >= 'A' && *s <= 'F' ? (unsigned)(*s - 'A') + 10
                                                  : 16;

        if (digit == 16)
            return s;
        if (s == text + DIGITS)
            return text;
        *out = *out * 16 + digit;
    }
    return s;
}

const char *pn_device_range(const char *text, const char *end,
                            struct pn_device_range *range)
{
    unsigned long first, bytes;
    const char *plus = digits(text, end, &first), *last;

    if (plus == text || plus == end || *plus != '+')
        return "device memory FIRST+BYTES, in base 16";
    last = digits(plus + 1, end, &bytes);
    if (last == plus + 1 || last != end)
        return "device memory FIRST+BYTES, in base 16";
    if (first % PAGE != 0 || bytes % PAGE != 0 || bytes == 0)
        return "device memory in whole pages: multiples of 1000, in base 16";
    if (first < PN_DEVICE_LOW)
        return "device memory from a0000 on: what is below is a program's";
    if (first >= PN_DEVICE_HIGH || bytes > PN_DEVICE_HIGH - first)
        return "device memory that ends at c0000000, or before";
    *range = (struct pn_device_range){first, bytes};
    return 0;
}
