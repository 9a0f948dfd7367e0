/*
 * ext2 - a file server (pn/files.h) over the block driver: it reads one ext2
 * file system. What would change it is refused.
 *
 *     ext2 [DRIVER]     the block driver's name, if not "disk"; it is waited for
 *
 * It is published as files/NAME, by its own name.
 */
#include "ext2.h"

#include <pn/disk.h>
#include <pn/files.h>
#include <pn/libc.h>
#include <pn/names.h>
#include <pn/program.h>

int main(int argc, char **argv);

#define PATIENCE_MS 5000 /* a driver may look at its drive first */

static struct ext2 fs;
static const char *driver = PN_DISK_NAME;
static L4_ThreadId_t disk;
static char path[PN_FILES_PATH];
static char out[PN_FILES_DATA];

static int problem(int error)
{
    switch (error) {
    case EXT2_NOT_FOUND:
        return -PN_NOT_FOUND;
    case EXT2_NO_FILE:
        return -PN_DENIED;
    default:
        return -PN_BROKEN;
    }
}

/* The driver may be a new one. */
static int read_disk(void *unused, uint32_t sector, uint32_t count, void *to)
{
    (void)unused;
    if (pn_disk_read(disk, sector, count, to) == 0)
        return 0;
    disk = pn_names_find(driver);
    return L4_IsNilThread(disk) ? -1 : pn_disk_read(disk, sector, count, to);
}

static int tell(struct pn_call *c, uint32_t number)
{
    struct ext2_inode inode;
    int error = ext2_inode(&fs, number, &inode);

    if (error < 0)
        return problem(error);
    c->word[0] = number;
    c->word[1] = inode.type == EXT2_FILE        ? PN_FILE
                 : inode.type == EXT2_DIRECTORY ? PN_DIRECTORY
                                                : PN_FILE_OTHER;
    c->word[2] = inode.bytes;
    return 3;
}

static int find(struct pn_call *c)
{
    int number = ext2_find(&fs, path, c->bytes);

    return number < 0 ? problem(number) : tell(c, (uint32_t)number);
}

static int stat(struct pn_call *c)
{
    return tell(c, c->word[0]);
}

static int read_file(struct pn_call *c)
{
    struct ext2_inode inode;
    int n = ext2_inode(&fs, c->word[0], &inode);

    if (n < 0)
        return problem(n);
    if (inode.type != EXT2_FILE)
        return -PN_DENIED;
    if (c->word[2] > sizeof out)
        return -PN_INVALID;
    n = ext2_get(&fs, &inode, c->word[1], out, c->word[2]);
    if (n < 0)
        return problem(n);
    c->string = out;
    c->string_bytes = (size_t)n;
    return 0;
}

static int list(struct pn_call *c)
{
    struct ext2_inode inode;
    uint32_t at = c->word[1];
    int n = ext2_inode(&fs, c->word[0], &inode);

    if (n < 0)
        return problem(n);
    do
        n = ext2_entry(&fs, &inode, &at, out);
    while (n > 0 && (strcmp(out, ".") == 0 || strcmp(out, "..") == 0));
    if (n <= 0)
        return n == 0 ? -PN_NOT_FOUND : problem(n);
    c->word[0] = at;
    c->word[1] = (L4_Word_t)n;
    c->string = out;
    c->string_bytes = strlen(out);
    return 2;
}

static int refuse(struct pn_call *c)
{
    (void)c;
    return -PN_DENIED;
}

static const struct pn_operation operations[] = {
    {PN_FILE_FIND, 0, find},     {PN_FILE_STAT, 1, stat},
    {PN_FILE_READ, 3, read_file}, {PN_FILE_LIST, 2, list},
    {PN_FILE_CREATE, 0, refuse}, {PN_FILE_WRITE, 2, refuse},
    {PN_FILE_CUT, 2, refuse},    {PN_FILE_REMOVE, 0, refuse},
    {0, 0, NULL},
};

int main(int argc, char **argv)
{
    int error;

    if (argc > 1)
        driver = argv[1];
    disk = pn_names_wait(driver, PATIENCE_MS);
    error = L4_IsNilThread(disk) ? EXT2_DISK : ext2_open(&fs, read_disk, NULL);
    if (error < 0) {
        printf("ext2: %s\n", error == EXT2_DISK ? "no disk can be read"
                             : error == EXT2_UNSUPPORTED
                                 ? "the disk wants features that are not here"
                                 : "the disk has no ext2 file system");
        return 1;
    }
    pn_files_publish();
    pn_serve(&(struct pn_server){.operations = operations,
                                 .buffer = path,
                                 .buffer_size = sizeof path});
}
