/*
 * kern/boot.h - what the boot loader brought, in our own words.
 *
 * Layer 6.  Filled by boot_read() before anything of the loader's memory is
 * overwritten.
 */
#pragma once

#include "kern/base.h"
#include "kern/layout.h"
#include "kern/sysenter.h"

#define MODULES_MAX 40u

struct module {
    paddr_t from, to;
    const char *arguments; /* "file arg arg", in the bootinfo page */
};

struct boot_options {
    bool fast_path;        /* fastpath=on|off */
    enum entry_choice entry; /* entry=auto|int|sysenter */
    uint32_t small_bytes;  /* small=MB, a multiple of 4 */
    uint32_t kernel_bytes; /* kmem=MB */
    uint32_t thread_bits;  /* threads=BITS */
    char provoke[16];      /* provoke=NAME (kern/provoke.h), or "" */
};

struct loaded {
    vaddr_t low, high, entry; /* as the interface page tells sigma0 */
};

extern struct boot_options boot_options;
extern struct module modules[MODULES_MAX];
extern uint32_t module_count;
extern paddr_t boot_load_limit; /* programs are loaded below this */
extern paddr_t boot_cold_tcbs;  /* 4 MB page for TCB_COLD_PAGE, or 0: none */

/* Physical memory in one piece: what the loader left crosses the hot page. */
static inline void *
boot_view(paddr_t pa)
{
    return (void *)(uintptr_t)(WINDOW_BASE + pa);
}

/* Read the Multiboot information: memory, options, modules.  Stops on bad. */
void boot_read(uint32_t magic, paddr_t info);

/*
 * Move the modules to the top of memory, reserve the kernel's part below
 * them and give it to the frame allocator.
 */
void boot_place(void);

/* Load module `i` (an ELF program) where it is linked, 1:1. */
struct loaded boot_load(uint32_t i, const char *what);

/* Physical address of the X.2 BootInfo records. */
paddr_t boot_info_records(void);
