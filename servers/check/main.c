/*
 * check/main.c - the host's checker of system descriptions (pn/system.h).
 *
 *     check_system FILE
 *
 * Prints what is in it, a line a server, and exits with 0; or
 * FILE:LINE:COLUMN: what was expected, and exits with 1.
 */
#include <pn/system.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LENGTH_MAX  (1L << 20)
#define SERVERS_MAX 4000

static const char *const places[] = {"auto", "small", "large"};
static const char *const restarts[] = {"on-failure", "always", "never"};

static char *read_file(const char *name, size_t *length)
{
    FILE *file = fopen(name, "rb");
    char *text = malloc(LENGTH_MAX);

    if (!file || !text) {
        fprintf(stderr, "%s: %s\n", name, strerror(errno));
        exit(1);
    }
    *length = fread(text, 1, LENGTH_MAX, file);
    if (ferror(file) || *length == LENGTH_MAX) {
        fprintf(stderr, "%s: %s\n", name,
                ferror(file) ? strerror(errno) : "longer than 1 MB");
        exit(1);
    }
    (void)fclose(file);
    return text;
}

int main(int argc, char **argv)
{
    static struct pn_server servers[SERVERS_MAX];
    struct pn_system_error error;
    size_t length;
    char *text;
    int n;

    if (argc != 2) {
        fprintf(stderr, "usage: check_system FILE\n");
        return 2;
    }
    text = read_file(argv[1], &length);
    n = pn_system_parse(text, length, servers, SERVERS_MAX, &error);
    free(text);
    if (n < 0) {
        fprintf(stderr, "%s:%u:%u: %s\n", argv[1], error.line, error.column,
                error.text);
        return 1;
    }
    for (int i = 0; i < n; i++)
        printf("%-16s image %-16s %-5s priority %u, restart %s, count %u\n",
               servers[i].name, servers[i].image, places[servers[i].place],
               servers[i].priority, restarts[servers[i].restart],
               servers[i].count);
    return 0;
}
