/*
 * line_parts.h - what line_complete.c wants of line.c, inside this library.
 */
#pragma once

#include <pn/line.h>

void line_out(struct line *l, char c);
void line_out_text(struct line *l, const char *s);

/* The prompt and the line on a fresh row. */
void line_draw_again(struct line *l);

/* At the cursor, which is behind it then; nothing if there is no room. */
void line_insert(struct line *l, const char *s, unsigned n);

/* The key Tab. */
void line_complete(struct line *l);
