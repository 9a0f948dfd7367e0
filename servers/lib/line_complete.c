/*
 * line_complete.c - the key Tab (pn/line.h): what the words that are offered
 * have in common is put in, and if that is nothing, they are shown.
 */
#include "line_parts.h"

#include <pn/libc.h>

#define LISTED 100 /* words shown for one Tab */

/* Where in a word the part begins that is worth showing. */
static unsigned tail_of(const char *word, unsigned n)
{
    while (n > 0 && word[n - 1] != '/' && word[n - 1] != ':')
        n--;
    return n;
}

static void list(struct line *l, const char *word)
{
    unsigned n = (unsigned)strlen(word);

    if (l->offers.count > LISTED)
        return;
    if (l->offers.column > 0 && l->offers.column + 2 + n >= LINE_ROW) {
        line_out(l, '\n');
        l->offers.column = 0;
    }
    if (l->offers.column > 0)
        line_out_text(l, "  ");
    line_out_text(l, word);
    l->offers.column += n + 2;
}

/* What all offers so far begin with. */
static void narrow(struct line *l, const char *word)
{
    char *common = l->offers.common;
    unsigned n = 0;

    if (l->offers.count == 1)
        memcpy(common, word, strlen(word) + 1);
    while (common[n] && common[n] == word[n])
        n++;
    common[n] = '\0';
}

void line_offer(struct line *l, const char *word)
{
    const char *typed = l->text + l->word;
    unsigned n = l->cursor - l->word;

    if (strlen(word) > LINE_LENGTH || strncmp(word, typed, n) != 0)
        return;
    l->offers.count++;
    if (l->offers.listing)
        list(l, word + tail_of(typed, n));
    else
        narrow(l, word);
}

static void offers(struct line *l, int listing)
{
    l->offers.listing = listing;
    l->offers.count = l->offers.column = 0;
    l->offers.common[0] = '\0';
    l->complete(l);
}

static void show_offers(struct line *l)
{
    char more[40];

    line_out(l, '\n');
    offers(l, 1);
    if (l->offers.count > LISTED) {
        snprintf(more, sizeof more, "\n... and %u more",
                 l->offers.count - LISTED);
        line_out_text(l, more);
    }
    line_out(l, '\n');
    line_draw_again(l);
}

void line_complete(struct line *l)
{
    unsigned n, common;
    char last;

    if (!l->complete)
        return;
    l->text[l->length] = '\0';
    l->word = l->cursor;
    while (l->word > 0 && l->text[l->word - 1] != ' ')
        l->word--;
    n = l->cursor - l->word;
    offers(l, 0);
    if (l->offers.count == 0)
        return;
    common = (unsigned)strlen(l->offers.common);
    if (common > n)
        line_insert(l, l->offers.common + n, common - n);
    else if (l->offers.count > 1)
        show_offers(l);
    last = common > 0 ? l->offers.common[common - 1] : '\0';
    if (l->offers.count == 1 && l->cursor - l->word == common && last != '/' &&
        last != ':' && last != '=')
        line_insert(l, " ", 1);
}
