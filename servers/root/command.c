/*
 * command.c - command lines of modules (command.h).
 */
#include "command.h"

#include <pn/libc.h>

static const char *skip_blanks(const char *s)
{
    while (*s == ' ' || *s == '\t')
        s++;
    return s;
}

static const char *skip_word(const char *s)
{
    while (*s && *s != ' ' && *s != '\t')
        s++;
    return s;
}

/* Is the word at s exactly this one? */
static int is_word(const char *s, const char *word)
{
    size_t n = (size_t)(skip_word(s) - s);

    return n == strlen(word) && strncmp(s, word, n) == 0;
}

static void copy_word(char *to, size_t size, const char *word)
{
    size_t n = (size_t)(skip_word(word) - word);

    if (n > size - 1)
        n = size - 1;
    memcpy(to, word, n);
    to[n] = '\0';
}

void command_parse(struct command *c, const char *text)
{
    const char *path = skip_blanks(text);
    const char *rest = skip_blanks(skip_word(path));

    c->size = COMMAND_ANY;
    copy_word(c->path, sizeof c->path, *path ? path : "?");
    if (is_word(rest, "small"))
        c->size = COMMAND_SMALL;
    else if (is_word(rest, "large"))
        c->size = COMMAND_LARGE;
    if (c->size != COMMAND_ANY)
        rest = skip_blanks(skip_word(rest));
    snprintf(c->line, sizeof c->line, "%s%s%s", c->path, *rest ? " " : "",
             rest);
}
