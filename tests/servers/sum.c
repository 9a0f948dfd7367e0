/*
 * tests/servers/sum.c - reads files of a file server, by name, and prints what
 * `sha256sum` would:
 *
 *     servers_sum SERVER PATH...
 */
#include "sha256.h"

#include <pn/files.h>
#include <pn/libc.h>
#include <pn/names.h>
#include <pn/program.h>

int main(int argc, char **argv);

#define PATIENCE_MS 20000

static int complain(const char *path, int problem)
{
    printf("servers_sum: %s: %s\n", path,
           pn_problem_name((enum pn_problem) - problem));
    return 1;
}

static int sum(L4_ThreadId_t fs, const char *path)
{
    static char data[PN_FILES_DATA];
    struct sha256 s;
    uint8_t digest[32];
    struct pn_file file;
    L4_Word_t at = 0;
    int n = pn_file_find(fs, path, &file);

    if (n < 0)
        return complain(path, n);
    sha256_begin(&s);
    while ((n = pn_file_read(fs, file.number, at, data, sizeof data)) > 0) {
        sha256_add(&s, data, (size_t)n);
        at += (L4_Word_t)n;
    }
    if (n < 0)
        return complain(path, n);
    sha256_end(&s, digest);
    printf("servers_sum: ");
    for (unsigned i = 0; i < sizeof digest; i++)
        printf("%02x", digest[i]);
    printf("  %lu  %s\n", at, path);
    return at == file.bytes ? 0 : complain(path, -PN_BROKEN);
}

int main(int argc, char **argv)
{
    L4_ThreadId_t fs = argc > 1 ? pn_names_wait(argv[1], PATIENCE_MS) : L4_nilthread;
    int failed = 0;

    if (L4_IsNilThread(fs)) {
        printf("servers_sum: no such server\n");
        return 1;
    }
    for (int i = 2; i < argc; i++)
        failed |= sum(fs, argv[i]);
    return failed;
}
