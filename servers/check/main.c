/*
 * check/main.c - the host's checker of system descriptions (pn/system.h).
 *
 *     check_system [--modules] FILE
 *
 * Prints what is in it, a line a server, or the names of the boot modules that
 * it wants, each once, and exits with 0; or FILE:LINE:COLUMN: what was
 * expected, and exits with 1.
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

static struct pn_spec servers[SERVERS_MAX];

/* Does any of the first n servers want this module? */
static int is_wanted(const char *module, int n)
{
    for (int i = 0; i < n; i++)
        if (strcmp(servers[i].image, module) == 0 ||
            strcmp(servers[i].data, module) == 0)
            return 1;
    return 0;
}

static void print_modules(int n)
{
    for (int i = 0; i < n; i++) {
        const struct pn_spec *s = &servers[i];

        if (!is_wanted(s->image, i))
            printf("%s\n", s->image);
        if (*s->data && strcmp(s->data, s->image) != 0 &&
            !is_wanted(s->data, i))
            printf("%s\n", s->data);
    }
}

static void print_servers(int n)
{
    for (int i = 0; i < n; i++)
        printf("%-16s image %-16s %-5s priority %u, restart %s, count %u\n",
               servers[i].name, servers[i].image, places[servers[i].place],
               servers[i].priority, restarts[servers[i].restart],
               servers[i].count);
}

int main(int argc, char **argv)
{
    int modules = argc == 3 && strcmp(argv[1], "--modules") == 0;
    struct pn_system_error error;
    const char *name;
    size_t length;
    char *text;
    int n;

    if (argc != 2 + modules) {
        fprintf(stderr, "usage: check_system [--modules] FILE\n");
        return 2;
    }
    name = argv[argc - 1];
    text = read_file(name, &length);
    n = pn_system_parse(text, length, servers, SERVERS_MAX, &error);
    free(text);
    if (n < 0) {
        fprintf(stderr, "%s:%u:%u: %s\n", name, error.line, error.column,
                error.text);
        return 1;
    }
    if (modules)
        print_modules(n);
    else
        print_servers(n);
    return 0;
}
