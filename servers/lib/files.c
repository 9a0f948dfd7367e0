/*
 * files.c - the file servers' clients (pn/files.h).
 */
#include <pn/files.h>
#include <pn/libc.h>
#include <pn/names.h>
#include <pn/program.h>

static int by_path(L4_ThreadId_t fs, enum pn_file_label label, const char *path,
                   L4_Word_t *words, unsigned n)
{
    struct pn_request r = {.server = fs,
                           .label = label,
                           .send = path,
                           .send_bytes = strnlen(path, PN_FILES_PATH + 1)};
    int got = pn_request(&r);

    if (got < 0)
        return got;
    if ((unsigned)got != n)
        return -PN_BROKEN;
    memcpy(words, r.word, n * sizeof *words);
    return 0;
}

int pn_file_find(L4_ThreadId_t fs, const char *path, struct pn_file *out)
{
    return by_path(fs, PN_FILE_FIND, path, &out->number, 3);
}

int pn_file_stat(L4_ThreadId_t fs, L4_Word_t number, struct pn_file *out)
{
    int n;

    out->number = number;
    n = pn_ask(fs, PN_FILE_STAT, &out->number, 1, 3);
    return n < 0 ? n : n == 3 ? 0 : -PN_BROKEN;
}

int pn_file_read(L4_ThreadId_t fs, L4_Word_t number, L4_Word_t offset, void *to,
                 size_t bytes)
{
    struct pn_request r = {.server = fs,
                           .label = PN_FILE_READ,
                           .words = 3,
                           .word = {number, offset, bytes},
                           .receive = to,
                           .receive_size = bytes};
    int n;

    if (bytes > PN_FILES_DATA)
        r.word[2] = r.receive_size = PN_FILES_DATA;
    n = pn_request(&r);
    return n < 0 ? n : (int)r.received;
}

int pn_file_list(L4_ThreadId_t fs, L4_Word_t directory, L4_Word_t *cursor,
                 L4_Word_t *number, char name[PN_FILES_NAME + 1])
{
    struct pn_request r = {.server = fs,
                           .label = PN_FILE_LIST,
                           .words = 2,
                           .word = {directory, *cursor},
                           .receive = name,
                           .receive_size = PN_FILES_NAME};
    int n = pn_request(&r);

    if (n == -PN_NOT_FOUND)
        return 0;
    if (n != 2)
        return n < 0 ? n : -PN_BROKEN;
    *cursor = r.word[0];
    *number = r.word[1];
    name[r.received] = '\0';
    return 1;
}

int pn_file_create(L4_ThreadId_t fs, const char *path, L4_Word_t *number)
{
    return by_path(fs, PN_FILE_CREATE, path, number, 1);
}

int pn_file_write(L4_ThreadId_t fs, L4_Word_t number, L4_Word_t offset,
                  const void *from, size_t bytes)
{
    struct pn_request r = {.server = fs,
                           .label = PN_FILE_WRITE,
                           .words = 2,
                           .word = {number, offset},
                           .send = from,
                           .send_bytes = bytes};
    int n;

    if (bytes > PN_FILES_DATA)
        r.send_bytes = PN_FILES_DATA;
    n = pn_request(&r);
    return n < 0 ? n : (int)r.word[0];
}

int pn_file_cut(L4_ThreadId_t fs, L4_Word_t number, L4_Word_t bytes)
{
    L4_Word_t words[2] = {number, bytes};

    return pn_ask(fs, PN_FILE_CUT, words, 2, 0);
}

int pn_file_remove(L4_ThreadId_t fs, const char *path)
{
    return by_path(fs, PN_FILE_REMOVE, path, NULL, 0);
}

void pn_files_publish(void)
{
    char name[PN_NAMES_SIZE];

    snprintf(name, sizeof name, "files/%s", pn_name());
    (void)pn_names_publish(name);
}
