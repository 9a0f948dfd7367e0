/*
 * screen.h - a text screen as a terminal keeps it: characters in, cells and a
 * cursor out.
 *
 * Known are CR, LF (which begins a new line), BS, tab, and of the sequences
 * ESC [ numbers letter: A B C D (move), G and H (go to; f is H), J and K
 * (erase), m (colours). Others are passed over. A row that is full is broken by
 * the next character, not before.
 *
 * Pure; the host tests run it.
 */
#pragma once

#include <stdint.h>

#define SCREEN_ROWS    25u
#define SCREEN_COLUMNS 80u
#define SCREEN_NUMBERS 4u /* of a sequence; more are passed over */

enum screen_state { SCREEN_PLAIN, SCREEN_ESCAPE, SCREEN_SEQUENCE };

struct screen {
    unsigned row;
    unsigned column;      /* SCREEN_COLUMNS: the row is full */
    unsigned char colour; /* of what is written: VGA's attribute */
    enum screen_state state;
    unsigned number[SCREEN_NUMBERS]; /* 0: not given */
    unsigned numbers;
    int is_private;       /* the sequence is none of the known */
    /* For whoever shows it; he sets both to 0 then. */
    unsigned scrolled; /* rows that have left at the top */
    uint32_t changed;  /* bit n: row n, as it is numbered now */
    uint16_t cell[SCREEN_ROWS][SCREEN_COLUMNS]; /* colour << 8 | character */
};

/* Blank, with the cursor in its first corner. */
void screen_clear(struct screen *s);

void screen_put(struct screen *s, char c);

/* The cells are those that were there before, from somebody else: go on below
 * the last that is not blank. */
void screen_continue(struct screen *s);
