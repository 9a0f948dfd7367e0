/*
 * check/main.c - the host's checker of system descriptions (pn/system.h).
 *
 *     check_system [--modules] FILE...
 *
 * All files together are one description. Prints what is in it, a line a
 * server, or the names of the boot modules that it wants, each once, and exits
 * with 0; or FILE:LINE:COLUMN: what was expected, and exits with 1.
 */
#include <pn/system.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LENGTH_MAX  (1L << 20)
#define SERVERS_MAX 4000
#define FILES_MAX   256

static const char *const places[] = {"auto", "small", "large"};
static const char *const restarts[] = {"on-failure", "always", "never"};

static char text[LENGTH_MAX + 1]; /* ends with a NUL */
static size_t length;

/* Put what the file says behind the rest, and end its last line. */
static void read_file(const char *name)
{
    FILE *file = fopen(name, "rb");

    if (!file) {
        fprintf(stderr, "%s: %s\n", name, strerror(errno));
        exit(1);
    }
    length += fread(text + length, 1, LENGTH_MAX - length, file);
    if (ferror(file) || length == LENGTH_MAX) {
        fprintf(stderr, "%s: %s\n", name,
                ferror(file) ? strerror(errno) : "longer than 1 MB");
        exit(1);
    }
    if (length > 0 && text[length - 1] != '\n')
        text[length++] = '\n';
    (void)fclose(file);
}

static unsigned lines_at(size_t end)
{
    unsigned lines = 0;

    for (size_t i = 0; i < end; i++)
        lines += text[i] == '\n';
    return lines;
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

static int fail(const char *name, unsigned line,
                const struct pn_system_error *error)
{
    fprintf(stderr, "%s:%u:%u: %s\n", name, line, error->column, error->text);
    return 1;
}

/* No file goes on with a server of the one before: what the first of its lines
 * that says anything is good for alone. */
static void check_begin(const char *name, size_t begin)
{
    static const char blanks[] = " \t\r\n";
    struct pn_system_error error;
    struct pn_spec server;
    size_t line = begin, end;

    for (;; line = end + 1) {
        size_t at = line + strspn(text + line, blanks);

        end = line + strcspn(text + line, "\n");
        if (text[end] == '\0')
            return;
        if (at < end && text[at] != '#')
            break;
    }
    if (pn_system_parse(text + line, end - line, &server, 1, &error) < 0)
        exit(fail(name, lines_at(line) - lines_at(begin) + 1, &error));
}

int main(int argc, char **argv)
{
    int modules = argc > 1 && strcmp(argv[1], "--modules") == 0;
    char **names = argv + 1 + modules;
    int files = argc - 1 - modules;
    unsigned lines[FILES_MAX]; /* up to the end of each file */
    struct pn_system_error error;
    int n;

    if (files < 1 || files > FILES_MAX) {
        fprintf(stderr, "usage: check_system [--modules] FILE...\n");
        return 2;
    }
    for (int i = 0; i < files; i++) {
        size_t begin = length;

        read_file(names[i]);
        check_begin(names[i], begin);
        lines[i] = lines_at(length);
    }
    n = pn_system_parse(text, length, servers, SERVERS_MAX, &error);
    if (n < 0) {
        int i = 0;

        while (i < files - 1 && error.line > lines[i])
            i++;
        return fail(names[i], error.line - (i > 0 ? lines[i - 1] : 0), &error);
    }
    if (modules)
        print_modules(n);
    else
        print_servers(n);
    return 0;
}
