/*
 * tests/servers/drive.c - a block driver whose drive is its heap: the messages
 * of the real one, no device to wait for, and sectors that fail.
 *
 *     servers_drive [unreadable=SECTOR] [unwritable=SECTOR]
 */
#include <pn/disk.h>
#include <pn/heap.h>
#include <pn/libc.h>

int main(int argc, char **argv);

static char *drive;
static L4_Word_t sectors, unreadable = ~0UL, unwritable = ~0UL;
static char in[PN_DISK_SECTORS * PN_DISK_SECTOR];

static int is_sane(L4_Word_t first, L4_Word_t count)
{
    return count > 0 && count <= PN_DISK_SECTORS && first < sectors &&
           count <= sectors - first;
}

static int has(L4_Word_t first, L4_Word_t count, L4_Word_t sector)
{
    return sector - first < count;
}

static int info(struct pn_call *c)
{
    c->word[0] = sectors;
    return 1;
}

static int read_sectors(struct pn_call *c)
{
    L4_Word_t first = c->word[0], count = c->word[1];

    if (!is_sane(first, count))
        return -PN_INVALID;
    if (has(first, count, unreadable))
        return -PN_BROKEN;
    c->string = drive + first * PN_DISK_SECTOR;
    c->string_bytes = count * PN_DISK_SECTOR;
    return 0;
}

static int write_sectors(struct pn_call *c)
{
    L4_Word_t first = c->word[0], count = c->bytes / PN_DISK_SECTOR;

    if (c->bytes % PN_DISK_SECTOR != 0 || !is_sane(first, count))
        return -PN_INVALID;
    if (has(first, count, unwritable))
        return -PN_BROKEN;
    memcpy(drive + first * PN_DISK_SECTOR, in, c->bytes);
    return 0;
}

static const struct pn_operation operations[] = {
    {PN_DISK_INFO, 0, info},
    {PN_DISK_READ, 2, read_sectors},
    {PN_DISK_WRITE, 1, write_sectors},
    {0, 0, NULL},
};

int main(int argc, char **argv)
{
    struct pn_heap heap;

    for (int i = 1; i < argc; i++)
        if (strncmp(argv[i], "unreadable=", 11) == 0)
            unreadable = strtoul(argv[i] + 11, NULL, 10);
        else if (strncmp(argv[i], "unwritable=", 11) == 0)
            unwritable = strtoul(argv[i] + 11, NULL, 10);
    if (!pn_heap(&heap))
        return 1;
    drive = (char *)heap.low;
    sectors = (heap.high - heap.low) / PN_DISK_SECTOR;
    pn_serve(&(struct pn_server){
        .operations = operations, .buffer = in, .buffer_size = sizeof in});
}
