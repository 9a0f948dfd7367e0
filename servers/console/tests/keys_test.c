/*
 * keys_test.c - what keys mean.
 */
#include "check.h"
#include "keys.h"

#include <stdlib.h>
#include <string.h>

#define RELEASED 0x80

static struct keys k;

/* The bytes of these scan codes, in base 16 with blanks between; ESC is shown
 * as ^. */
static const char *typed(const char *codes)
{
    static char text[200];
    char out[KEYS_BYTES], *end;
    size_t length = 0;

    for (; *codes; codes = end) {
        unsigned n =
            keys_take(&k, (unsigned char)strtoul(codes, &end, 16), out);

        for (unsigned i = 0; i < n; i++)
            text[length++] = out[i] == '\x1b' ? '^' : out[i];
    }
    text[length] = '\0';
    return text;
}

static int gives(const char *codes, const char *text)
{
    const char *got;

    memset(&k, 0, sizeof k);
    got = typed(codes);
    if (strcmp(got, text) == 0)
        return 1;
    printf("# %s: \"%s\"\n", codes, got);
    return 0;
}

static void characters(void)
{
    CHECK(gives("23 a3 12 92 26 a6 26 a6 18 98 1c 9c", "hello\r"),
          "letters and Enter");
    CHECK(gives("02 03 04 05 06 07 08 09 0a 0b 0c 0d", "1234567890-=") &&
              gives("10 11 12 13 14 15 16 17 18 19 1a 1b", "qwertyuiop[]") &&
              gives("1e 1f 20 21 22 23 24 25 26 27 28 29", "asdfghjkl;'`") &&
              gives("2b 2c 2d 2e 2f 30 31 32 33 34 35 39", "\\zxcvbnm,./ "),
          "the rows of a US keyboard");
    CHECK(gives("2a 02 03 04 05 06 07 08 09 0a 0b 0c 0d", "!@#$%^&*()_+") &&
              gives("36 10 11 12 13 14 15 16 17 18 19 1a 1b", "QWERTYUIOP{}") &&
              gives("2a 1e 1f 20 21 22 23 24 25 26 27 28 29", "ASDFGHJKL:\"~") &&
              gives("36 2b 2c 2d 2e 2f 30 31 32 33 34 35 39", "|ZXCVBNM<>? "),
          "with shift");
    CHECK(gives("2a 1e aa 1e", "Aa") && gives("2a 36 aa 1e b6 1e", "Aa"),
          "as long as one of the two is held");
    CHECK(gives("0e 0f 01 56 2a 56", "\x7f\t^\\|"),
          "backspace, tab, escape, and the key that only some have");
    CHECK(gives("1e 1e 1e 9e", "aaa"), "a key that is held repeats");
    CHECK(gives("2a 0f aa 0f", "^[Z\t"), "shift and tab");
}

static void locks(void)
{
    CHECK(gives("3a ba 1e 02 2a 1e 02 aa 3a ba 1e", "A1a!a"),
          "Caps Lock turns letters, and nothing else");
    CHECK(gives("3a 3a 3a ba 1e", "A"), "holding it locks once");
    CHECK(gives("47 48 4b 53", "^[H^[A^[D^[3~") &&
              gives("45 c5 47 48 4b 53", "784."),
          "Num Lock makes the keypad digits");
    CHECK(gives("4a 4e 37 e0 35 e0 1c", "-+*/\r") && gives("4c", ""),
          "its other keys are always the same");
}

static void control(void)
{
    CHECK(gives("1d 1e 9e 30 9d 1e", "\x01\x02" "a"), "Control and letters");
    CHECK(gives("e0 1d 1e e0 9d 1e", "\x01" "a"), "the right one, too");
    CHECK(gives("1d 1a 2b 1b", "^\x1c\x1d") && gives("1d 02 1c 0e", "1\r\x7f"),
          "some others, not all");
    memset(&k, 0, sizeof k);
    {
        char out[KEYS_BYTES] = "x";

        (void)keys_take(&k, 0x1d, out);
        CHECK(keys_take(&k, 0x39, out) == 1 && out[0] == '\0',
              "with the space bar a NUL");
    }
    CHECK(gives("38 1e b8 e0 38 1f e0 b8", "as"), "Alt does nothing");
}

static void movement(void)
{
    CHECK(gives("e0 48 e0 c8 e0 50 e0 d0 e0 4b e0 cb e0 4d e0 cd",
                "^[A^[B^[D^[C"),
          "arrows");
    CHECK(gives("e0 47 e0 4f e0 49 e0 51 e0 52 e0 53",
                "^[H^[F^[5~^[6~^[2~^[3~"),
          "Home, End, Page Up and Down, Insert, Delete");
    CHECK(gives("1d e0 4b e0 4d e0 53", "^[1;5D^[1;5C^[3~"),
          "Control and arrows");
    CHECK(gives("45 c5 e0 2a e0 48 e0 c8 e0 aa 1e", "^[Aa"),
          "with Num Lock the keyboard sends shifts that are none");
}

static void others(void)
{
    CHECK(gives("e1 1d 45 e1 9d c5 1e 47", "a^[H"), "Pause does nothing");
    CHECK(gives("e0 2a e0 37 e0 b7 e0 aa 1e", "a"), "nor does Print Screen");
    CHECK(gives("3b 44 57 58 46 54 e0 5b e0 5c e0 5d 1e", "a"),
          "nor F1 to F12, Scroll Lock, Windows keys");
    CHECK(gives("fa fe aa 00 ff ee 1e", "a"), "nor what the keyboard answers");
}

static void anything(void)
{
    char out[KEYS_BYTES];
    int all = 1;

    memset(&k, 0, sizeof k);
    srand(1);
    for (unsigned i = 0; i < 1000000; i++)
        all &= keys_take(&k, (unsigned char)rand(), out) <= KEYS_BYTES;
    CHECK(all, "whatever comes, it fits");
}

int main(void)
{
    characters();
    locks();
    control();
    movement();
    others();
    anything();
    return check_end();
}
