/*
 * kern/boot.c - Multiboot 1: memory map, options, modules.
 *
 * Layer 6.  [Multiboot 0.6.96] 3.3.  The loader's structures may lie anywhere
 * and are read once, before memory is rearranged: what must last is copied
 * into the bootinfo page, which user code can ask sigma0 for (X.2 "Generic
 * BootInfo").
 */
#include "kern/boot.h"

#include "kern/console.h"
#include "kern/layout.h"
#include "kern/memory.h"
#include "kern/panic.h"
#include "kern/provoke.h"
#include "kern/string.h"
#include "kern/thread.h"
#include "mm/frame.h"

enum {
    LOADER_MAGIC = 0x2badb002,
    INFO_MEMORY = 1 << 0,
    INFO_COMMAND_LINE = 1 << 2,
    INFO_MODULES = 1 << 3,
    INFO_MEMORY_MAP = 1 << 6,
    MAP_RAM = 1,

    BOOTINFO_MAGIC = 0x14b0021d,
    BOOTINFO_MODULE = 1,
    MEGABYTE = 1 << 20,
    SMALLEST_MACHINE_MB = 8, /* of which the BIOS may keep some */
    BIOS_KEEPS = MEGABYTE / 4,
};

struct multiboot_info {
    uint32_t flags, memory_lower, memory_upper, boot_device, command_line;
    uint32_t module_count, modules;
    uint32_t symbols[4];
    uint32_t map_length, map;
};

struct multiboot_module {
    uint32_t from, to, arguments, reserved;
};

struct multiboot_map {
    uint32_t size;
    uint64_t base, length;
    uint32_t type;
} __attribute__((packed));

struct boot_options boot_options = {.fast_path = true};
struct module modules[MODULES_MAX];
uint32_t module_count;
paddr_t boot_load_limit, boot_cold_tcbs;

static uint32_t bootinfo[PAGE_SIZE / 4] __attribute__((aligned(PAGE_SIZE)));
static uint32_t bootinfo_used; /* words */
static paddr_t bootinfo_at;
extern char kernel_end[], image_start[];

/* --- memory --------------------------------------------------------------- */

static void
read_map(const struct multiboot_info *info)
{
    paddr_t at = info->map, end = info->map + info->map_length;

    while (at + sizeof(struct multiboot_map) <= end) {
        const struct multiboot_map *m = boot_view(at);

        if (m->type == MAP_RAM && m->base < 0xfffff000u) {
            uint64_t last = m->base + m->length;

            if (last > 0xfffff000u)
                last = 0xfffff000u;
            memory_add(MEMORY_RAM,
                       round_up((paddr_t)m->base, PAGE_SIZE),
                       (paddr_t)last & ~PAGE_MASK);
        }
        at += m->size + 4;
    }
}

static void
read_memory(const struct multiboot_info *info)
{
    if ((info->flags & INFO_MEMORY_MAP) != 0) {
        read_map(info);
    } else if ((info->flags & INFO_MEMORY) != 0) {
        memory_add(MEMORY_RAM, 0, info->memory_lower * 1024 & ~PAGE_MASK);
        memory_add(MEMORY_RAM, MEGABYTE,
                   MEGABYTE + (info->memory_upper * 1024 & ~PAGE_MASK));
    } else {
        bad_boot("the boot loader tells no memory size: use a Multiboot 1 "
                 "loader such as GRUB");
    }
    if (memory_top() < SMALLEST_MACHINE_MB * MEGABYTE - BIOS_KEEPS)
        bad_boot("this machine has %u KB of memory: %u MB are the least",
                 memory_top() / 1024, SMALLEST_MACHINE_MB);
}

/* --- options -------------------------------------------------------------- */

static bool
option_number(const char *word, const char *name, uint32_t *out)
{
    uint32_t value = 0;

    if (!string_starts(word, name))
        return false;
    word += strlen(name);
    if (*word < '0' || *word > '9')
        bad_boot("option %s wants a number: %s", name, word);
    while (*word >= '0' && *word <= '9' && value < 100000)
        value = value * 10 + (uint32_t)(*word++ - '0');
    if (*word != '\0')
        bad_boot("option %s wants a number", name);
    *out = value;
    return true;
}

static void
read_option(const char *word)
{
    struct boot_options *o = &boot_options;
    uint32_t n;

    if (option_number(word, "small=", &n)) {
        if (n == 0 || n > SMALL_AREA_MAX / MEGABYTE || n % 4 != 0)
            bad_boot("small=%u: the small area has 4 to 512 MB in steps of 4",
                     n);
        o->small_bytes = n * MEGABYTE;
    } else if (option_number(word, "kmem=", &n)) {
        if (n == 0 || n > 256)
            bad_boot("kmem=%u: kernel memory is 1 to 256 MB", n);
        o->kernel_bytes = n * MEGABYTE;
    } else if (option_number(word, "threads=", &n)) {
        if (n < THREAD_BITS_MIN || n > THREAD_BITS_MAX)
            bad_boot("threads=%u: thread numbers have %u to %u bits", n,
                     THREAD_BITS_MIN, THREAD_BITS_MAX);
        o->thread_bits = n;
    } else if (string_starts(word, "fastpath=on")) {
        o->fast_path = true;
    } else if (string_starts(word, "fastpath=off")) {
        o->fast_path = false;
    } else if (string_starts(word, "entry=auto")) {
        o->entry = ENTRY_AUTO;
    } else if (string_starts(word, "entry=int")) {
        o->entry = ENTRY_INT;
    } else if (string_starts(word, "entry=sysenter")) {
        o->entry = ENTRY_SYSENTER;
    } else if (string_starts(word, "provoke=")
               && provoke_known(word + strlen("provoke="))) {
        memcpy(o->provoke, word + strlen("provoke="),
               strlen(word + strlen("provoke=")) + 1);
    } else {
        bad_boot("unknown kernel option \"%s\": fastpath=on|off "
                 "entry=auto|int|sysenter small=MB kmem=MB threads=BITS", word);
    }
}

static void
read_options(const char *line)
{
    char word[40];

    /* QEMU puts the kernel's file name first, GRUB does not. */
    for (bool first = true;; first = false) {
        uint32_t n = 0;
        bool is_file = false;

        while (*line == ' ')
            line++;
        if (*line == '\0')
            return;
        while (*line != '\0' && *line != ' ') {
            is_file |= first && (*line == '/' || *line == '.');
            if (n < sizeof word - 1)
                word[n++] = *line;
            line++;
        }
        word[n] = '\0';
        if (!is_file)
            read_option(word);
    }
}

/* --- modules -------------------------------------------------------------- */

static void
bootinfo_begin(void)
{
    bootinfo[0] = BOOTINFO_MAGIC;
    bootinfo[1] = 1;  /* version */
    bootinfo[3] = 32; /* first record */
    bootinfo_used = 8;
}

/* Append a module record and its command line: X.2 BootInfo type 1. */
static void
bootinfo_module(struct module *m, const char *arguments)
{
    uint32_t *record = bootinfo + bootinfo_used;
    uint32_t length = (uint32_t)strlen(arguments) + 1;
    uint32_t words = 6 + round_up(length, 4) / 4;

    if (bootinfo_used + words > ARRAY_SIZE(bootinfo))
        bad_boot("the modules' command lines exceed one page: shorten them");
    record[0] = BOOTINFO_MODULE;
    record[1] = 1;         /* version */
    record[2] = words * 4; /* to the next record */
    record[3] = m->from;
    record[4] = m->to - m->from;
    record[5] = 24; /* the command line, from the record's start */
    memcpy(record + 6, arguments, length);
    m->arguments = (const char *)(record + 6);
    bootinfo_used += words;
    bootinfo[2] = bootinfo_used * 4;
    bootinfo[4]++;
}

static void
read_modules(const struct multiboot_info *info)
{
    const struct multiboot_module *from = boot_view(info->modules);

    if ((info->flags & INFO_MODULES) == 0 || info->module_count < 2)
        bad_boot("%u modules: load sigma0 and a root server, in this order",
                 (info->flags & INFO_MODULES) ? info->module_count : 0);
    if (info->module_count > MODULES_MAX)
        bad_boot("%u modules: %u are the most", info->module_count,
                 MODULES_MAX);
    bootinfo_begin();
    for (uint32_t i = 0; i < info->module_count; i++) {
        modules[i].from = from[i].from;
        modules[i].to = from[i].to;
        if (from[i].from >= from[i].to || from[i].to > memory_top()
            || from[i].from % PAGE_SIZE != 0)
            bad_boot("module %u lies at %x-%x: the boot loader placed it badly",
                     i, from[i].from, from[i].to);
        bootinfo_module(&modules[i], from[i].arguments == 0
                                         ? "" : boot_view(from[i].arguments));
    }
    module_count = info->module_count;
}

void
boot_read(uint32_t magic, paddr_t address)
{
    const struct multiboot_info *info = boot_view(address);

    if (magic != LOADER_MAGIC)
        bad_boot("not started by a Multiboot 1 loader: use GRUB or qemu "
                 "-kernel");
    read_memory(info);
    if ((info->flags & INFO_COMMAND_LINE) != 0)
        read_options(boot_view(info->command_line));
    read_modules(info);
}

/* --- placing -------------------------------------------------------------- */

/*
 * Move the modules to the top, the highest first: as they are page-aligned
 * and apart, none lands on one that has not moved yet.
 */
static paddr_t
move_modules(void)
{
    paddr_t top = memory_top();
    bool moved[MODULES_MAX] = {false};

    for (uint32_t n = 0; n < module_count; n++) {
        uint32_t pick = MODULES_MAX;
        uint32_t bytes;

        for (uint32_t i = 0; i < module_count; i++)
            if (!moved[i] && (pick == MODULES_MAX
                              || modules[i].from > modules[pick].from))
                pick = i;
        bytes = modules[pick].to - modules[pick].from;
        top -= round_up(bytes, PAGE_SIZE);
        memmove(boot_view(top), boot_view(modules[pick].from), bytes);
        modules[pick].from = top;
        modules[pick].to = top + bytes;
        moved[pick] = true;
    }
    return top;
}

static void
default_options(paddr_t top)
{
    struct boot_options *o = &boot_options;

    if (o->kernel_bytes == 0)
        o->kernel_bytes = max_u32(top / 8 & ~PAGE_MASK, 2 * MEGABYTE);
    if (o->thread_bits == 0)
        o->thread_bits = top < 16 * MEGABYTE ? 10 : THREAD_BITS_DEFAULT;
    if (o->small_bytes == 0) /* its tables take a thousandth of it */
        o->small_bytes = top < 32 * MEGABYTE ? 64 * MEGABYTE : SMALL_AREA_MAX;
}

/*
 * Where the kernel's memory begins, if it ends at `top`.  The control blocks
 * for which the hot page has no room, `cold` bytes, are in it, the first half
 * of a 4 MB page; nearly always, that page costs no more than they do.
 */
static paddr_t
place_kernel_memory(paddr_t top, uint32_t cold)
{
    uint32_t bytes = boot_options.kernel_bytes + cold;
    paddr_t from = top - min_u32(top, bytes);

    if (cold != 0) {
        boot_cold_tcbs = (top - cold) & ~(HOT_SIZE - 1);
        from = min_u32(from, boot_cold_tcbs);
    }
    if (from < HOT_SIZE + MEGABYTE)
        bad_boot("too little memory: modules and %u MB for the kernel do not "
                 "fit; use kmem=, threads=%u or a larger machine",
                 bytes / MEGABYTE, THREAD_BITS_DEFAULT);
    return from;
}

void
boot_place(void)
{
    paddr_t image_from = window_paddr(image_start);
    paddr_t image_to = window_paddr(kernel_end);
    paddr_t tcbs = window_paddr(tcb_array) & ~PAGE_MASK;
    paddr_t top = memory_top(), tcbs_to;
    uint32_t cold;

    default_options(top);
    top = move_modules() - PAGE_SIZE;
    tcbs_to = round_up(window_paddr(tcb_array + (1u << boot_options.thread_bits)),
                       PAGE_SIZE);
    cold = tcbs_to > HOT_SIZE ? tcbs_to - HOT_SIZE : 0;
    boot_load_limit = place_kernel_memory(top, cold);
    if (!memory_is_free(image_from, HOT_SIZE)
        || !memory_is_free(boot_load_limit, top))
        bad_boot("memory at %x-%x and %x-%x is not all RAM: the kernel needs "
                 "it; use another kmem=", image_from, HOT_SIZE,
                 boot_load_limit, top);

    /* sigma0 and root will be copied out, and their files forgotten */
    for (uint32_t i = 2; i < module_count; i++)
        memory_add(MEMORY_MODULE, modules[i].from,
                   round_up(modules[i].to, PAGE_SIZE));
    bootinfo_at = top;
    memory_add(MEMORY_MODULE, top, top + PAGE_SIZE);
    memory_add(MEMORY_KERNEL, 0, PAGE_SIZE);
    memory_add(MEMORY_KERNEL, image_from, HOT_SIZE);
    memory_add(MEMORY_KERNEL, boot_load_limit, top);
    if (cold != 0) {
        frame_give(boot_load_limit, boot_cold_tcbs);
        frame_give(boot_cold_tcbs + cold, top);
    } else {
        frame_give(boot_load_limit, top);
        frame_give(tcbs_to, HOT_SIZE);
    }
    frame_give(image_to, tcbs); /* last given is first used: the hot page */
}

/* The records were made before the modules moved. */
paddr_t
boot_info_records(void)
{
    uint32_t at = 8;

    for (uint32_t i = 0; i < module_count; i++) {
        bootinfo[at + 3] = modules[i].from;
        at += bootinfo[at + 2] / 4;
    }
    memcpy(boot_view(bootinfo_at), bootinfo, PAGE_SIZE);
    return bootinfo_at;
}
