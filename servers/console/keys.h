/*
 * keys.h - a PC's keyboard: scan codes in, bytes out, as a terminal sends them.
 *
 * Scan code set 1, which the keyboard controller makes of what the keyboard
 * sends, and the US layout. Shift, Caps Lock and Num Lock work, and Control;
 * Alt does nothing, nor do the keys F1 to F12.
 *
 * Pure; the host tests run it.
 */
#pragma once

#define KEYS_BYTES 8 /* of one key, at most */

/* All zeros: no key is held down. */
struct keys {
    unsigned held;   /* shift, control, locks */
    unsigned locked; /* the locks that are on */
    int extended;    /* 0xe0 has come */
    unsigned skip;   /* codes that mean nothing */
};

/* Take a scan code; the number of bytes for it, which are in out[]. */
unsigned keys_take(struct keys *k, unsigned char code, char out[KEYS_BYTES]);
