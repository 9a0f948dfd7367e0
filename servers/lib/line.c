/*
 * line.c - line editing (pn/line.h): printable characters, backspace, return,
 * and Ctrl-U, which begins the line again below.
 */
#include <pn/line.h>

enum { CTRL_U = 0x15, BACKSPACE = 0x08, DELETE = 0x7f };

static void put(char *echo, const char *s)
{
    while (*s)
        *echo++ = *s++;
    *echo = '\0';
}

int line_key(struct line *l, char key, char *echo)
{
    put(echo, "");
    if (key == '\r' || key == '\n') {
        put(echo, "\n");
        l->text[l->length] = '\0';
        return 1;
    }
    if (key == BACKSPACE || key == DELETE) {
        if (l->length > 0) {
            l->length--;
            put(echo, "\b \b");
        }
    } else if (key == CTRL_U) {
        l->length = 0;
        put(echo, "^U\n");
    } else if (key >= ' ' && key <= '~' && l->length < LINE_LENGTH) {
        l->text[l->length++] = key;
        echo[0] = key;
        echo[1] = '\0';
    }
    return 0;
}
