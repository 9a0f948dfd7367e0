/*
 * pn/line.h - editing one line of input, a character at a time.
 * Pure; the host tests run it.
 */
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

#define LINE_LENGTH 78

struct line {
    unsigned length;
    char text[LINE_LENGTH + 1];
};

/* Take a character from the keyboard; `echo` (at least 4 bytes) gets what the
 * screen must show for it, NUL-terminated. Returns 1 if the line is complete:
 * read `text`, then set `length` to 0 for the next one. */
int line_key(struct line *l, char key, char *echo);

#ifdef __cplusplus
}
#endif
