/*
 * tests/servers/ask.c - asks a server once, and prints the answer's words:
 *
 *     servers_ask SERVER LABEL WORD...
 */
#include <pn/libc.h>
#include <pn/program.h>
#include <pn/server.h>

int main(int argc, char **argv);

int main(int argc, char **argv)
{
    struct pn_request r = {.patience_ms = 1000};
    int n;

    if (argc < 3)
        return 2;
    r.server = pn_find(argv[1]);
    r.label = strtoul(argv[2], NULL, 0);
    for (int i = 3; i < argc; i++)
        r.word[r.words++] = strtoul(argv[i], NULL, 0);
    n = pn_request(&r);
    printf("servers_ask: %s:", argv[1]);
    if (n < 0)
        printf(" %s", pn_problem_name((enum pn_problem) - n));
    for (int i = 0; i < n; i++)
        printf(" %lu", r.word[i]);
    printf("\n");
    return n < 0;
}
