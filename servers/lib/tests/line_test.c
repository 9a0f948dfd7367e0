/*
 * line_test.c - editing a line: what the keys make of the text, and what a
 * screen of 80 columns then shows, which is played here.
 */
#include "check.h"
#include <pn/line.h>

#include <stdlib.h>
#include <string.h>

#define PROMPT "pinenut> "
#define ROWS   6000

#define LEFT   "\033[D"
#define RIGHT  "\033[C"
#define UP     "\033[A"
#define DOWN   "\033[B"
#define HOME   "\033[H"
#define END    "\033[F"
#define CTRL_A "\001"
#define CTRL_C "\003"
#define CTRL_E "\005"
#define CTRL_K "\013"
#define CTRL_L "\014"
#define CTRL_U "\025"
#define CTRL_W "\027"

static char said[4000]; /* all of the last keys' */
static char screen[ROWS][LINE_ROW + 1];
static unsigned row, column;
static int broken; /* the row was left at its side */

static void show(void *user, const char *text, size_t n)
{
    (void)user;
    if (strlen(said) + n < sizeof said)
        strncat(said, text, n);
    for (; n > 0; n--, text++)
        if (*text == '\n') {
            row = (row + 1) % ROWS;
            column = 0;
            memset(screen[row], 0, sizeof screen[row]);
        } else if (*text == '\b') {
            broken |= column == 0;
            column -= column > 0;
        } else {
            broken |= column >= LINE_ROW - 1 || *text < ' ';
            if (column < LINE_ROW)
                screen[row][column++] = *text;
        }
}

static struct line_history history;
static struct line line = {.show = show, .history = &history};

static int type(const char *keys)
{
    int complete = 0;

    said[0] = '\0';
    for (; *keys; keys++)
        complete = line_key(&line, *keys);
    return complete;
}

/* On a fresh row. */
static void begin(void)
{
    show(NULL, "\n", 1);
    line_begin(&line, PROMPT);
}

/* Begin a line and end it with these keys; is it that? */
static int gives(const char *keys, const char *text)
{
    begin();
    return type(keys) && strcmp(line.text, text) == 0;
}

/* Does the row show this, and the cursor stand there, behind the prompt? */
static int shows(const char *text, unsigned at)
{
    size_t prompt = strlen(PROMPT), n = strlen(text);
    const char *s = screen[row];

    if (strncmp(s, PROMPT, prompt) != 0 || strncmp(s + prompt, text, n) != 0 ||
        column != prompt + at)
        return 0;
    for (s += prompt + n; *s; s++)
        if (*s != ' ')
            return 0;
    return 1;
}

static void test_plain(void)
{
    begin();
    CHECK(type("ps\r") && strcmp(said, "ps\n") == 0 &&
              strcmp(line.text, "ps") == 0,
          "a line ends with return and is shown as typed");
    begin();
    CHECK(type("px\bs\n") && strcmp(said, "px\b \bs\n") == 0 &&
              strcmp(line.text, "ps") == 0,
          "backspace rubs out one character");
    begin();
    CHECK(!type("\b\177") && strcmp(said, "") == 0 && line.length == 0,
          "and nothing at the beginning");
    CHECK(!type("\200\016\377\034") && strcmp(said, "") == 0,
          "bytes that are no keys are ignored");
    CHECK(gives("a\r", "a") && gives("\nb\r", "b") && gives("\nc\n", "c"),
          "return and line feed are one end");
    CHECK(gives("wrong" CTRL_C, "") && strcmp(said, "wrong^C\n") == 0,
          "a line can be given up");
}

static void test_cursor(void)
{
    CHECK(gives("pls" LEFT LEFT "\033[3~\r", "ps"), "left and delete");
    CHECK(gives("s" HOME "p" END "!\r", "ps!"), "home and end");
    CHECK(gives("s" CTRL_A "p" CTRL_E "!\r", "ps!"), "Ctrl-A and Ctrl-E");
    CHECK(gives("b\033[1~a\033[4~c\033OHx\033OFy\033[7~1\033[8~2\r", "1xabcy2"),
          "the other keys that terminals have for that");
    CHECK(gives("a" LEFT LEFT LEFT "b" RIGHT RIGHT RIGHT "c\r", "bac"),
          "the ends of the line are the ends");
    CHECK(gives("one two" LEFT LEFT CTRL_K "\r", "one t"), "Ctrl-K");
    CHECK(gives("one two" LEFT LEFT CTRL_U "\r", "wo"), "Ctrl-U");
    CHECK(gives("one two  " CTRL_W "3\r", "one 3"), "Ctrl-W");
    CHECK(gives("one two"
                "\033[1;5D"
                "x\033[1;5C"
                "y\033[1;5D\033[1;5Dz\r",
                "zone xtwoy"),
          "by a word");
    CHECK(gives("abc" HOME "\004\004\r", "c"), "Ctrl-D erases");
    CHECK(
        gives("a\033\033[Db\033[99zc\033[3;3;3mde\033[\tf\033Qg\r", "bcdefQga"),
        "sequences that mean nothing here do nothing");
    begin();
    type("pinenut" LEFT LEFT "-");
    CHECK(shows("pinen-ut", 6) && strcmp(said + 7, "\b\b-ut\b\b") == 0,
          "the screen shows what is typed amid it");
    type(HOME "\033[3~");
    CHECK(shows("inen-ut", 0), "and what is erased");
    type(CTRL_L);
    CHECK(shows("inen-ut", 0), "and all of it again");
}

static void test_history(void)
{
    char text[40];

    memset(&history, 0, sizeof history);
    begin();
    type(UP DOWN);
    CHECK(line.length == 0, "nothing was before the first line");
    gives("one\r", "one");
    gives("two\r", "two");
    CHECK(gives(UP "\r", "two") && gives(UP UP "\r", "one") &&
              gives(UP UP UP UP UP "!\r", "one!"),
          "up to the lines of before");
    CHECK(gives(UP UP UP DOWN DOWN "\r", "one!") &&
              gives("dra" LEFT UP UP DOWN DOWN "ft\r", "draft"),
          "and down to what was begun");
    gives("same\r", "same");
    gives("same\r", "same");
    CHECK(gives(UP UP "\r", "draft"), "the same twice is one");
    gives("\r", "");
    gives("lost" CTRL_C, "");
    CHECK(gives(UP "\r", "draft"), "no line is none, nor one given up");
    begin();
    type("a long line that is there" UP);
    CHECK(shows("draft", 5), "the screen shows it, and no rest");
    for (unsigned i = 0; i < 300; i++) {
        snprintf(text, sizeof text, "line %u\r", i);
        begin();
        type(text);
    }
    begin();
    for (unsigned i = 0; i < 300; i++)
        type(UP);
    CHECK(strncmp(line.text, "line ", 5) == 0 && atoi(line.text + 5) < 290 &&
              gives(UP "\r", "line 299"),
          "the oldest make room, whole");
}

static const char *const commands[] = {"place", "ping", "ps", "placed", NULL};
static unsigned asked;

static void offer_words(struct line *l)
{
    char many[16];

    asked++;
    if (l->word == 0) {
        for (unsigned i = 0; commands[i]; i++)
            line_offer(l, commands[i]);
        return;
    }
    line_offer(l, "files:");
    line_offer(l, "files:/etc/motd");
    line_offer(l, "files:/etc/mode");
    line_offer(l, "small");
    line_offer(l, "sole/");
    for (unsigned i = 0; i < 300; i++) {
        snprintf(many, sizeof many, "x%03u", i);
        line_offer(l, many);
    }
}

static void test_completion(void)
{
    char text[LINE_LENGTH + 1];

    CHECK(gives("p\t\r", "p") && asked == 0,
          "who has asked for none gets none");
    line.complete = offer_words;
    CHECK(gives("pi\techo\r", "ping echo"), "one command, and a blank");
    CHECK(gives("pl\t\r", "place"), "what several have in common");
    CHECK(gives("ps\t\tz\r", "ps z"), "a whole word is done");
    CHECK(gives("q\t\r", "q"), "none is none");
    CHECK(gives("ps sm\t\r", "ps small ") && gives("ps so\tx\r", "ps sole/x"),
          "an argument; no blank behind a folder");
    CHECK(gives("ps sm" CTRL_A "\033[1;5C \t\r", "ps  sm"),
          "where nothing can be told, nothing is");
    CHECK(gives("pi x" LEFT LEFT "\t\r", "ping  x"), "amid the line");
    begin();
    type("ps files:/etc/mo");
    type("\t");
    CHECK(strcmp(said, "\nmotd  mode\n" PROMPT "ps files:/etc/mo") == 0 &&
              shows("ps files:/etc/mo", 16),
          "what there is to choose from is shown, without its folder");
    begin();
    type("ps x\t");
    CHECK(strstr(said, "x099\n... and 200 more\n" PROMPT "ps x") && !broken,
          "not all of too much");
    memset(text, 'a', LINE_LENGTH - 5);
    strcpy(text + LINE_LENGTH - 5, " sma");
    begin();
    type(text);
    type("\t");
    CHECK(line.length == LINE_LENGTH - 1, "not beyond the end of the line");
    type(HOME "\033[3~" END "\t");
    CHECK(line.length == LINE_LENGTH, "but up to it");
}

static void test_long(void)
{
    char many[LINE_LENGTH + 100];

    memset(many, 'x', sizeof many - 1);
    many[sizeof many - 1] = '\0';
    begin();
    type(many);
    CHECK(type("\r") && strlen(line.text) == LINE_LENGTH,
          "characters beyond the line are dropped");
    CHECK(row != 0 && !broken, "and the screen is not broken");
}

/* What the screen has to show: the text around the cursor, the cursor in it. */
static int is_true(void)
{
    unsigned width = LINE_ROW - 1 - (unsigned)strlen(PROMPT);
    char part[LINE_ROW + 1];
    unsigned n = line.length - line.first;

    if (line.cursor < line.first || line.cursor > line.length)
        return 0;
    n = n > width ? width : n;
    memcpy(part, line.text + line.first, n);
    part[n] = '\0';
    return shows(part, line.cursor - line.first);
}

static void test_random(void)
{
    static const char *const keys[] = {
        LEFT,      RIGHT,   UP,           DOWN,        HOME,   END,
        CTRL_A,    CTRL_K,  CTRL_W,       CTRL_L,      "\t",   "\b",
        "\033[3~", "\004",  "\033[1;5D",  "\033[1;5C", "ps ",  "x",
        "word ",   "place", "qwertyuiop", "\033[",     "\033",
    };
    int all = 1;

    srand(1);
    begin();
    for (unsigned i = 0; i < 200000 && all; i++) {
        const char *s = keys[(unsigned)rand() % (sizeof keys / sizeof *keys)];

        if (rand() % 60 == 0 && type("\r"))
            begin();
        else if (rand() % 40 == 0)
            (void)(type("x" CTRL_U));
        else
            type(s);
        all &= is_true() && !broken && line.length <= LINE_LENGTH;
    }
    CHECK(all, "200,000 keys at random: the screen shows what there is");
}

int main(void)
{
    test_plain();
    test_cursor();
    test_history();
    test_completion();
    test_long();
    test_random();
    return check_end();
}
