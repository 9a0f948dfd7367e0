/*
 * keys.c - from scan codes to bytes (keys.h).
 */
#include "keys.h"

#include <pn/libc.h>

enum {
    SHIFT_LEFT = 1 << 0,
    SHIFT_RIGHT = 1 << 1,
    CONTROL_LEFT = 1 << 2,
    CONTROL_RIGHT = 1 << 3,
    CAPS = 1 << 4,
    NUM = 1 << 5
};

enum {
    RELEASED = 0x80,
    EXTENDED = 0xe0,
    PAUSE = 0xe1, /* two more codes follow */
    KEY_TAB = 0x0f,
    KEY_ENTER = 0x1c,
    KEY_SLASH = 0x35,
    PAD_FIRST = 0x47,
    PAD_LAST = 0x53
};

#define BACKSPACE "\x7f"

/* From code 0x01 on. */
static const char plain[] = "\x1b" "1234567890-=" BACKSPACE
                            "\tqwertyuiop[]\r"
                            "\0asdfghjkl;'`"
                            "\0\\zxcvbnm,./\0*\0 ";
static const char shifted[] = "\x1b" "!@#$%^&*()_+" BACKSPACE
                              "\tQWERTYUIOP{}\r"
                              "\0ASDFGHJKL:\"~"
                              "\0|ZXCVBNM<>?\0*\0 ";

/* The keypad, from PAD_FIRST on: with Num Lock, and what its keys, or the grey
 * ones beside it, are otherwise: behind ESC [. */
static const char pad[] = "789-456+1230.";
static const char *const move[] = {"H", "A", "5~", "",  "D",  "",  "C",
                                   "",  "F", "B",  "6~", "2~", "3~"};

static unsigned modifier(int extended, unsigned code)
{
    switch (code) {
    case 0x2a: /* with 0xe0 the keyboard undoes Num Lock by it */
        return extended ? 0 : SHIFT_LEFT;
    case 0x36:
        return extended ? 0 : SHIFT_RIGHT;
    case 0x1d:
        return extended ? CONTROL_RIGHT : CONTROL_LEFT;
    case 0x3a:
        return CAPS;
    case 0x45:
        return NUM;
    default:
        return 0;
    }
}

/* A key that is held down repeats itself; that locks nothing again. */
static void hold(struct keys *k, unsigned bit, int released)
{
    if (!released)
        k->locked ^= bit & ~k->held & (CAPS | NUM);
    k->held = released ? k->held & ~bit : k->held | bit;
}

static int is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The character of a key outside the keypad; 0: none. */
static char character(const struct keys *k, unsigned code)
{
    int shift = (k->held & (SHIFT_LEFT | SHIFT_RIGHT)) != 0;

    if (code == 0x56) /* beside the left shift, on some keyboards */
        return shift ? '|' : '\\';
    if (code == 0 || code >= sizeof plain)
        return 0;
    if (is_letter(plain[code - 1]) && (k->locked & CAPS))
        shift = !shift;
    return shift ? shifted[code - 1] : plain[code - 1];
}

static unsigned put(char *out, const char *text)
{
    size_t n = strlen(text);

    memcpy(out, text, n);
    return (unsigned)n;
}

/* ESC [ what; with Control, ESC [ 1 ; 5 letter. */
static unsigned sequence(const struct keys *k, const char *what, char *out)
{
    int control = (k->held & (CONTROL_LEFT | CONTROL_RIGHT)) != 0;
    unsigned n = put(out, "\x1b[");

    if (*what == '\0')
        return 0;
    if (control && strlen(what) == 1)
        n += put(out + n, "1;5");
    return n + put(out + n, what);
}

static unsigned keypad(const struct keys *k, int extended, unsigned code,
                       char *out)
{
    char digit = pad[code - PAD_FIRST];

    if (extended || (!(k->locked & NUM) && digit != '-' && digit != '+'))
        return sequence(k, move[code - PAD_FIRST], out);
    *out = digit;
    return 1;
}

static unsigned pressed(const struct keys *k, int extended, unsigned code,
                        char *out)
{
    if (code >= PAD_FIRST && code <= PAD_LAST)
        return keypad(k, extended, code, out);
    if (extended && code != KEY_ENTER && code != KEY_SLASH)
        return 0;
    if (code == KEY_TAB && (k->held & (SHIFT_LEFT | SHIFT_RIGHT)))
        return sequence(k, "Z", out);
    *out = extended && code == KEY_SLASH ? '/' : character(k, code);
    if (*out == '\0')
        return 0;
    if (k->held & (CONTROL_LEFT | CONTROL_RIGHT)) {
        if (*out >= '@' && *out <= '~')
            *out &= 0x1f;
        else if (*out == ' ')
            *out = '\0';
    }
    return 1;
}

unsigned keys_take(struct keys *k, unsigned char code, char out[KEYS_BYTES])
{
    int extended = k->extended;
    unsigned bit;

    k->extended = code == EXTENDED;
    if (k->skip > 0) {
        k->skip--;
        return 0;
    }
    if (code == PAUSE)
        k->skip = 2;
    if (code == EXTENDED || code == PAUSE)
        return 0;
    bit = modifier(extended, code & (RELEASED - 1u));
    if (bit)
        hold(k, bit, code & RELEASED);
    return bit || (code & RELEASED) ? 0 : pressed(k, extended, code, out);
}
