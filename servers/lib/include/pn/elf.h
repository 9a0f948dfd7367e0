/*
 * pn/elf.h - ELF32 executables for IA-32, from hostile files.
 *
 * pn_elf_open checks everything that pn_elf_load relies on, so a file it has
 * accepted cannot make the loader read outside the file or write outside the
 * image. The file must not change in between. Pure; the host tests run it.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PN_ELF_SEGMENTS 8 /* loadable segments at most */

struct pn_elf_segment {
    uint32_t offset; /* in the file */
    uint32_t file_size;
    uint32_t address;
    uint32_t size; /* in memory, file_size or more */
};

struct pn_elf {
    const unsigned char *file;
    uint32_t entry;
    uint32_t low;  /* lowest address of any segment */
    uint32_t high; /* first address behind all segments */
    unsigned segments;
    struct pn_elf_segment segment[PN_ELF_SEGMENTS];
};

/* Null if the file is good and `elf` filled, else what is wrong with it.
 * `limit`: no segment may reach beyond this address (0 = 4 GB). */
const char *pn_elf_open(struct pn_elf *elf, const void *file, size_t size,
                        uint32_t limit);

/* Write the part of the image that lies in [address, address + n) to `memory`;
 * what no segment covers becomes zero. */
void pn_elf_load(const struct pn_elf *elf, uint32_t address, void *memory,
                 uint32_t n);

#ifdef __cplusplus
}
#endif
