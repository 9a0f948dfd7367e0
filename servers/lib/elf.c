/*
 * elf.c - reading ELF32 executables (pn/elf.h).
 *
 * Words are assembled byte by byte: the file may lie anywhere, and the tests
 * run on other machines. Every sum is checked as "n <= size - offset".
 */
#include <pn/elf.h>
#include <pn/libc.h>

/* Byte offsets in the ELF header. */
enum {
    E_IDENT_CLASS = 4,
    E_IDENT_DATA = 5,
    E_TYPE = 16,
    E_MACHINE = 18,
    E_ENTRY = 24,
    E_PHOFF = 28,
    E_PHENTSIZE = 42,
    E_PHNUM = 44,
    E_SIZE = 52
};

/* Byte offsets in a program header. */
enum {
    P_TYPE = 0,
    P_OFFSET = 4,
    P_VADDR = 8,
    P_FILESZ = 16,
    P_MEMSZ = 20,
    P_SIZE = 32
};

enum { CLASS_32 = 1, DATA_LITTLE = 1, TYPE_EXEC = 2, MACHINE_386 = 3 };
enum { PT_LOAD = 1, PT_DYNAMIC = 2, PT_INTERP = 3 };

static uint32_t half(const unsigned char *p)
{
    return p[0] | (uint32_t)p[1] << 8;
}

static uint32_t word(const unsigned char *p)
{
    return half(p) | half(p + 2) << 16;
}

static const char *check_header(const unsigned char *file, size_t size)
{
    if (size < E_SIZE || memcmp(file, "\177ELF", 4) != 0)
        return "not an ELF file";
    if (file[E_IDENT_CLASS] != CLASS_32 || file[E_IDENT_DATA] != DATA_LITTLE ||
        half(file + E_MACHINE) != MACHINE_386)
        return "not a 32-bit x86 program";
    if (half(file + E_TYPE) != TYPE_EXEC)
        return "not a statically linked program";
    if (half(file + E_PHENTSIZE) != P_SIZE)
        return "program headers of a wrong size";
    if (word(file + E_PHOFF) > size ||
        half(file + E_PHNUM) > (size - word(file + E_PHOFF)) / P_SIZE)
        return "program headers outside the file";
    return NULL;
}

static const char *check_overlap(const struct pn_elf *elf,
                                 const struct pn_elf_segment *s)
{
    for (unsigned i = 0; i < elf->segments; i++) {
        const struct pn_elf_segment *other = &elf->segment[i];

        if (s->address - other->address < other->size ||
            other->address - s->address < s->size)
            return "overlapping segments";
    }
    return NULL;
}

/* Check one loadable segment and append it. */
static const char *add_segment(struct pn_elf *elf, const unsigned char *header,
                               size_t size, uint32_t last)
{
    struct pn_elf_segment s = {word(header + P_OFFSET), word(header + P_FILESZ),
                               word(header + P_VADDR), word(header + P_MEMSZ)};
    const char *error;

    if (s.file_size > s.size)
        return "segment larger in the file than in memory";
    if (s.file_size > size || s.offset > size - s.file_size)
        return "segment outside the file";
    if (s.size == 0)
        return NULL;
    if (s.address > last || s.size - 1 > last - s.address)
        return "segment beyond the end of user memory";
    if (elf->segments == PN_ELF_SEGMENTS)
        return "too many segments";
    error = check_overlap(elf, &s);
    if (error)
        return error;
    if (elf->segments == 0 || s.address < elf->low)
        elf->low = s.address;
    if (elf->segments == 0 || s.address + s.size > elf->high)
        elf->high = s.address + s.size;
    elf->segment[elf->segments++] = s;
    return NULL;
}

/* Is the entry inside a segment? */
static int entry_good(const struct pn_elf *elf)
{
    for (unsigned i = 0; i < elf->segments; i++)
        if (elf->entry - elf->segment[i].address < elf->segment[i].size)
            return 1;
    return 0;
}

const char *pn_elf_open(struct pn_elf *elf, const void *file, size_t size,
                        uint32_t limit)
{
    const unsigned char *bytes = file;
    const unsigned char *header;
    const char *error = check_header(bytes, size);
    uint32_t last = limit - 1;

    if (error)
        return error;
    /* `high` is the first address behind: the last byte of 4 GB is not ours. */
    if (last == UINT32_MAX)
        last--;
    *elf = (struct pn_elf){.file = bytes, .entry = word(bytes + E_ENTRY)};
    header = bytes + word(bytes + E_PHOFF);
    for (uint32_t n = half(bytes + E_PHNUM); n > 0; n--, header += P_SIZE) {
        uint32_t type = word(header + P_TYPE);

        if (type == PT_DYNAMIC || type == PT_INTERP)
            return "not a statically linked program";
        if (type != PT_LOAD)
            continue;
        error = add_segment(elf, header, size, last);
        if (error)
            return error;
    }
    if (elf->segments == 0)
        return "no loadable segment";
    if (!entry_good(elf))
        return "entry point outside the program";
    return NULL;
}

/* The smaller of two. */
static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

void pn_elf_load(const struct pn_elf *elf, uint32_t address, void *memory,
                 uint32_t n)
{
    unsigned char *to = memory;

    memset(to, 0, n);
    for (unsigned i = 0; i < elf->segments; i++) {
        const struct pn_elf_segment *s = &elf->segment[i];
        /* Part of the segment's file bytes in front of `address`, and part of
         * the range in front of the segment; one of them is 0. */
        uint32_t skip = address > s->address ? address - s->address : 0;
        uint32_t lead = s->address > address ? s->address - address : 0;

        if (skip >= s->file_size || lead >= n)
            continue;
        memcpy(to + lead, elf->file + s->offset + skip,
               least(n - lead, s->file_size - skip));
    }
}
