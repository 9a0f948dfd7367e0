/*
 * say.c - lines with a checksum (say.h).
 */
#include "say.h"
#include "crc.h"

#include <pn/libc.h>

static unsigned lines;

void
say(const char *format, ...)
{
    static const char name[] = "pingpong: ";
    char text[SAY_MAX];
    unsigned crc = 0;
    va_list args;

    memcpy(text, name, sizeof name);
    va_start(args, format);
    vsnprintf(text + sizeof name - 1, sizeof text - sizeof name, format, args);
    va_end(args);
    for (const char *c = text; *c; c++)
        crc = crc_add(crc, (unsigned char)*c);
    printf("%s sum=%04x\n", text, crc);
    lines++;
}

unsigned
say_lines(void)
{
    return lines;
}
