/*
 * tests/servers/copy.c - a block driver whose drive is a copy, in its heap, of
 * what the real one has: the same messages, and no device to wait for. It reads
 * only.
 */
#include <pn/disk.h>
#include <pn/heap.h>
#include <pn/libc.h>
#include <pn/names.h>
#include <pn/program.h>

int main(int argc, char **argv);

static char *copy;
static L4_Word_t sectors;

static int info(struct pn_call *c)
{
    c->word[0] = sectors;
    return 1;
}

static int read_sectors(struct pn_call *c)
{
    L4_Word_t first = c->word[0], count = c->word[1];

    if (count > PN_DISK_SECTORS || first >= sectors || count > sectors - first)
        return -PN_INVALID;
    c->string = copy + first * PN_DISK_SECTOR;
    c->string_bytes = count * PN_DISK_SECTOR;
    return 0;
}

static const struct pn_operation operations[] = {
    {PN_DISK_INFO, 0, info},
    {PN_DISK_READ, 2, read_sectors},
    {0, 0, NULL},
};

/* In steps of one sector: their number is what it is. */
static int fill(void)
{
    L4_ThreadId_t disk = pn_find(PN_DISK_NAME);
    struct pn_heap heap;

    if (!pn_heap(&heap) || pn_disk_sectors(disk, &sectors) < 0 ||
        sectors * PN_DISK_SECTOR > heap.high - heap.low)
        return 0;
    copy = (char *)heap.low;
    for (L4_Word_t n = 0; n < sectors; n++)
        if (pn_disk_read(disk, n, 1, copy + n * PN_DISK_SECTOR) != 0)
            return 0;
    return 1;
}

int main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    if (!fill()) {
        printf("servers_copy: no disk that can be read, or no heap for it\n");
        return 1;
    }
    (void)pn_names_publish("copy/0");
    pn_serve(&(struct pn_server){.operations = operations});
}
