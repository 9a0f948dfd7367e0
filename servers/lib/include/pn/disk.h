/*
 * pn/disk.h - the block driver's protocol (servers/disk), and stubs.
 *
 * A sector has 512 bytes; up to eight go in one request.
 *
 *   label   request                                answer
 *   INFO    -                                      MR1 = number of sectors
 *   READ    MR1 = first sector, MR2 = how many     string: their bytes
 *   WRITE   MR1 = first sector; string: bytes of   -
 *           whole sectors
 *
 * Refusals (pn/server.h): PN_INVALID: no such sectors; PN_BROKEN: the drive says
 * so, or nothing at all in time.
 */
#pragma once

#include <pn/server.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PN_DISK_NAME    "disk" /* the server, to pn_names_find (pn/names.h) */
#define PN_DISK_SECTOR  512u
#define PN_DISK_SECTORS 8u /* in one request */

enum pn_disk_label { PN_DISK_INFO = 0x0b01, PN_DISK_READ, PN_DISK_WRITE };

/* Each returns 0 or more, or minus an enum pn_problem. */
int pn_disk_sectors(L4_ThreadId_t disk, L4_Word_t *sectors);
int pn_disk_read(L4_ThreadId_t disk, L4_Word_t sector, unsigned count,
                 void *to);
int pn_disk_write(L4_ThreadId_t disk, L4_Word_t sector, unsigned count,
                  const void *from);

#ifdef __cplusplus
}
#endif
