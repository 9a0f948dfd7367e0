/*
 * ide.c - programmed I/O on the first IDE channel (ide.h).
 *
 * The thread that asks waits for the interrupt itself; the drive does one thing
 * at a time anyway. The line is answered only when the status register has been
 * read, which ends the request at the drive.
 */
#include "ide.h"

#include <l4/ipc.h>
#include <l4/schedule.h>
#include <pn/ports.h>

enum {
    DATA = 0x1f0,
    COUNT = 0x1f2,
    LBA_LOW = 0x1f3, /* and the next two */
    DRIVE = 0x1f6,
    STATUS = 0x1f7,  /* reading it ends an interrupt */
    COMMAND = 0x1f7,
    CONTROL = 0x3f6, /* reading it: status, without that */
};

enum { BUSY = 0x80, READY = 0x40, FAULT = 0x20, WANTS_DATA = 0x08, ERROR = 1 };
enum { READ = 0x20, WRITE = 0x30, FLUSH = 0xe7, IDENTIFY = 0xec };

#define LBA_FIRST_DRIVE 0xe0
#define SECTOR_WORDS    (IDE_SECTOR / 2)
#define PATIENCE_US     5000000u /* a drive may have to spin up */
#define LINE_US         20000u   /* then the status is looked at anyway */
#define NO_DRIVE        0xff     /* what an empty bus reads as */
#define IDENTIFY_LBA    60       /* words of the answer: number of sectors */

static void in_words(void *to)
{
    unsigned n = SECTOR_WORDS;

    __asm__ volatile("rep insw"
                     : "+D"(to), "+c"(n)
                     : "d"(DATA)
                     : "memory");
}

static void out_words(const void *from)
{
    unsigned n = SECTOR_WORDS;

    __asm__ volatile("rep outsw" : "+S"(from), "+c"(n) : "d"(DATA));
}

static L4_Word64_t now(void)
{
    return L4_SystemClock().raw;
}

/* The interrupt, or a while; whether it came, the status tells. */
static void wait_for_line(void)
{
    L4_ThreadId_t line = L4_GlobalId(IDE_LINE, 1);
    L4_MsgTag_t tag = L4_Receive_Timeout(line, L4_TimePeriod(LINE_US));

    (void)pn_in8(STATUS);
    if (L4_IpcSucceeded(tag)) {
        L4_Set_MsgTag(L4_Niltag);
        (void)L4_Reply(line);
    }
}

/* Until the drive is not busy and has one of `wanted`; -1: an error, or never. */
static int wait_until(unsigned wanted, int by_line)
{
    L4_Word64_t end = now() + PATIENCE_US;

    for (;;) {
        unsigned status = pn_in8(CONTROL);

        if (status == NO_DRIVE || status == 0)
            return -1;
        if ((status & BUSY) == 0) {
            if ((status & (ERROR | FAULT)) != 0)
                return -1;
            if ((status & wanted) != 0)
                return 0;
        }
        if (now() >= end)
            return -1;
        if (by_line)
            wait_for_line();
    }
}

static int command(unsigned what, uint32_t sector, unsigned count)
{
    pn_out8(DRIVE, LBA_FIRST_DRIVE | (sector >> 24 & 15));
    if (wait_until(READY, 0) != 0)
        return -1;
    pn_out8(COUNT, count);
    for (unsigned i = 0; i < 3; i++)
        pn_out8(LBA_LOW + i, sector >> 8 * i & 255);
    pn_out8(COMMAND, what);
    return 0;
}

uint32_t ide_open(void)
{
    static uint16_t facts[SECTOR_WORDS];
    uint32_t sectors;

    if (pn_in8(CONTROL) == NO_DRIVE)
        return 0;
    pn_out8(CONTROL, 0); /* interrupts on */
    if (command(IDENTIFY, 0, 0) != 0 || wait_until(WANTS_DATA, 1) != 0)
        return 0;
    in_words(facts);
    sectors = facts[IDENTIFY_LBA] | (uint32_t)facts[IDENTIFY_LBA + 1] << 16;
    return sectors < IDE_SECTORS_MAX ? sectors : IDE_SECTORS_MAX;
}

int ide_read(uint32_t sector, unsigned count, void *to)
{
    char *at = to;

    if (command(READ, sector, count) != 0)
        return -1;
    for (; count > 0; count--, at += IDE_SECTOR) {
        if (wait_until(WANTS_DATA, 1) != 0)
            return -1;
        in_words(at);
    }
    return 0;
}

int ide_write(uint32_t sector, unsigned count, const void *from)
{
    const char *at = from;

    if (command(WRITE, sector, count) != 0)
        return -1;
    for (; count > 0; count--, at += IDE_SECTOR) {
        if (wait_until(WANTS_DATA, at != from) != 0)
            return -1;
        out_words(at);
    }
    if (wait_until(READY, 1) != 0 || command(FLUSH, 0, 0) != 0)
        return -1;
    return wait_until(READY, 1);
}
