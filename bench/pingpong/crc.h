/*
 * crc.h - CRC-16 with the polynomial 1021, from 0, high bit first (XMODEM's).
 * Pure; host-tested.
 */
#pragma once

/* The CRC with one more character. */
static inline unsigned
crc_add(unsigned crc, unsigned char c)
{
    crc ^= (unsigned)c << 8;
    for (int bit = 0; bit < 8; bit++)
        crc = crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1;
    return crc & 0xffff;
}
