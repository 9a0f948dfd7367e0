/*
 * screen_test.c - what a screen shows after what was written to it.
 */
#include "check.h"
#include "screen.h"

#include <stdlib.h>
#include <string.h>

static struct screen s;

static void put(const char *text)
{
    while (*text)
        screen_put(&s, *text++);
}

static void fresh(const char *text)
{
    screen_clear(&s);
    s.changed = s.scrolled = 0;
    put(text);
}

/* The row's characters, without the blanks behind. */
static const char *row(unsigned n)
{
    static char text[SCREEN_COLUMNS + 1];
    unsigned end = 0;

    for (unsigned i = 0; i < SCREEN_COLUMNS; i++) {
        text[i] = (char)s.cell[n][i];
        if (text[i] != ' ')
            end = i + 1;
    }
    text[end] = '\0';
    return text;
}

static int is_at(unsigned r, unsigned column)
{
    if (s.row == r && s.column == column)
        return 1;
    printf("# at %u,%u\n", s.row, s.column);
    return 0;
}

static int shows(unsigned n, const char *text)
{
    if (strcmp(row(n), text) == 0)
        return 1;
    printf("# row %u: \"%s\"\n", n, row(n));
    return 0;
}

static void characters(void)
{
    fresh("");
    CHECK(is_at(0, 0) && shows(0, "") && shows(24, "") &&
              s.cell[24][79] == (0x0700 | ' '),
          "it begins blank, grey on black");
    fresh("one\ntwo\r\nthree");
    CHECK(shows(0, "one") && shows(1, "two") && shows(2, "three") &&
              is_at(2, 5),
          "a line feed begins a line, a carriage return before it or not");
    CHECK(s.changed == 7 && s.scrolled == 0, "it tells which rows changed");
    fresh("abc\b\bX\rY");
    CHECK(shows(0, "YXc") && is_at(0, 1), "backspace and return move only");
    fresh("\b\bx\b \b");
    CHECK(shows(0, "") && is_at(0, 0), "backspace stops at the row's beginning");
    fresh("a\tb\tc\t\bd");
    CHECK(shows(0, "a       b       c      d"), "tabs go to every eighth column");
    fresh("\t\t\t\t\t\t\t\t\t\t\t\tx");
    CHECK(is_at(0, 80) && s.cell[0][79] == (0x0700 | 'x'),
          "and not out of the row");
    fresh("a\a\x7f\x01" "b\xff");
    CHECK(shows(0, "ab\xff"), "what is no character is not shown");
}

static void rows(void)
{
    char full[SCREEN_COLUMNS + 1];

    memset(full, 'x', SCREEN_COLUMNS);
    full[SCREEN_COLUMNS] = '\0';
    fresh(full);
    CHECK(is_at(0, SCREEN_COLUMNS) && shows(1, ""), "a full row is not broken");
    put("\nab");
    CHECK(shows(1, "ab"), "so a line feed behind it leaves no empty row");
    fresh(full);
    put("yz");
    CHECK(shows(1, "yz") && is_at(1, 2), "the next character breaks it");
    fresh(full);
    put("\b\bA");
    CHECK(s.cell[0][77] == (0x0700 | 'A') && is_at(0, 78),
          "backspace at its end is from the last column");
    fresh("");
    for (unsigned i = 0; i < 30; i++) {
        char line[20];

        snprintf(line, sizeof line, "%sline %u", i ? "\n" : "", i);
        put(line);
    }
    CHECK(shows(0, "line 5") && shows(24, "line 29") && is_at(24, 7) &&
              s.scrolled == 5,
          "behind the last row all move up");
    fresh("");
    put("\x1b[25;1H");
    s.changed = 1u << 24 | 1u << 3;
    put("\n");
    CHECK(s.changed == (1u << 24 | 1u << 23 | 1u << 2) && s.scrolled == 1,
          "and what has changed moves with them");
}

static void sequences(void)
{
    fresh("\x1b[3;5Hx\x1b[2Ay\x1b[10Dz\x1b[2B\x1b[3Cw");
    CHECK(shows(2, "zw  x") == 0 && shows(0, "z    y") && shows(2, "    w"),
          "the cursor moves as it is told");
    fresh("\x1b[99;99Ha\x1b[Hb\x1b[9Dc\x1b[9Ad\x1b[24;79H\x1b[9C\x1b[9Be");
    CHECK(s.cell[24][79] == (0x0700 | 'e') && shows(0, "cd"),
          "never off the screen");
    fresh("abcdef\x1b[3G\x1b[K");
    CHECK(shows(0, "ab") && is_at(0, 2), "K erases to the row's end");
    fresh("abcdef\x1b[3G\x1b[1K");
    CHECK(shows(0, "   def") && is_at(0, 2), "1K from its beginning");
    fresh("abcdef\x1b[3G\x1b[2K");
    CHECK(shows(0, "") && is_at(0, 2), "2K all of it");
    fresh("one\ntwo\nthree\x1b[2;2H\x1b[J");
    CHECK(shows(0, "one") && shows(1, "t") && shows(2, ""), "J erases below");
    fresh("one\ntwo\nthree\x1b[2;2H\x1b[1J");
    CHECK(shows(0, "") && shows(1, "  o") && shows(2, "three"), "1J above");
    fresh("one\ntwo\x1b[2J!");
    CHECK(shows(0, "") && shows(1, "   !"), "2J all");
    fresh("\x1b[31;1ma\x1b[44mb\x1b[0mc\x1b[7md\x1b[me\x1b[39;49mf");
    CHECK(s.cell[0][0] == (0x0c00 | 'a') && s.cell[0][1] == (0x1c00 | 'b') &&
              s.cell[0][2] == (0x0700 | 'c') && s.cell[0][3] == (0x7000 | 'd') &&
              s.cell[0][4] == (0x0700 | 'e') && s.cell[0][5] == (0x0700 | 'f'),
          "colours");
    fresh("a\x1b[?25lb\x1b[>1;2;3;4;5;6xc\x1b(Bd\x1b" "7e\x1b[1;2;3;4;5;6;7me");
    CHECK(shows(0, "abcdee"), "what it does not know is passed over");
    fresh("\x1b[1\b;5\x1b[2;99999999999999Hx");
    CHECK(s.cell[1][79] == (0x0700 | 'x'),
          "a sequence that is cut off, and a number beyond all bounds");
}

static void taken_over(void)
{
    fresh("\n\nlast");
    s.row = s.column = 7;
    s.changed = 0;
    screen_continue(&s);
    CHECK(is_at(3, 0) && shows(2, "last") && s.changed == (1u << 25) - 1,
          "it goes on below what is there, and shows all of it");
    fresh("");
    memset(s.cell, 0, sizeof s.cell);
    screen_continue(&s);
    CHECK(is_at(0, 0), "on a blank screen at the top");
    fresh("\x1b[24;1Hfull\nfull");
    screen_continue(&s);
    CHECK(is_at(24, 0) && shows(22, "full") && shows(23, "full") &&
              s.scrolled == 1,
          "on a full one it makes room");
}

/* ASan and UBSan see what goes wrong. */
static void anything(void)
{
    static const char likely[] = "\x1b\x1b[[0123456789;;?ABCDGHJKmf\n\r\b\tx";
    int all = 1;

    screen_clear(&s);
    srand(1);
    for (unsigned i = 0; i < 1000000; i++) {
        screen_put(&s, rand() % 4 ? likely[(unsigned)rand() % sizeof likely]
                                  : (char)rand());
        all &= s.row < SCREEN_ROWS && s.column <= SCREEN_COLUMNS;
    }
    CHECK(all, "the cursor stays on the screen, whatever comes");
}

int main(void)
{
    characters();
    rows();
    sequences();
    taken_over();
    anything();
    return check_end();
}
