/*
 * kern/memory.h - what physical memory there is and whose it is.
 *
 * Layer 6.  Boot fills this in once; afterwards it answers which frames users
 * may have.  Addresses are physical, ranges half open.
 */
#pragma once

#include "kern/base.h"

struct range {
    paddr_t from, to;
};

enum memory_owner {
    MEMORY_RAM,    /* conventional */
    MEMORY_KERNEL, /* never a user's */
    MEMORY_MODULE, /* boot modules and their description */
};

/* Record a range; later ones override earlier ones.  Too many: bad_boot. */
void memory_add(enum memory_owner owner, paddr_t from, paddr_t to);

/* Take the latest entry back. */
void memory_forget_last(void);

/* The end of the highest RAM the kernel's window reaches. */
paddr_t memory_top(void);
/* Bytes of RAM in all, as the boot loader tells. */
uint32_t memory_ram_bytes(void);

/* Is [from, to) RAM that nobody has taken yet? */
bool memory_is_free(paddr_t from, paddr_t to);

/* Write the memory descriptors of the interface page; returns their number. */
uint32_t memory_descriptors(uint32_t *out, uint32_t room);
