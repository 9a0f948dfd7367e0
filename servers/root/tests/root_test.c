/*
 * root_test.c - what a person types, and what a boot loader passes on.
 */
#include "check.h"
#include "command.h"
#include "line.h"

#include <string.h>

static int is_parsed(const char *text, const char *path, const char *line,
                     enum command_size size)
{
    struct command c;

    command_parse(&c, text);
    return strcmp(c.path, path) == 0 && strcmp(c.line, line) == 0 &&
           c.size == size;
}

static void test_command(void)
{
    char longest[2000];
    struct command c;

    CHECK(is_parsed("hello a b", "hello", "hello a b", COMMAND_ANY),
          "path and arguments");
    CHECK(is_parsed("hello large a", "hello", "hello a", COMMAND_LARGE),
          "large in front of the arguments is taken out");
    CHECK(is_parsed("  hello\tsmall ", "hello", "hello", COMMAND_SMALL),
          "so is small, among blanks");
    CHECK(is_parsed("hello a small", "hello", "hello a small", COMMAND_ANY),
          "but not behind other arguments");
    CHECK(is_parsed("hello smaller", "hello", "hello smaller", COMMAND_ANY),
          "nor a word that only begins like it");
    CHECK(is_parsed("hello large large", "hello", "hello large", COMMAND_LARGE),
          "nor a second one");
    CHECK(is_parsed("", "?", "?", COMMAND_ANY),
          "an empty line has a name, too");
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    command_parse(&c, longest);
    CHECK(strlen(c.path) == sizeof c.path - 1 &&
              strlen(c.line) < COMMAND_LENGTH,
          "an endless word is cut");
    longest[10] = ' ';
    command_parse(&c, longest);
    CHECK(strlen(c.path) == 10 && strlen(c.line) == COMMAND_LENGTH - 1,
          "an endless line is cut");
}

/* Type a text; returns the echo of all of it. */
static const char *type(struct line *l, const char *keys, int *complete)
{
    static char shown[400];
    char echo[4];

    shown[0] = '\0';
    for (*complete = 0; *keys; keys++) {
        *complete = line_key(l, *keys, echo);
        strcat(shown, echo);
    }
    return shown;
}

static void test_line(void)
{
    struct line l = {0};
    char many[100];
    int complete;

    CHECK(strcmp(type(&l, "ps\r", &complete), "ps\n") == 0 && complete &&
              strcmp(l.text, "ps") == 0,
          "a line ends with return and is shown as typed");
    l.length = 0;
    CHECK(strcmp(type(&l, "px\bs\n", &complete), "px\b \bs\n") == 0 &&
              strcmp(l.text, "ps") == 0,
          "backspace rubs out one character");
    l.length = 0;
    CHECK(strcmp(type(&l, "\b\177", &complete), "") == 0 && l.length == 0 &&
              !complete,
          "and nothing at the beginning");
    CHECK(strcmp(type(&l, "\001\033\200", &complete), "") == 0 && l.length == 0,
          "other control characters are ignored");
    type(&l, "wrong\025ps\r", &complete);
    CHECK(complete && strcmp(l.text, "ps") == 0, "Ctrl-U begins again");
    memset(many, 'x', sizeof many - 1);
    many[sizeof many - 1] = '\0';
    l.length = 0;
    type(&l, many, &complete);
    type(&l, "\r", &complete);
    CHECK(complete && strlen(l.text) == LINE_LENGTH,
          "characters beyond the line are dropped");
}

int main(void)
{
    test_command();
    test_line();
    return check_end();
}
