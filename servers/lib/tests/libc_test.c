/*
 * libc_test.c - strings, formatted output and argument lines, under other names
 * so that the host's own library stays out of the way.
 */
#include "check.h"

#include <limits.h>
#include <stdint.h>
#include <string.h>

#define memcpy    my_memcpy
#define memmove   my_memmove
#define memset    my_memset
#define memcmp    my_memcmp
#define strlen    my_strlen
#define strnlen   my_strnlen
#define strcmp    my_strcmp
#define strncmp   my_strncmp
#define strchr    my_strchr
#define strrchr   my_strrchr
#define strtoul   my_strtoul
#define putchar   my_putchar
#define puts      my_puts
#define vprintf   my_vprintf
#define snprintf  my_snprintf
#define vsnprintf my_vsnprintf
#pragma push_macro("printf")
#undef printf
#define printf my_printf
#include "../string.c"
#include "../print.c"
#undef printf
#pragma pop_macro("printf")
#include "../split.c"

static char printed[1024];
static unsigned pieces;

void printer_put(const char *text, size_t n)
{
    (strncat)(printed, text, n);
    pieces += (strlen)(text) == n && n <= PRINTER_BYTES;
}

static int equal(const char *a, const char *b)
{
    return (strcmp)(a, b) == 0;
}

/* The text of a format is as wanted, and so is its length. */
#define FORMAT(wanted, ...)                                              \
    do {                                                                 \
        char text_[64];                                                  \
        int length_ = snprintf(text_, sizeof text_, __VA_ARGS__);        \
                                                                         \
        CHECK(equal(text_, wanted) && length_ == (int)sizeof wanted - 1, \
              "formats \"%s\"", text_);                                  \
    } while (0)

static void test_format(void)
{
    char small[4] = "xxx";
    const char *volatile nothing = NULL;

    FORMAT("a -5 7 b", "a %d %u %c", -5, 7u, 'b');
    FORMAT("00ff|FF  |  ff", "%04x|%-4X|%4x", 255u, 255u, 255u);
    FORMAT("-0042|-42  ", "%05d|%-5d", -42, -42);
    FORMAT("0xbff00000", "%p", (void *)(uintptr_t)0xbff00000u);
    FORMAT("abc|  abc|abc  |ab", "%s|%5s|%-5s|%.2s", "abc", "abc", "abc",
           "abc");
    FORMAT("  abc|abc  |ab|abc", "%*s|%*s|%.*s|%.*s", 5, "abc", -5, "abc", 2,
           "abc", -1, "abc");
    FORMAT("18446744073709551615", "%llu", ULLONG_MAX);
    FORMAT("-9223372036854775808", "%lld", LLONG_MIN);
    FORMAT("-2147483648 4294967295", "%d %lu", INT_MIN, 4294967295ul);
    FORMAT("100% (null)", "%d%% %s", 100, nothing);
    CHECK(snprintf(small, sizeof small, "%d", 123456) == 6 &&
              equal(small, "123"),
          "a short buffer gets the front of the text and its NUL");
    CHECK(snprintf(small, 0, "%d", 123) == 3, "a buffer of size 0 gets none");
}

static void test_strings(void)
{
    char text[] = "0123456789";
    char *end;

    memmove(text + 2, text, 5);
    CHECK(equal(text, "0101234789"), "memmove upward over itself");
    memmove(text, text + 2, 5);
    CHECK(equal(text, "0123434789"), "memmove downward over itself");
    memset(text + 1, 'x', 3);
    memcpy(text + 5, "ABCDE", 5);
    CHECK(equal(text, "0xxx4ABCDE"), "memset and memcpy");
    CHECK(strcmp("a", "b") < 0 && strcmp("ab", "a") > 0 && !strcmp("", ""),
          "strcmp orders");
    CHECK(!strncmp("abc", "abd", 2) && strncmp("abc", "abd", 3) < 0,
          "strncmp looks at n characters");
    CHECK(strchr(text, 'A') == text + 5 && !strchr(text, '?') &&
              strchr(text, 0) == text + 10 && strrchr("a/b/c", '/')[1] == 'c',
          "strchr and strrchr");
    CHECK(strtoul("123k", &end, 0) == 123 && *end == 'k', "strtoul decimal");
    CHECK(strtoul("0x1fg", &end, 0) == 0x1f && *end == 'g', "strtoul hex");
    CHECK(strtoul("0xg", &end, 0) == 0 && *end == 'x', "strtoul 0 then x");
    CHECK(strtoul("99999999999999999999999", &end, 10) == ULONG_MAX && !*end,
          "strtoul overflow");
    CHECK(strtoul("-1", &end, 10) == 0 && *end == '-', "strtoul no number");
}

static void test_split(void)
{
    char line[] = "  hello a\tb  ";
    char many[] = "1 2 3 4 5";
    char *argv[4];

    CHECK(pn_split(line, argv, 4) == 3 && equal(argv[0], "hello") &&
              equal(argv[2], "b") && !argv[3],
          "an argument line is cut at blanks");
    CHECK(pn_split(many, argv, 4) == 3 && equal(argv[2], "3") && !argv[3],
          "words beyond the table are dropped");
    many[0] = '\0';
    CHECK(pn_split(many, argv, 4) == 0 && !argv[0], "an empty line");
}

static void test_printing(void)
{
    char line[400];

    (memset)(line, 'x', sizeof line - 1);
    line[sizeof line - 1] = '\0';
    CHECK(my_printf("%s", line) == 399 && pieces == 2 && equal(printed, line),
          "a long line is printed in pieces");
    my_printf("%s", "");
    CHECK(pieces == 2, "nothing is not printed");
    my_printf("%.*s", PRINTER_BYTES, line);
    CHECK(pieces == 3, "what fits into a piece is one");
}

int main(void)
{
    test_format();
    test_printing();
    test_strings();
    test_split();
    return check_end();
}
