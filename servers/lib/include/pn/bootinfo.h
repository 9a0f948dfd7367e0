/*
 * pn/bootinfo.h - the boot information: which modules were loaded, and where
 * (generic boot information of the L4 X.2 boot loader).
 *
 * The kernel interface page names its physical address. It is a header and a
 * list of records; only module records (type 1) matter here. The functions
 * trust nothing in it beyond its size, which makes them fit for host tests and
 * for a page that somebody else could have written.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PN_BOOTINFO_MAGIC  0x14b0021du
#define PN_BOOTINFO_MODULE 1u
#define PN_BOOTINFO_MAX    0x10000u /* larger ones are refused */

struct pn_bootinfo {
    uint32_t magic;
    uint32_t version;
    uint32_t size; /* bytes, this header included */
    uint32_t first_record;
    uint32_t records;
    uint32_t reserved[3];
};

struct pn_module {
    uint32_t start; /* physical */
    uint32_t size;
    const char *command; /* NUL-terminated; "" if there is none */
};

/* Module n (sigma0 is 0, the root server 1). Returns 1, or 0 if there is no
 * such module or the list is damaged. At least `info->size` bytes must be
 * readable. */
int pn_bootinfo_module(const struct pn_bootinfo *info, size_t n,
                       struct pn_module *module);

/* Number of modules. */
size_t pn_bootinfo_modules(const struct pn_bootinfo *info);

/* Ask sigma0 for the pages of the boot information and return it, or null if
 * there is none or it is not ours to have. For the root server. */
const struct pn_bootinfo *pn_bootinfo_get(void);

#ifdef __cplusplus
}
#endif
