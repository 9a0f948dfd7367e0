/*
 * screen.c - a text screen (screen.h).
 */
#include "screen.h"

#include <pn/libc.h>

enum { GREY = 0x07, BRIGHT = 0x08, INK = 0x07, PAPER = 0x70 };
enum { BS = 0x08, TAB = 0x09, ESC = 0x1b, DEL = 0x7f };

#define ALL_ROWS   ((1u << SCREEN_ROWS) - 1)
#define TAB_STOP   8u
#define NUMBER_MAX 1000u

/* --- cells --- */

/* Columns `from` to before `to`. */
static void blank(struct screen *s, unsigned row, unsigned from, unsigned to)
{
    for (unsigned i = from; i < to; i++)
        s->cell[row][i] = (uint16_t)(s->colour << 8 | ' ');
    s->changed |= 1u << row;
}

static void scroll(struct screen *s)
{
    memmove(s->cell[0], s->cell[1], sizeof s->cell - sizeof s->cell[0]);
    s->changed >>= 1;
    s->scrolled++;
    blank(s, SCREEN_ROWS - 1, 0, SCREEN_COLUMNS);
}

static void new_line(struct screen *s)
{
    s->column = 0;
    if (s->row == SCREEN_ROWS - 1)
        scroll(s);
    else
        s->row++;
}

static void put_cell(struct screen *s, char c)
{
    if (s->column == SCREEN_COLUMNS)
        new_line(s);
    s->cell[s->row][s->column++] =
        (uint16_t)(s->colour << 8 | (unsigned char)c);
    s->changed |= 1u << s->row;
}

/* The cell that the cursor is on. */
static unsigned at_column(const struct screen *s)
{
    return s->column < SCREEN_COLUMNS ? s->column : SCREEN_COLUMNS - 1;
}

static unsigned at_most(unsigned n, unsigned most)
{
    return n < most ? n : most;
}

static void control(struct screen *s, char c)
{
    switch (c) {
    case '\r':
        s->column = 0;
        break;
    case '\n':
        new_line(s);
        break;
    case BS:
        s->column = at_column(s) - (at_column(s) > 0);
        break;
    case TAB:
        s->column = at_most((at_column(s) / TAB_STOP + 1) * TAB_STOP,
                            SCREEN_COLUMNS - 1);
        break;
    case ESC:
        s->state = SCREEN_ESCAPE;
        break;
    default:
        break;
    }
}

/* --- sequences --- */

/* From 1; what is not given is 1. */
static unsigned count(const struct screen *s, unsigned n)
{
    return s->number[n] == 0 ? 1 : s->number[n];
}

static void erase_line(struct screen *s, unsigned how)
{
    unsigned at = at_column(s);

    if (how <= 2)
        blank(s, s->row, how == 0 ? at : 0,
              how == 1 ? at + 1 : SCREEN_COLUMNS);
}

static void erase_screen(struct screen *s, unsigned how)
{
    if (how > 2)
        return;
    for (unsigned row = 0; row < SCREEN_ROWS; row++)
        if (how == 2 || (how == 0 ? row > s->row : row < s->row))
            blank(s, row, 0, SCREEN_COLUMNS);
    if (how != 2)
        erase_line(s, how);
}

/* A terminal's colours, as bits, are red, green, blue; VGA's the other way. */
static unsigned char vga_colour(unsigned n)
{
    return (unsigned char)((n & 1) << 2 | (n & 2) | (n & 4) >> 2);
}

static unsigned char colour_by(unsigned char colour, unsigned n)
{
    if (n == 0)
        return GREY;
    if (n == 1)
        return colour | BRIGHT;
    if (n == 22)
        return colour & (unsigned char)~BRIGHT;
    if (n == 7)
        return GREY << 4;
    if (n == 27)
        return GREY;
    if (n >= 30 && n <= 37)
        return (colour & (unsigned char)~INK) | vga_colour(n - 30);
    if (n == 39)
        return (colour & (unsigned char)~INK) | GREY;
    if (n >= 40 && n <= 47)
        return (unsigned char)((colour & ~PAPER) | vga_colour(n - 40) << 4);
    return n == 49 ? colour & (unsigned char)~PAPER : colour;
}

static void finish(struct screen *s, char final)
{
    unsigned n = count(s, 0), column = at_column(s);

    switch (final) {
    case 'A':
        s->row -= at_most(n, s->row);
        s->column = column;
        break;
    case 'B':
        s->row = at_most(s->row + n, SCREEN_ROWS - 1);
        s->column = column;
        break;
    case 'C':
        s->column = at_most(column + n, SCREEN_COLUMNS - 1);
        break;
    case 'D':
        s->column = column - at_most(n, column);
        break;
    case 'G':
        s->column = at_most(n, SCREEN_COLUMNS) - 1;
        break;
    case 'H':
    case 'f':
        s->row = at_most(n, SCREEN_ROWS) - 1;
        s->column = at_most(count(s, 1), SCREEN_COLUMNS) - 1;
        break;
    case 'J':
        erase_screen(s, s->number[0]);
        break;
    case 'K':
        erase_line(s, s->number[0]);
        break;
    case 'm':
        for (unsigned i = 0; i < at_most(s->numbers, SCREEN_NUMBERS); i++)
            s->colour = colour_by(s->colour, s->number[i]);
        break;
    default:
        break;
    }
}

static void begin(struct screen *s, char c)
{
    if (c >= ' ' && c <= '/')
        return; /* of a longer one, ended by another character */
    s->state = c == '[' ? SCREEN_SEQUENCE : SCREEN_PLAIN;
    memset(s->number, 0, sizeof s->number);
    s->numbers = 1;
    s->is_private = 0;
}

/* A byte of what is behind ESC [. Control characters in it count at once. */
static void go_on(struct screen *s, char c)
{
    if (c >= '0' && c <= '9') {
        unsigned *n = &s->number[at_most(s->numbers, SCREEN_NUMBERS) - 1];

        if (s->numbers <= SCREEN_NUMBERS)
            *n = at_most(*n * 10 + (unsigned)(c - '0'), NUMBER_MAX);
    } else if (c == ';') {
        s->numbers += s->numbers <= SCREEN_NUMBERS;
    } else if (c >= '@' && c <= '~') {
        s->state = SCREEN_PLAIN;
        if (!s->is_private)
            finish(s, c);
    } else {
        s->is_private = 1;
    }
}

/* --- the screen --- */

void screen_clear(struct screen *s)
{
    memset(s, 0, sizeof *s);
    s->colour = GREY;
    for (unsigned row = 0; row < SCREEN_ROWS; row++)
        blank(s, row, 0, SCREEN_COLUMNS);
}

void screen_put(struct screen *s, char c)
{
    if ((unsigned char)c < ' ')
        control(s, c);
    else if (s->state == SCREEN_ESCAPE)
        begin(s, c);
    else if (s->state == SCREEN_SEQUENCE)
        go_on(s, c);
    else if (c != DEL)
        put_cell(s, c);
}

static int is_blank(const struct screen *s, unsigned row)
{
    for (unsigned i = 0; i < SCREEN_COLUMNS; i++)
        if ((s->cell[row][i] & 0xff) != ' ' && (s->cell[row][i] & 0xff) != 0)
            return 0;
    return 1;
}

void screen_continue(struct screen *s)
{
    s->row = SCREEN_ROWS - 1;
    s->column = 0;
    while (s->row > 0 && is_blank(s, s->row))
        s->row--;
    if (!is_blank(s, s->row))
        new_line(s);
    s->changed = ALL_ROWS;
}
