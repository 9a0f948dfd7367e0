/*
 * kern/memory.c - the map of physical memory.
 *
 * Layer 6.  Whatever is not the kernel's may be a user's: RAM, and anything
 * else on the bus.  sigma0 decides who gets it.
 */
#include "kern/memory.h"

#include <pinenut/x2.h>

#include "kern/boot.h"
#include "kern/panic.h"
#include "mm/frame.h"

#define ENTRIES 80u

static struct {
    struct range range;
    enum memory_owner owner;
} entries[ENTRIES];
static uint32_t count;

INIT void
memory_add(enum memory_owner owner, paddr_t from, paddr_t to)
{
    if (from >= to)
        return;
    if (count == ENTRIES)
        bad_boot("the memory map has more than %u entries: use fewer modules",
                 ENTRIES);
    entries[count].range = (struct range){from, to};
    entries[count++].owner = owner;
}

INIT void
memory_forget_last(void)
{
    count--;
}

INIT paddr_t
memory_top(void)
{
    paddr_t top = 0;

    for (uint32_t i = 0; i < count; i++)
        if (entries[i].owner == MEMORY_RAM
            && entries[i].range.from < WINDOW_MAX)
            top = max_u32(top, min_u32(entries[i].range.to, WINDOW_MAX));
    return top & ~PAGE_MASK;
}

INIT uint32_t
memory_ram_bytes(void)
{
    uint32_t bytes = 0;

    for (uint32_t i = 0; i < count; i++)
        if (entries[i].owner == MEMORY_RAM)
            bytes += entries[i].range.to - entries[i].range.from;
    return bytes;
}

INIT static bool
overlaps(struct range r, paddr_t from, paddr_t to)
{
    return from < r.to && r.from < to;
}

INIT bool
memory_is_free(paddr_t from, paddr_t to)
{
    bool ram = false;

    for (uint32_t i = 0; i < count; i++) {
        if (entries[i].owner == MEMORY_RAM) {
            if (entries[i].range.from <= from && to <= entries[i].range.to)
                ram = true;
        } else if (overlaps(entries[i].range, from, to)) {
            return false;
        }
    }
    return ram && from < to;
}

/* A range of the kernel's with something of [first, last], or NULL. */
static const struct range *
kernel_range(paddr_t first, paddr_t last)
{
    for (uint32_t i = 0; i < count; i++)
        if (entries[i].owner == MEMORY_KERNEL && last >= entries[i].range.from
            && first < entries[i].range.to)
            return &entries[i].range;
    return NULL;
}

bool
frames_are_user(paddr_t first, paddr_t last)
{
    return kernel_range(first, last) == NULL;
}

paddr_t
user_memory_next(paddr_t from)
{
    const struct range *r;

    while ((r = kernel_range(from, from)) != NULL)
        from = r->to;
    return from;
}

/* X.2 "Kernel Interface Page", memory descriptors. */
enum {
    DESCRIPTOR_CONVENTIONAL = 1,
    DESCRIPTOR_RESERVED = 2,
    DESCRIPTOR_SHARED = 4,
    DESCRIPTOR_BOOT_MODULE = 0x3e, /* boot-loader specific, subtype 3 */
    DESCRIPTOR_VIRTUAL = 1 << 9,
    KILOBYTE_MASK = 1023,
};

INIT static uint32_t *
describe(uint32_t *out, uint32_t type, uint32_t from, uint32_t last)
{
    out[0] = (from & ~(uint32_t)KILOBYTE_MASK) | type;
    out[1] = last & ~(uint32_t)KILOBYTE_MASK;
    return out + 2;
}

INIT uint32_t
memory_descriptors(uint32_t *out, uint32_t room)
{
    static const uint32_t types[] = {
        [MEMORY_RAM] = DESCRIPTOR_CONVENTIONAL,
        [MEMORY_KERNEL] = DESCRIPTOR_RESERVED,
        [MEMORY_MODULE] = DESCRIPTOR_BOOT_MODULE,
    };
    uint32_t *at = out;

    if (count + 5 > room)
        bad_boot("no room for %u memory descriptors: use fewer modules", count);
    at = describe(at, DESCRIPTOR_SHARED, 0, ~0u);
    for (uint32_t i = 0; i < count; i++)
        at = describe(at, types[entries[i].owner], entries[i].range.from,
                      entries[i].range.to - 1);
    at = describe(at, DESCRIPTOR_SHARED, 0xa0000, 0xbffff); /* video */
    at = describe(at, DESCRIPTOR_SHARED, 0xc0000, 0xeffff); /* adapter ROMs */
    at = describe(at, DESCRIPTOR_CONVENTIONAL | DESCRIPTOR_VIRTUAL, 0,
                  USER_TOP - 1);
    at = describe(at, PN_MEMORY_SMALL_AREA | DESCRIPTOR_VIRTUAL,
                  SMALL_AREA_BASE,
                  SMALL_AREA_BASE + boot_options.small_bytes - 1);
    return (uint32_t)(at - out) / 2;
}
