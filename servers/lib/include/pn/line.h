/*
 * pn/line.h - editing one line of input, a key at a time.
 *
 *   left, right, Home, End      Ctrl-B, -F, -A, -E: move
 *   Ctrl-left, Ctrl-right       move by a word
 *   Backspace, Delete, Ctrl-D   erase a character
 *   Ctrl-U, -K, -W              erase to the beginning, to the end, a word
 *   up, down                    Ctrl-P, -N: lines of before
 *   Tab                         complete the word at the cursor
 *   Ctrl-L, Ctrl-C              show the line again below; give it up
 *
 * Keys come as a terminal sends them, escape sequences a byte at a time, split
 * anyhow. The screen needs to know backspace and line feed only: it shows the
 * part around the cursor of a line that is longer than a row. Someone who types
 * at the end of a short line sees what was typed, and nothing else.
 *
 * Pure; the host tests run it.
 */
#pragma once

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LINE_LENGTH  200 /* characters of a line */
#define LINE_ROW     80  /* of the screen's row, prompt included */
#define LINE_HISTORY 1024

/* The lines of before, each with its NUL, the oldest first. All zeros: none. */
struct line_history {
    unsigned used;
    char text[LINE_HISTORY];
    char draft[LINE_LENGTH + 1]; /* what was typed before the first `up` */
};

struct line {
    /* The user's, set before the first line. Where the output goes, and what it
     * is given to find its way: */
    void (*show)(void *user, const char *text, size_t n);
    void *user;
    /* Null: nothing is remembered. */
    struct line_history *history;
    /* Null: nothing is completed. Else it calls line_offer() with each word
     * that could stand at text[word], and has to begin as text[word .. cursor)
     * does: others are ignored. */
    void (*complete)(struct line *l);

    /* For the user to read. */
    char text[LINE_LENGTH + 1];
    unsigned length;
    unsigned cursor;
    unsigned word;

    /* The editor's own. */
    const char *prompt;
    unsigned state;         /* of an escape sequence */
    unsigned parameters[2]; /* its numbers */
    unsigned back;          /* lines up in the history; 0: the draft */
    unsigned first;         /* what of the text is at the prompt */
    unsigned column;        /* where the screen's cursor is, from there */
    unsigned shown_length;
    char shown[LINE_ROW];
    char out[64];
    unsigned out_used;
    struct {
        int listing;
        unsigned count;
        unsigned column;
        char common[LINE_LENGTH + 1];
    } offers;
};

/* Show the prompt, which must live on: the next line begins. */
void line_begin(struct line *l, const char *prompt);

/* Take a byte from the keyboard. 1: the line is complete, `text` is it; what
 * was given up with Ctrl-C is "". */
int line_key(struct line *l, char key);

/* Only while `complete` runs. No blank follows a word, if it is the only one,
 * that ends with '/', ':' or '='. */
void line_offer(struct line *l, const char *word);

#ifdef __cplusplus
}
#endif
