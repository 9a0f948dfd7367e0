/*
 * disk - the block driver (pn/disk.h): the first IDE drive, sector by sector.
 *
 * It wants `ports 1f0+8 3f6+1` and `irq 14` in the system description.
 */
#include "ide.h"

#include <pn/disk.h>
#include <pn/interrupt.h>
#include <pn/libc.h>
#include <pn/names.h>

int main(int argc, char **argv);

static uint32_t sectors;
static char in_buffer[PN_DISK_SECTORS * PN_DISK_SECTOR];
static char out_buffer[PN_DISK_SECTORS * PN_DISK_SECTOR];

/* Whole sectors that there are? */
static int is_sane(L4_Word_t first, L4_Word_t count)
{
    return count > 0 && count <= PN_DISK_SECTORS && first < sectors &&
           count <= sectors - first;
}

static int info(struct pn_call *c)
{
    c->word[0] = sectors;
    return 1;
}

static int read_sectors(struct pn_call *c)
{
    if (!is_sane(c->word[0], c->word[1]))
        return -PN_INVALID;
    if (ide_read(c->word[0], (unsigned)c->word[1], out_buffer) != 0)
        return -PN_BROKEN;
    c->string = out_buffer;
    c->string_bytes = c->word[1] * PN_DISK_SECTOR;
    return 0;
}

static int write_sectors(struct pn_call *c)
{
    L4_Word_t count = c->bytes / PN_DISK_SECTOR;

    if (c->bytes % PN_DISK_SECTOR != 0 || !is_sane(c->word[0], count))
        return -PN_INVALID;
    return ide_write(c->word[0], (unsigned)count, in_buffer) != 0 ? -PN_BROKEN
                                                                   : 0;
}

static const struct pn_operation operations[] = {
    {PN_DISK_INFO, 0, info},
    {PN_DISK_READ, 2, read_sectors},
    {PN_DISK_WRITE, 1, write_sectors},
    {0, 0, NULL},
};

int main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    if (!pn_line_is_mine(L4_GlobalId(IDE_LINE, 1))) {
        printf("disk: interrupt 14 is not mine: it wants irq 14\n");
        return 1;
    }
    sectors = ide_open();
    if (sectors == 0) {
        printf("disk: no drive answers at ports 1f0\n");
        return 1;
    }
    printf("disk: %u sectors, %u KB\n", (unsigned)sectors,
           (unsigned)sectors / 2);
    (void)pn_names_publish(PN_DISK_NAME); /* if there is a service */
    pn_serve(&(struct pn_server){.operations = operations,
                                 .buffer = in_buffer,
                                 .buffer_size = sizeof in_buffer});
}
