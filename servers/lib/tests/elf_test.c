/*
 * elf_test.c - a program file may hold anything: the loader must say what is
 * wrong and never read outside the file or write outside the image.
 */
#include "check.h"

#include <pn/elf.h>

#include <stdlib.h>
#include <string.h>

enum { FILE_SIZE = 512, CODE = 0x100 };

static void put(unsigned char *p, unsigned bytes, uint32_t value)
{
    for (; bytes > 0; bytes--, value >>= 8)
        *p++ = (unsigned char)value;
}

static void put_segment(unsigned char *file, unsigned n, uint32_t offset,
                        uint32_t address, uint32_t file_size, uint32_t size)
{
    unsigned char *p = file + 52 + 32 * n;

    put(p, 4, 1);
    put(p + 4, 4, offset);
    put(p + 8, 4, address);
    put(p + 16, 4, file_size);
    put(p + 20, 4, size);
}

/* A good program with one segment: 64 bytes of file, 256 of memory. */
static void make_good(unsigned char *file)
{
    memset(file, 0, FILE_SIZE);
    memcpy(file, "\177ELF\1\1\1", 7);
    put(file + 16, 2, 2);
    put(file + 18, 2, 3);
    put(file + 24, 4, 0x10000);
    put(file + 28, 4, 52);
    put(file + 42, 2, 32);
    put(file + 44, 2, 1);
    put_segment(file, 0, CODE, 0x10000, 64, 256);
    for (int i = 0; i < 64; i++)
        file[CODE + i] = (unsigned char)(i + 1);
}

static const char *open_it(const unsigned char *file, size_t size)
{
    struct pn_elf elf;

    return pn_elf_open(&elf, file, size, 0xbf000000);
}

/* A file that differs from the good one in a few bytes is refused with `why`.
 */
static void refused(unsigned at, unsigned bytes, uint32_t value,
                    const char *why)
{
    unsigned char file[FILE_SIZE];
    const char *error;

    make_good(file);
    put(file + at, bytes, value);
    error = open_it(file, FILE_SIZE);
    CHECK(error && strcmp(error, why) == 0, "refused: %s", why);
}

static void test_good(void)
{
    unsigned char file[FILE_SIZE];
    unsigned char image[256];
    struct pn_elf elf;

    make_good(file);
    CHECK(!pn_elf_open(&elf, file, FILE_SIZE, 0), "a good program is accepted");
    CHECK(elf.low == 0x10000 && elf.high == 0x10100 && elf.entry == 0x10000,
          "its bounds and its entry are right");
    memset(image, 0xee, sizeof image);
    pn_elf_load(&elf, 0x10000, image, sizeof image);
    CHECK(image[0] == 1 && image[63] == 64 && image[64] == 0 && image[255] == 0,
          "its bytes are loaded and its bss is zero");
    pn_elf_load(&elf, 0xfff0, image, 32);
    CHECK(image[15] == 0 && image[16] == 1 && image[31] == 16,
          "a page that begins before the segment is filled from its middle");
    pn_elf_load(&elf, 0x10020, image, 64);
    CHECK(image[0] == 33 && image[31] == 64 && image[32] == 0,
          "a page that begins inside the segment gets the rest of it");
    pn_elf_load(&elf, 0x20000, image, 64);
    CHECK(image[0] == 0 && image[63] == 0, "a page beyond is zero");
}

static void test_bad(void)
{
    unsigned char file[FILE_SIZE];
    const char *outside = "segment outside the file";
    const char *beyond = "segment beyond the end of user memory";

    refused(0, 1, 0x7e, "not an ELF file");
    refused(4, 1, 2, "not a 32-bit x86 program");
    refused(5, 1, 2, "not a 32-bit x86 program");
    refused(18, 2, 62, "not a 32-bit x86 program");
    refused(16, 2, 3, "not a statically linked program");
    refused(42, 2, 56, "program headers of a wrong size");
    refused(28, 4, 500, "program headers outside the file");
    refused(28, 4, 0xfffffff0, "program headers outside the file");
    refused(44, 2, 0xffff, "program headers outside the file");
    refused(52, 4, 3, "not a statically linked program");
    refused(52, 4, 0, "no loadable segment");
    refused(52 + 4, 4, 500, outside);
    refused(52 + 4, 4, 0xffffffe0, outside);
    refused(52 + 16, 4, 0x1000, "segment larger in the file than in memory");
    refused(52 + 8, 4, 0xbeffffff, beyond);
    refused(52 + 8, 4, 0xfffffff0, beyond);
    refused(52 + 20, 4, 0xffffffff, beyond);
    refused(24, 4, 0x10100, "entry point outside the program");
    refused(24, 4, 0xffff, "entry point outside the program");

    make_good(file);
    put(file + 44, 2, 2);
    put_segment(file, 1, CODE, 0x100ff, 1, 1);
    CHECK(open_it(file, FILE_SIZE) != NULL, "refused: overlapping segments");
    put_segment(file, 1, CODE, 0x10100, 1, 1);
    CHECK(open_it(file, FILE_SIZE) == NULL, "adjoining segments are accepted");

    make_good(file);
    put(file + 44, 2, 9);
    for (unsigned n = 0; n < 9; n++)
        put_segment(file, n, 0, 0x10000 + n * 0x1000, 1, 1);
    CHECK(open_it(file, FILE_SIZE) != NULL, "refused: nine segments");
}

/* Every length of a cut file, from an exact allocation: the sanitizer sees any
 * byte read beyond it. */
static void test_cut(void)
{
    unsigned char file[FILE_SIZE];
    size_t accepted = 0;

    make_good(file);
    for (size_t size = 0; size <= FILE_SIZE; size++) {
        unsigned char *cut = malloc(size + 1);

        if (!cut)
            return;
        memcpy(cut + 1, file, size);
        if (!open_it(cut + 1, size))
            accepted++;
        free(cut);
    }
    CHECK(accepted == FILE_SIZE - (CODE + 64) + 1,
          "a file cut anywhere before its last byte in use is refused");
}

/* Random damage: whatever is still accepted must load within bounds. */
static void test_damage(void)
{
    uint32_t seed = 1;
    unsigned accepted = 0;

    for (int round = 0; round < 20000; round++) {
        unsigned char *file = malloc(FILE_SIZE);
        unsigned char page[64];
        struct pn_elf elf;

        if (!file)
            return;
        make_good(file);
        for (int n = 0; n < 3; n++) {
            seed = seed * 1664525 + 1013904223;
            file[(seed >> 8) % 116] = (unsigned char)(seed >> 24);
        }
        if (!pn_elf_open(&elf, file, FILE_SIZE, 0)) {
            accepted++;
            pn_elf_load(&elf, elf.low, page, sizeof page);
            pn_elf_load(&elf, elf.high - 32, page, sizeof page);
            pn_elf_load(&elf, seed, page, sizeof page);
        }
        free(file);
    }
    CHECK(accepted > 100, "randomly damaged files load within bounds");
}

int main(void)
{
    test_good();
    test_bad();
    test_cut();
    test_damage();
    return check_end();
}
