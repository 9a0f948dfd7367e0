/*
 * files - a file server (pn/files.h) in memory: the files of a ustar archive,
 * which is its boot module (`data` in the system description), and above it
 * what was written since, in its heap. That is gone when the server is.
 */
#include "ram.h"

#include <pn/files.h>
#include <pn/heap.h>
#include <pn/libc.h>
#include <pn/program.h>

int main(int argc, char **argv);

static struct ram ram;
static char in[PN_FILES_DATA];
static char out[PN_FILES_DATA];

static int problem(int error)
{
    static const int problems[] = {
        [-RAM_NOT_FOUND] = PN_NOT_FOUND,
        [-RAM_NO_ROOM] = PN_NO_ROOM,
        [-RAM_INVALID] = PN_INVALID,
        [-RAM_WRONG_TYPE] = PN_DENIED,
        [-RAM_NOT_EMPTY] = PN_DENIED,
    };

    return error < 0 ? -problems[-error] : error;
}

static int tell(struct pn_call *c, uint32_t number)
{
    const struct ram_node *n = ram_node(&ram, number);

    if (!n)
        return -PN_NOT_FOUND;
    c->word[0] = number;
    c->word[1] = n->directory ? PN_DIRECTORY : PN_FILE;
    c->word[2] = n->bytes;
    return 3;
}

static int find(struct pn_call *c)
{
    int number = ram_find(&ram, in, c->bytes);

    return number < 0 ? problem(number) : tell(c, (uint32_t)number);
}

static int stat(struct pn_call *c)
{
    return tell(c, c->word[0]);
}

static int read_file(struct pn_call *c)
{
    int n;

    if (c->word[2] > sizeof out)
        return -PN_INVALID;
    n = ram_read(&ram, c->word[0], c->word[1], out, c->word[2]);
    if (n < 0)
        return problem(n);
    c->string = out;
    c->string_bytes = (size_t)n;
    return 0;
}

static int list(struct pn_call *c)
{
    uint32_t at = c->word[1];
    int n = ram_entry(&ram, c->word[0], &at);

    if (n <= 0)
        return n == 0 ? -PN_NOT_FOUND : problem(n);
    c->word[0] = at;
    c->word[1] = (L4_Word_t)n;
    c->string = ram_node(&ram, (uint32_t)n)->name;
    c->string_bytes = strlen(c->string);
    return 2;
}

static int create(struct pn_call *c)
{
    int n = ram_create(&ram, in, c->bytes, 0);

    c->word[0] = (L4_Word_t)n;
    return n < 0 ? problem(n) : 1;
}

static int write_file(struct pn_call *c)
{
    int n = ram_write(&ram, c->word[0], c->word[1], in, (uint32_t)c->bytes);

    c->word[0] = (L4_Word_t)n;
    return n < 0 ? problem(n) : 1;
}

static int cut(struct pn_call *c)
{
    return problem(ram_cut(&ram, c->word[0], c->word[1]));
}

static int remove_file(struct pn_call *c)
{
    return problem(ram_remove(&ram, in, c->bytes));
}

static const struct pn_operation operations[] = {
    {PN_FILE_FIND, 0, find},         {PN_FILE_STAT, 1, stat},
    {PN_FILE_READ, 3, read_file},    {PN_FILE_LIST, 2, list},
    {PN_FILE_CREATE, 0, create},     {PN_FILE_WRITE, 2, write_file},
    {PN_FILE_CUT, 2, cut},           {PN_FILE_REMOVE, 0, remove_file},
    {0, 0, NULL},
};

int main(int argc, char **argv)
{
    struct pn_heap heap = {0, 0};
    L4_Word_t bytes;
    const void *archive = pn_data(&bytes);

    (void)argc;
    (void)argv;
    (void)pn_heap(&heap); /* without: nothing can be written */
    printf("files: %d files and directories\n",
           ram_open(&ram, archive, bytes, (void *)heap.low,
                    heap.high - heap.low));
    pn_files_publish();
    pn_serve(&(struct pn_server){.operations = operations,
                                 .buffer = in,
                                 .buffer_size = sizeof in});
}
