/*
 * ide.h - the first drive of a PC's first IDE channel, by programmed I/O.
 *
 * Ports 1F0+8 and 3F6, interrupt 14. Commands are 28-bit: up to 128 GB. A drive
 * that does not answer within seconds is given up, not waited for.
 *
 * [ATA-3] American National Standard X3.298: registers 7.2, commands 8, the
 * protocols of PIO data in and out 9.3 and 9.4.
 */
#pragma once

#include <stdint.h>

#define IDE_LINE        14
#define IDE_SECTOR      512u
#define IDE_SECTORS_MAX 0x10000000u

/* How many sectors the drive has; 0: there is none, or none that works. */
uint32_t ide_open(void);

/* 0, or -1: the drive reports an error, or nothing. */
int ide_read(uint32_t sector, unsigned count, void *to);
int ide_write(uint32_t sector, unsigned count, const void *from);
