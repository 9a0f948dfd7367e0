/*
 * tests/servers/files.c - the file server in memory, started with heap=64: what
 * is written is read again, and nothing that makes no sense does any harm.
 */
#include <pn/files.h>
#include <pn/libc.h>
#include <pn/program.h>
#include <pn/tap.h>

int main(int argc, char **argv);

#define LARGE (40u * 1024) /* bytes of a file */
#define ROOM  (64u * 1024) /* bytes for all */

static L4_ThreadId_t fs;
static char data[PN_FILES_DATA], got[PN_FILES_DATA];

/* The byte at offset n of the large file. */
static char byte_at(L4_Word_t n)
{
    return (char)(n * 7 + n / 4096 + 1);
}

static int write_large(L4_Word_t number)
{
    for (L4_Word_t at = 0; at < LARGE; at += sizeof data) {
        for (L4_Word_t i = 0; i < sizeof data; i++)
            data[i] = byte_at(at + i);
        if (pn_file_write(fs, number, at, data, sizeof data) != sizeof data)
            return 0;
    }
    return 1;
}

static int holds(L4_Word_t at, int n)
{
    for (int i = 0; i < n; i++)
        if (got[i] != byte_at(at + (L4_Word_t)i))
            return 0;
    return 1;
}

/* Steps of a size that meets no border. */
static int read_large(L4_Word_t number)
{
    L4_Word_t at = 0;
    int n;

    while ((n = pn_file_read(fs, number, at, got, 3001)) > 0) {
        if (!holds(at, n))
            return 0;
        at += (L4_Word_t)n;
    }
    return n == 0 && at == LARGE;
}

static int is_file(const char *path, L4_Word_t bytes)
{
    struct pn_file f;

    return pn_file_find(fs, path, &f) == 0 && f.type == PN_FILE &&
           f.bytes == bytes;
}

static L4_Word_t test_large(void)
{
    L4_Word_t number = 0, again;
    struct pn_file f;

    is((L4_Word_t)pn_file_create(fs, "/large", &number), 0, "a file is made");
    ok(is_file("large", 0), "it is there, and empty");
    is((L4_Word_t)pn_file_create(fs, "large", &again), (L4_Word_t)-PN_INVALID,
       "there is no second one of that name");
    ok(write_large(number), "%u KB are written", LARGE / 1024);
    ok(read_large(number), "and read again, across all borders");
    ok(pn_file_stat(fs, number, &f) == 0 && f.number == number &&
           f.bytes == LARGE && is_file("//large", LARGE),
       "number and path tell the same length");
    return number;
}

static void test_small(L4_Word_t large)
{
    L4_Word_t number = 0;

    ok(pn_file_create(fs, "small", &number) == 0 && number != large &&
           pn_file_write(fs, number, 10, "gap", 3) == 3,
       "a second file is written behind a gap");
    ok(pn_file_read(fs, number, 0, got, 100) == 13 && got[0] == 0 &&
           got[9] == 0 && memcmp(got + 10, "gap", 3) == 0,
       "the gap is zeros");
    ok(pn_file_read(fs, number, 13, got, 9) == 0 &&
           pn_file_read(fs, number, ~0ul, got, 9) == 0,
       "behind its end there is nothing to read");
    ok(pn_file_cut(fs, number, 11) == 0 && is_file("small", 11) &&
           pn_file_write(fs, number, 12, "x", 1) == 1 &&
           pn_file_read(fs, number, 10, got, 9) == 3 &&
           memcmp(got, "g\0x", 3) == 0,
       "what was cut off does not come back");
    ok(read_large(large), "the first file is as it was");
}

static void test_list(void)
{
    char name[PN_FILES_NAME + 1];
    L4_Word_t cursor = 0, number;
    int seen = 0;

    while (pn_file_list(fs, 1, &cursor, &number, name) == 1)
        seen += strcmp(name, "large") == 0 ? 1
                : strcmp(name, "small")    ? 100
                                           : 10;
    is((L4_Word_t)seen, 11, "the directory lists both, once");
    cursor = ~0ul;
    is((L4_Word_t)pn_file_list(fs, 1, &cursor, &number, name), 0,
       "a senseless cursor is behind the last");
}

static int refuses_number(L4_Word_t number)
{
    struct pn_file f;
    char name[PN_FILES_NAME + 1];
    L4_Word_t cursor = 0, n;

    return pn_file_stat(fs, number, &f) == -PN_NOT_FOUND &&
           pn_file_read(fs, number, 0, got, 1) == -PN_NOT_FOUND &&
           pn_file_write(fs, number, 0, "x", 1) == -PN_NOT_FOUND &&
           pn_file_cut(fs, number, 0) == -PN_NOT_FOUND &&
           pn_file_list(fs, number, &cursor, &n, name) == 0;
}

static void test_refusals(L4_Word_t large)
{
    static char path[PN_FILES_PATH + 2];
    L4_Word_t n;
    struct pn_file f;

    ok(refuses_number(0) && refuses_number(200) && refuses_number(257) &&
           refuses_number(0x10001) && refuses_number(0x80000001) &&
           refuses_number(~0ul),
       "numbers of no file are refused");
    ok(pn_file_read(fs, 1, 0, got, 1) == -PN_DENIED &&
           pn_file_write(fs, 1, 0, "x", 1) == -PN_DENIED &&
           pn_file_cut(fs, 1, 0) == -PN_DENIED &&
           pn_file_remove(fs, "/") == -PN_INVALID,
       "the directory is no file");
    memset(path, 'p', PN_FILES_PATH + 1);
    is((L4_Word_t)pn_file_create(fs, path, &n), (L4_Word_t)-PN_INVALID,
       "nor is a path too long for the server");
    path[101] = '\0';
    is((L4_Word_t)pn_file_create(fs, path, &n), (L4_Word_t)-PN_INVALID,
       "nor a name too long for a file");
    ok(pn_file_find(fs, "large/x", &f) == -PN_NOT_FOUND &&
           pn_file_create(fs, "none/x", &n) == -PN_NOT_FOUND &&
           pn_file_remove(fs, "none") == -PN_NOT_FOUND,
       "what is not there is not found");
    ok(pn_file_write(fs, large, 0xfffff000, data, 4096) == -PN_NO_ROOM &&
           pn_file_write(fs, large, LARGE + ROOM, "x", 1) == -PN_NO_ROOM &&
           is_file("large", LARGE) && read_large(large),
       "a write beyond all room changes nothing");
}

static int ask(L4_Word_t label, unsigned words, size_t string)
{
    struct pn_request r = {.server = fs,
                           .label = label,
                           .words = words,
                           .word = {1, 0, 5000},
                           .send = string ? data : NULL,
                           .send_bytes = string,
                           .receive = got,
                           .receive_size = sizeof got};

    return pn_request(&r);
}

static void test_protocol(void)
{
    static const L4_Word_t labels[] = {PN_FILE_STAT, PN_FILE_READ, PN_FILE_LIST,
                                       PN_FILE_WRITE, PN_FILE_CUT};
    int all = 1;

    for (unsigned i = 0; i < sizeof labels / sizeof *labels; i++)
        all &= ask(labels[i], 5, 0) == -PN_UNKNOWN &&
               ask(labels[i], 0, 9) == -PN_UNKNOWN;
    ok(all, "requests with a wrong number of words are refused");
    is((L4_Word_t)ask(PN_FILE_READ, 3, 0), (L4_Word_t)-PN_INVALID,
       "so is reading more than 4096 bytes");
    ok(ask(PN_FILE_FIND, 0, 0) == 3, "no path at all is the directory's");
    ok(ask(PN_LABEL_ALIVE, 0, 0) == 0, "the server lives");
}

static void test_remove(L4_Word_t large)
{
    ok(pn_file_remove(fs, "large") == 0 && refuses_number(large),
       "a file that is removed has no number any more");
    ok(pn_file_create(fs, "new", &large) == 0 && write_large(large) &&
           read_large(large) && pn_file_remove(fs, "new") == 0 &&
           pn_file_remove(fs, "small") == 0,
       "and its room can be used again");
}

int main(int argc, char **argv)
{
    L4_Word_t large;

    (void)argc;
    (void)argv;
    fs = pn_find("files");
    large = test_large();
    test_small(large);
    test_list();
    test_refusals(large);
    test_protocol();
    test_remove(large);
    done();
}
