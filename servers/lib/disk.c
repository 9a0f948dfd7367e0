/*
 * disk.c - the block driver's clients (pn/disk.h).
 */
#include <pn/disk.h>

int pn_disk_sectors(L4_ThreadId_t disk, L4_Word_t *sectors)
{
    *sectors = 0;
    return pn_ask(disk, PN_DISK_INFO, sectors, 0, 1);
}

int pn_disk_read(L4_ThreadId_t disk, L4_Word_t sector, unsigned count, void *to)
{
    struct pn_request r = {.server = disk,
                           .label = PN_DISK_READ,
                           .words = 2,
                           .word = {sector, count},
                           .receive = to,
                           .receive_size = count * PN_DISK_SECTOR};
    int n = pn_request(&r);

    if (n < 0)
        return n;
    return r.received == r.receive_size ? 0 : -PN_BROKEN;
}

int pn_disk_write(L4_ThreadId_t disk, L4_Word_t sector, unsigned count,
                  const void *from)
{
    struct pn_request r = {.server = disk,
                           .label = PN_DISK_WRITE,
                           .words = 1,
                           .word = {sector},
                           .send = from,
                           .send_bytes = count * PN_DISK_SECTOR};

    return pn_request(&r);
}
