/*
 * shell_ask.c - a command that sends a server a request, and tells its answer.
 */
#include "program.h"
#include "shell.h"

#include <pn/libc.h>
#include <pn/server.h>

#define PATIENCE 1000 /* ms */
#define LABEL    0xffff

static char received[1024 + 1];

/* Is it a number, whole? */
static int is_number(const char *text, L4_Word_t *number)
{
    char *end;

    *number = strtoul(text, &end, 0);
    return end != text && *end == '\0';
}

/* The arguments behind the label: words, and one that is the string; 0 and a
 * line that says so: it cannot be sent. */
static int fill(struct pn_request *r, int argc, char **argv)
{
    for (int i = 0; i < argc; i++)
        if (is_number(argv[i], &r->word[r->words])) {
            r->words++;
        } else if (!r->send) {
            r->send = argv[i];
            r->send_bytes = strlen(argv[i]);
        } else {
            printf("ask: one string at most, and \"%s\" is another\n", argv[i]);
            return 0;
        }
    return 1;
}

static void say_answer(const char *name, const struct pn_request *r, int words)
{
    if (words < 0) {
        printf("%s refuses: %s\n", name,
               pn_problem_name((enum pn_problem)-words));
        return;
    }
    printf("%s answers", name);
    for (int i = 0; i < words; i++)
        printf(" %lu", r->word[i]);
    if (r->received > 0) {
        shell_clean(received, (unsigned)r->received);
        received[r->received] = '\0';
        printf(" \"%s\"", received);
    }
    printf("\n");
}

static void ask(int argc, char **argv)
{
    struct program *p = shell_living(argv[1]);
    struct pn_request r = {.receive = received,
                           .receive_size = sizeof received - 1,
                           .patience_ms = PATIENCE};

    if (!p)
        return;
    r.server = p->thread;
    if (!is_number(argv[2], &r.label) || r.label > LABEL) {
        printf("ask: expected a label, a number up to %u, not \"%s\"\n", LABEL,
               argv[2]);
        return;
    }
    if (fill(&r, argc - 3, argv + 3))
        say_answer(p->name, &r, pn_request(&r));
}

const struct shell_command shell_ask[] = {
    {"ask", "NAME LABEL [WORD]...", "send a request, print its answer", ask,
     "A number is a word of the request, 0x10 is 16; anything else is its "
     "string, of which\nthere is one. The label says what is asked for: see the "
     "server's header.\n"},
    {NULL, NULL, NULL, NULL, NULL},
};
