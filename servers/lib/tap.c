/*
 * tap.c - TAP for programs that run on Pinenut (pn/tap.h).
 */
#include <pn/tap.h>
#include <pn/libc.h>
#include <pn/program.h>

static unsigned planned;
static unsigned count;
static unsigned failed;

void plan(unsigned checks)
{
    planned = checks;
    printf("1..%u\n", checks);
}

static void report(int passed, const char *format, va_list args)
{
    char text[200];

    vsnprintf(text, sizeof text, format, args);
    count++;
    if (!passed)
        failed++;
    printf("%sok %u - %s\n", passed ? "" : "not ", count, text);
}

int ok(int passed, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    report(passed, format, args);
    va_end(args);
    return passed;
}

int is(L4_Word_t got, L4_Word_t wanted, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    report(got == wanted, format, args);
    va_end(args);
    if (got != wanted)
        diag("got 0x%lx, wanted 0x%lx", got, wanted);
    return got == wanted;
}

void diag(const char *format, ...)
{
    char text[200];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    printf("# %s\n", text);
}

void done(void)
{
    if (planned == 0)
        printf("1..%u\n", count);
    else if (planned != count)
        diag("planned %u checks, made %u", planned, count);
    if (failed > 0)
        diag("%u of %u checks failed", failed, count);
    pn_exit(failed > 0 || count == 0 || (planned && planned != count));
}
