/*
 * shell.c - from a line to its command (shell.h).
 */
#include "shell.h"
#include "program.h"

#include <pn/libc.h>
#include <pn/program.h>

static const struct shell_command *find(const char *name)
{
    for (unsigned t = 0; shell_tables[t]; t++)
        for (const struct shell_command *c = shell_tables[t]; c->name; c++)
            if (strcmp(c->name, name) == 0)
                return c;
    return NULL;
}

/* --- what comes behind a command --- */

struct argument {
    char text[40]; /* without brackets and points */
    int optional;
    int repeated;
};

/* Take the next word of *arguments; 0: there is none. */
static int next_argument(const char **arguments, struct argument *a)
{
    const char *s = *arguments;
    unsigned n = 0;

    a->optional = a->repeated = 0;
    for (; *s && *s != ' '; s++)
        if (*s == '[' || *s == ']')
            a->optional = 1;
        else if (strncmp(s, "...", 3) == 0)
            a->repeated = 1;
        else if (*s != '.' && n < sizeof a->text - 1)
            a->text[n++] = *s;
    a->text[n] = '\0';
    *arguments = *s ? s + 1 : s;
    return n > 0;
}

/* The argument that word `index` behind the command is; 0: there is none. */
static int argument_at(const struct shell_command *c, int index,
                       struct argument *a)
{
    const char *s = c->arguments;

    while (next_argument(&s, a)) {
        if (index == 0 || a->repeated)
            return 1;
        index--;
    }
    return 0;
}

/* Is it one of the words a|b? Otherwise, the next one of them from *at on. */
static int alternative(const char *words, unsigned *at, char word[40])
{
    unsigned n = 0;

    while (words[*at] && words[*at] != '|' && n < 39)
        word[n++] = words[(*at)++];
    *at += words[*at] == '|';
    word[n] = '\0';
    return n > 0;
}

static int is_choice(const struct argument *a)
{
    return a->text[0] >= 'a' && a->text[0] <= 'z';
}

static int is_among(const char *words, const char *given)
{
    char word[40];

    for (unsigned at = 0; alternative(words, &at, word);)
        if (strcmp(word, given) == 0)
            return 1;
    return 0;
}

static void say_usage(const struct shell_command *c)
{
    printf("%s%s%s: %s\n", c->name, *c->arguments ? " " : "", c->arguments,
           c->help);
}

/* Do the words fit? Says what does not. */
static int fits(const struct shell_command *c, int argc, char **argv)
{
    struct argument a;

    for (int i = 1; i < argc; i++) {
        if (!argument_at(c, i - 1, &a)) {
            printf("%s: what is \"%s\" for? ", c->name, argv[i]);
            say_usage(c);
            return 0;
        }
        if (is_choice(&a) && !is_among(a.text, argv[i])) {
            printf("%s: expected %s, not \"%s\"\n", c->name, a.text, argv[i]);
            return 0;
        }
    }
    if (argument_at(c, argc - 1, &a) && !a.optional && !a.repeated) {
        printf("%s: %s is missing: ", c->name, a.text);
        say_usage(c);
        return 0;
    }
    return 1;
}

void shell_execute(char *text)
{
    char *argv[SHELL_WORDS + 1];
    int argc = pn_split(text, argv, SHELL_WORDS + 1);
    const struct shell_command *c;

    if (argc == 0)
        return;
    c = find(argv[0]);
    if (!c)
        printf("%s: no such command: try help\n", argv[0]);
    else if (fits(c, argc, argv))
        c->run(argc, argv);
}

/* --- completion --- */

static void offer_commands(struct line *l)
{
    for (unsigned t = 0; shell_tables[t]; t++)
        for (const struct shell_command *c = shell_tables[t]; c->name; c++)
            line_offer(l, c->name);
}

static void offer_programs(struct line *l)
{
    for (unsigned i = 0; i < program_count; i++)
        line_offer(l, programs[i].name);
}

static void offer_words(struct line *l, const char *words)
{
    char word[40];

    for (unsigned at = 0; alternative(words, &at, word);)
        line_offer(l, word);
}

void shell_complete(struct line *l)
{
    char before[LINE_LENGTH + 1];
    char *argv[SHELL_WORDS + 1];
    const struct shell_command *c;
    struct argument a;
    int argc;

    memcpy(before, l->text, l->word);
    before[l->word] = '\0';
    argc = pn_split(before, argv, SHELL_WORDS + 1);
    if (argc == 0) {
        offer_commands(l);
        return;
    }
    c = find(argv[0]);
    if (!c || !argument_at(c, argc - 1, &a))
        return;
    if (is_choice(&a))
        offer_words(l, a.text);
    else if (strcmp(a.text, "NAME") == 0)
        offer_programs(l);
    else if (strcmp(a.text, "COMMAND") == 0)
        offer_commands(l);
    else if (strcmp(a.text, "FILE") == 0)
        shell_complete_file(l);
}

/* --- for the commands --- */

struct program *shell_program(const char *name)
{
    struct program *p = program_named(name);

    if (!p)
        printf("no program is called \"%s\": try ps\n", name);
    return p;
}

struct program *shell_living(const char *name)
{
    struct program *p = shell_program(name);

    if (p && !program_lives(p)) {
        printf("%s is no more: start it?\n", name);
        return NULL;
    }
    return p;
}

void shell_clean(char *text, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        if (text[i] < ' ' || text[i] > '~')
            text[i] = '?';
}
