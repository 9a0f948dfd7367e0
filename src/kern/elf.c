/*
 * kern/elf.c - loading sigma0 and the root server.
 *
 * Layer 6.  Only these two are loaded by the kernel, 1:1 to where they are
 * linked; other modules are the root server's business.  A boot image is
 * checked like any other input: each field before its use, with a sentence
 * for whoever made it.
 */
#include "kern/boot.h"
#include "kern/layout.h"
#include "kern/memory.h"
#include "kern/panic.h"
#include "kern/string.h"

enum {
    ELF_MAGIC = 0x464c457f,
    ELF_CLASS_32_LITTLE = 0x0101, /* bytes 4 and 5 */
    ELF_EXECUTABLE = 2,
    ELF_386 = 3,
    ELF_LOAD = 1,
};

struct elf_header {
    uint32_t magic;
    uint16_t class_and_order;
    uint8_t pad[10];
    uint16_t type, machine;
    uint32_t version, entry, segments, sections, flags;
    uint16_t size, segment_size, segment_count;
};

struct elf_segment {
    uint32_t type, offset, vaddr, paddr, file_bytes, bytes, flags, align;
};

static const struct elf_header *
check_header(const struct module *m, const char *what)
{
    const struct elf_header *h = boot_view(m->from);
    uint32_t bytes = m->to - m->from;

    if (bytes < sizeof *h || h->magic != ELF_MAGIC)
        bad_boot("%s is no ELF program: check the order of the modules "
                 "(sigma0, root server, others)", what);
    if (h->class_and_order != ELF_CLASS_32_LITTLE || h->type != ELF_EXECUTABLE
        || h->machine != ELF_386)
        bad_boot("%s is no 32-bit x86 executable: build it with -m32 -static",
                 what);
    if (h->segment_size != sizeof(struct elf_segment)
        || h->segments > bytes || h->segments % 4 != 0
        || h->segment_count * sizeof(struct elf_segment)
            > bytes - h->segments)
        bad_boot("%s is cut short: its segment table lies outside the file",
                 what);
    return h;
}

static void
load_segment(const struct module *m, const struct elf_segment *s,
             const char *what)
{
    uint32_t bytes = m->to - m->from;

    if (s->offset > bytes || s->file_bytes > bytes - s->offset
        || s->file_bytes > s->bytes)
        bad_boot("%s is cut short: a segment lies outside the file", what);
    if (s->vaddr + s->bytes < s->vaddr
        || s->vaddr + s->bytes > boot_load_limit
        || !memory_is_free(s->vaddr & ~PAGE_MASK,
                           round_up(s->vaddr + s->bytes, PAGE_SIZE)))
        bad_boot("%s wants memory %x-%x, which is not free: too large, or "
                 "linked at a wrong address", what, s->vaddr,
                 s->vaddr + s->bytes);
    memcpy(boot_view(s->vaddr), (const char *)boot_view(m->from) + s->offset,
           s->file_bytes);
    memset((char *)boot_view(s->vaddr) + s->file_bytes, 0,
           s->bytes - s->file_bytes);
}

struct loaded
boot_load(uint32_t i, const char *what)
{
    const struct module *m = &modules[i];
    const struct elf_header *h = check_header(m, what);
    const struct elf_segment *s =
        (const void *)((const char *)boot_view(m->from) + h->segments);
    struct loaded out = {~0u, 0, h->entry};

    for (unsigned n = 0; n < h->segment_count; n++) {
        if (s[n].type != ELF_LOAD || s[n].bytes == 0)
            continue;
        load_segment(m, &s[n], what);
        out.low = min_u32(out.low, s[n].vaddr);
        out.high = max_u32(out.high, s[n].vaddr + s[n].bytes);
    }
    if (out.entry < out.low || out.entry >= out.high)
        bad_boot("%s starts at %x, outside its image", what, out.entry);
    return out;
}
