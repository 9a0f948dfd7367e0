/*
 * kern/kip.c - what depends on the machine in the interface page.
 *
 * Layer 6.
 */
#include "kern/kip.h"

#include <pinenut/x2.h>

#include "kern/memory.h"
#include "kern/thread.h"

/* Word offsets of X.2's table. */
enum {
    KIP_SIGMA0 = 0x20 / 4,
    KIP_ROOT = 0x40 / 4,
    KIP_MEMORY_INFO = 0x54 / 4,
    KIP_BOOT_INFO = 0xb8 / 4,
    KIP_PROCESSORS = 0xbc / 4,
    KIP_THREAD_INFO = 0xc4 / 4,
    KIP_IPC = 0xe0 / 4,
    KIP_LIPC = 0xe4 / 4,
    MEMORY_ROOM = (0x800 - 0x200) / 8,
};

extern uint32_t kip_page[];
extern uint32_t kip_memory_descriptors[];
extern const char kip_ipc_by_sysenter[];

static void
server(uint32_t *at, struct loaded image)
{
    at[0] = 0; /* SP: its crt0 brings a stack of its own */
    at[1] = image.entry;
    at[2] = image.low;
    at[3] = image.high;
}

void
kip_init(struct loaded sigma0, struct loaded root, paddr_t bootinfo)
{
    server(kip_page + KIP_SIGMA0, sigma0);
    server(kip_page + KIP_ROOT, root);
    kip_page[KIP_MEMORY_INFO] |=
        memory_descriptors(kip_memory_descriptors, MEMORY_ROOM);
    kip_page[KIP_BOOT_INFO] = bootinfo;
    kip_page[KIP_THREAD_INFO] =
        X2_USER_BASE << 20 | X2_SYSTEM_BASE << 8 | thread_bits;
}

void
kip_use_sysenter(void)
{
    kip_page[KIP_IPC] = kip_page[KIP_LIPC] =
        (uint32_t)(kip_ipc_by_sysenter - (const char *)kip_page);
}

void
kip_set_frequency(uint32_t khz)
{
    uint32_t *processor = kip_page + kip_page[KIP_PROCESSORS] / 4;

    processor[0] = processor[1] = khz;
}
