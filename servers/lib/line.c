/*
 * line.c - line editing (pn/line.h).
 *
 * Whatever a key does, it changes the text and the cursor only; draw() then
 * finds what of the row has to change on the screen.
 */
#include "line_parts.h"

#include <pn/libc.h>

enum { PLAIN, ESCAPE, SEQUENCE, SECOND_NUMBER, ONE_MORE, AFTER_RETURN };

#define CTRL(letter) ((letter)&0x1f)
#define TAB          '\t'
#define ESC          0x1b
#define DELETE       0x7f

/* --- the screen --- */

static void flush(struct line *l)
{
    if (l->out_used > 0)
        l->show(l->user, l->out, l->out_used);
    l->out_used = 0;
}

void line_out(struct line *l, char c)
{
    if (l->out_used == sizeof l->out)
        flush(l);
    l->out[l->out_used++] = c;
}

void line_out_text(struct line *l, const char *s)
{
    while (*s)
        line_out(l, *s++);
}

/* Columns for the text: the screen shall not break the row by itself. */
static unsigned columns(const struct line *l)
{
    size_t prompt = strlen(l->prompt);

    return prompt + 20 < LINE_ROW ? LINE_ROW - 1 - (unsigned)prompt : 20;
}

static void go(struct line *l, unsigned column)
{
    while (l->column > column) {
        line_out(l, '\b');
        l->column--;
    }
    while (l->column < column)
        line_out(l, l->shown[l->column++]);
}

static void put(struct line *l, unsigned column, char c)
{
    go(l, column);
    l->shown[l->column++] = c;
    line_out(l, c);
}

/* Have the row show the part around the cursor. */
static void draw(struct line *l)
{
    unsigned width = columns(l), n;

    if (l->cursor < l->first || l->cursor - l->first > width)
        l->first = l->cursor > width / 2 ? l->cursor - width / 2 : 0;
    n = l->length - l->first;
    if (n > width)
        n = width;
    for (unsigned i = 0; i < n; i++)
        if (i >= l->shown_length || l->shown[i] != l->text[l->first + i])
            put(l, i, l->text[l->first + i]);
    for (unsigned i = n; i < l->shown_length; i++)
        put(l, i, ' ');
    l->shown_length = n;
    go(l, l->cursor - l->first);
}

/* The prompt and the line on a fresh row. */
void line_draw_again(struct line *l)
{
    line_out_text(l, l->prompt);
    l->column = l->shown_length = 0;
    draw(l);
}

/* --- the text --- */

void line_insert(struct line *l, const char *s, unsigned n)
{
    if (n > LINE_LENGTH - l->length)
        return;
    memmove(l->text + l->cursor + n, l->text + l->cursor,
            l->length - l->cursor);
    memcpy(l->text + l->cursor, s, n);
    l->length += n;
    l->cursor += n;
}

/* The characters from `from` to before `to`; the cursor is there then. */
static void erase(struct line *l, unsigned from, unsigned to)
{
    memmove(l->text + from, l->text + to, l->length - to);
    l->length -= to - from;
    l->cursor = from;
}

static void replace(struct line *l, const char *s)
{
    erase(l, 0, l->length);
    line_insert(l, s, (unsigned)strlen(s));
    l->first = 0;
}

static unsigned word_before(const struct line *l)
{
    unsigned at = l->cursor;

    while (at > 0 && l->text[at - 1] == ' ')
        at--;
    while (at > 0 && l->text[at - 1] != ' ')
        at--;
    return at;
}

static unsigned word_behind(const struct line *l)
{
    unsigned at = l->cursor;

    while (at < l->length && l->text[at] == ' ')
        at++;
    while (at < l->length && l->text[at] != ' ')
        at++;
    return at;
}

/* --- history --- */

/* The line so many up; null: there is none. */
static const char *remembered(const struct line_history *h, unsigned back)
{
    unsigned at = h->used;

    for (; back > 0 && at > 0; back--)
        for (at--; at > 0 && h->text[at - 1] != '\0';)
            at--;
    return back > 0 ? NULL : h->text + at;
}

static void remember(struct line_history *h, const char *text)
{
    unsigned n = (unsigned)strlen(text) + 1, drop = 0;
    const char *last = remembered(h, 1);

    if (n == 1 || (last && strcmp(last, text) == 0))
        return;
    while (h->used - drop + n > sizeof h->text)
        drop += (unsigned)strlen(h->text + drop) + 1;
    memmove(h->text, h->text + drop, h->used - drop);
    h->used -= drop;
    memcpy(h->text + h->used, text, n);
    h->used += n;
}

static void older(struct line *l)
{
    const char *text = l->history ? remembered(l->history, l->back + 1) : NULL;

    if (!text)
        return;
    if (l->back++ == 0) {
        memcpy(l->history->draft, l->text, l->length);
        l->history->draft[l->length] = '\0';
    }
    replace(l, text);
}

static void newer(struct line *l)
{
    if (l->back == 0)
        return;
    l->back--;
    replace(l,
            l->back == 0 ? l->history->draft : remembered(l->history, l->back));
}

/* --- keys --- */

/* The line as it is stands on the screen, and nothing comes to it any more. */
static void finish(struct line *l, const char *shown)
{
    l->cursor = l->length;
    draw(l);
    line_out_text(l, shown);
    flush(l);
}

static void enter(struct line *l)
{
    finish(l, "\n");
    l->text[l->length] = '\0';
    if (l->history)
        remember(l->history, l->text);
}

static void give_up(struct line *l)
{
    finish(l, "^C\n");
    l->length = l->cursor = 0;
    l->text[0] = '\0';
}

static void control(struct line *l, char key)
{
    switch (key) {
    case CTRL('A'):
        l->cursor = 0;
        break;
    case CTRL('E'):
        l->cursor = l->length;
        break;
    case CTRL('B'):
        l->cursor -= l->cursor > 0;
        break;
    case CTRL('F'):
        l->cursor += l->cursor < l->length;
        break;
    case CTRL('H'):
    case DELETE:
        if (l->cursor > 0)
            erase(l, l->cursor - 1, l->cursor);
        break;
    case CTRL('D'):
        if (l->cursor < l->length)
            erase(l, l->cursor, l->cursor + 1);
        break;
    case CTRL('K'):
        erase(l, l->cursor, l->length);
        break;
    case CTRL('U'):
        erase(l, 0, l->cursor);
        break;
    case CTRL('W'):
        erase(l, word_before(l), l->cursor);
        break;
    case CTRL('P'):
        older(l);
        break;
    case CTRL('N'):
        newer(l);
        break;
    case TAB:
        line_complete(l);
        break;
    case CTRL('L'):
        line_out(l, '\n');
        line_draw_again(l);
        break;
    default:
        break;
    }
}

/* The end of a sequence: ESC [ numbers final. */
static void final(struct line *l, char key)
{
    static const char tilde[] = {
        [1] = CTRL('A'), [3] = CTRL('D'), [4] = CTRL('E'),
        [7] = CTRL('A'), [8] = CTRL('E'),
    };
    unsigned n = l->parameters[0];
    int by_word = l->parameters[1] == 5;

    switch (key) {
    case 'A':
        older(l);
        break;
    case 'B':
        newer(l);
        break;
    case 'C':
        l->cursor =
            by_word ? word_behind(l) : l->cursor + (l->cursor < l->length);
        break;
    case 'D':
        l->cursor = by_word ? word_before(l) : l->cursor - (l->cursor > 0);
        break;
    case 'H':
        l->cursor = 0;
        break;
    case 'F':
        l->cursor = l->length;
        break;
    case '~':
        if (n < sizeof tilde)
            control(l, tilde[n]);
        break;
    default:
        break;
    }
}

/* Is the byte part of an escape sequence? */
static int sequence(struct line *l, char key)
{
    unsigned *number;

    switch (l->state) {
    case ESCAPE:
        l->state = key == '[' ? SEQUENCE : key == 'O' ? ONE_MORE : PLAIN;
        l->parameters[0] = l->parameters[1] = 0;
        return l->state != PLAIN;
    case ONE_MORE:
        l->state = PLAIN;
        final(l, key);
        return 1;
    case SEQUENCE:
    case SECOND_NUMBER:
        number = &l->parameters[l->state == SECOND_NUMBER];
        if (key >= '0' && key <= '9') {
            *number = *number % 1000 * 10 + (unsigned)(key - '0');
        } else if (key == ';') {
            l->state = SECOND_NUMBER;
        } else if (key >= '@' && key <= '~') {
            l->state = PLAIN;
            final(l, key);
        } else if (key < ' ') {
            l->state = PLAIN; /* it was cut off */
            return 0;
        }
        return 1;
    case AFTER_RETURN:
        l->state = PLAIN;
        return key == '\n';
    default:
        return 0;
    }
}

int line_key(struct line *l, char key)
{
    if (sequence(l, key)) {
        /* that was all */
    } else if (key == '\r' || key == '\n') {
        l->state = key == '\r' ? AFTER_RETURN : PLAIN;
        enter(l);
        return 1;
    } else if (key == CTRL('C')) {
        give_up(l);
        return 1;
    } else if (key == ESC) {
        l->state = ESCAPE;
    } else if (key >= ' ' && key <= '~') {
        line_insert(l, &key, 1);
    } else {
        control(l, key);
    }
    draw(l);
    flush(l);
    return 0;
}

void line_begin(struct line *l, const char *prompt)
{
    l->prompt = prompt;
    l->length = l->cursor = l->word = l->back = l->first = 0;
    l->text[0] = '\0';
    line_draw_again(l);
    flush(l);
}
