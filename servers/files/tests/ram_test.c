/*
 * ram_test.c - tar's archives, damaged ones, and changes against a model.
 */
#include "check.h"
#include "../ram.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MEMORY (64 * RAM_BLOCK)
#define FILES  10
#define LIMIT  20000

static struct ram ram;
static char memory[MEMORY];

static char *archive;
static size_t archive_bytes;

static void make_archive(void)
{
    char folder[] = "/tmp/pinenut-ram-XXXXXX", command[600];
    FILE *file;

    if (!mkdtemp(folder))
        abort();
    snprintf(command, sizeof command,
             "cd %s && mkdir -p t/etc/deep && printf 'hello\\n' > t/motd && "
             "seq 1 2000 > t/etc/numbers && : > t/empty && ln -s motd t/link && "
             "tar -C t --format=ustar -cf a .",
             folder);
    if (system(command) != 0)
        abort();
    snprintf(command, sizeof command, "%s/a", folder);
    file = fopen(command, "rb");
    archive = malloc(1 << 20);
    archive_bytes = fread(archive, 1, 1 << 20, file);
    fclose(file);
    snprintf(command, sizeof command, "rm -r %s", folder);
    if (system(command) != 0)
        abort();
}

static int find(const char *path)
{
    return ram_find(&ram, path, strlen(path));
}

static int contains(const char *text, size_t length, const char *word)
{
    size_t n = strlen(word);

    for (size_t i = 0; i + n <= length; i++)
        if (memcmp(text + i, word, n) == 0)
            return 1;
    return 0;
}

static void from_tar(void)
{
    char text[9000];
    char *at = text;
    uint32_t cursor = 0;
    unsigned entries = 0;
    int n;

    CHECK(ram_open(&ram, archive, archive_bytes, memory, MEMORY) == 5,
          "three files and two directories; the link is left out");
    for (int i = 1; i <= 2000; i++)
        at += sprintf(at, "%d\n", i);
    n = find("/etc/numbers");
    CHECK(n > 0 && ram_node(&ram, (uint32_t)n)->bytes == strlen(text),
          "a file of the archive has its length");
    if (n > 0) {
        static char got[9000];

        CHECK(ram_read(&ram, (uint32_t)n, 0, got, sizeof got) ==
                      (int)strlen(text) &&
                  memcmp(got, text, strlen(text)) == 0 &&
                  ram_read(&ram, (uint32_t)n, 5000, got, 10) == 10 &&
                  memcmp(got, text + 5000, 10) == 0 &&
                  ram_read(&ram, (uint32_t)n, 1u << 31, got, 10) == 0,
              "and its bytes");
    }
    CHECK(find("motd") > 0 && find("//etc//deep/") == find("etc/deep") &&
              find("/") == RAM_ROOT && find("") == RAM_ROOT,
          "paths with more and with fewer strokes");
    CHECK(find("/motd/x") == RAM_NOT_FOUND && find("/none") == RAM_NOT_FOUND &&
              find("/none/x") == RAM_NOT_FOUND,
          "what is not there is not found");
    while (ram_entry(&ram, RAM_ROOT, &cursor) > 0)
        entries++;
    CHECK(entries == 3, "the root lists three entries");
    CHECK(ram_write(&ram, (uint32_t)find("motd"), 1, "EL", 2) == 2 &&
              ram_read(&ram, (uint32_t)find("motd"), 0, text, 100) == 6 &&
              memcmp(text, "hELlo\n", 6) == 0 &&
              !contains(archive, archive_bytes, "hELlo"),
          "what is written to one is not in the archive");
    CHECK(ram_cut(&ram, (uint32_t)find("etc/numbers"), 4) == 0 &&
              ram_write(&ram, (uint32_t)find("etc/numbers"), 6, "z", 1) == 1 &&
              ram_read(&ram, (uint32_t)find("etc/numbers"), 0, text, 100) ==
                  7 &&
              memcmp(text, "1\n2\n\0\0z", 7) == 0,
          "cut, then written behind the end: zeros between");
    CHECK(ram_remove(&ram, "etc", 3) == RAM_NOT_EMPTY &&
              ram_remove(&ram, "etc/deep", 8) == 0 &&
              find("etc/deep") == RAM_NOT_FOUND &&
              ram_remove(&ram, "/", 1) == RAM_INVALID,
          "directories go when they are empty, the root never");
    CHECK(ram_create(&ram, "motd", 4, 0) == RAM_INVALID &&
              ram_create(&ram, "a/b", 3, 0) == RAM_NOT_FOUND &&
              ram_create(&ram, "etc/..", 6, 0) == RAM_INVALID,
          "names that cannot be made");
    CHECK(ram_read(&ram, 0, 0, text, 1) == RAM_NOT_FOUND &&
              ram_read(&ram, 9999, 0, text, 1) == RAM_NOT_FOUND &&
              ram_read(&ram, RAM_ROOT, 0, text, 1) == RAM_WRONG_TYPE &&
              ram_write(&ram, RAM_ROOT, 0, text, 1) == RAM_WRONG_TYPE,
          "numbers that are no file's");
}

static void damaged(void)
{
    char *copy = malloc(archive_bytes);
    unsigned seed = 3, sane = 1;

    for (unsigned round = 0; round < 2000; round++) {
        size_t length = archive_bytes;

        memcpy(copy, archive, archive_bytes);
        for (unsigned i = 0; i <= round % 5; i++) {
            seed = seed * 1664525 + 1013904223;
            copy[(seed >> 8) % archive_bytes] ^= (char)(1 << (seed >> 29));
        }
        if (round % 2)
            length = (seed >> 8) % archive_bytes;
        sane &= ram_open(&ram, copy, length, memory, MEMORY) <= 6;
        for (uint32_t n = 1; n <= RAM_NODES; n++) {
            char text[64];

            (void)ram_read(&ram, n, 3, text, sizeof text);
        }
    }
    free(copy);
    CHECK(sane, "damaged in 2,000 ways, it is read as far as it makes sense");
}

/* --- against a model --- */

static char model[FILES][LIMIT];
static uint32_t model_bytes[FILES];
static int model_is[FILES];
static unsigned seed = 11;

static unsigned random_below(unsigned n)
{
    seed = seed * 1664525 + 1013904223;
    return (seed >> 8) % n;
}

static int step(unsigned which, const char *path)
{
    static char junk[3000], got[LIMIT];
    int number = find(path), room;
    uint32_t at = random_below(6000), n = random_below(3000);

    if ((number > 0) != model_is[which])
        return 0;
    if (!model_is[which]) {
        if (ram_create(&ram, path, strlen(path), 0) > 0)
            model_is[which] = 1;
        model_bytes[which] = 0;
        return 1;
    }
    switch (random_below(8)) {
    case 0:
        model_is[which] = 0;
        return ram_remove(&ram, path, strlen(path)) == 0;
    case 1:
        if (at < model_bytes[which])
            model_bytes[which] = at;
        return ram_cut(&ram, (uint32_t)number, at) == 0;
    case 2:
    case 3:
    case 4:
        for (uint32_t i = 0; i < n; i++)
            junk[i] = (char)random_below(256);
        room = ram_write(&ram, (uint32_t)number, at, junk, n);
        if (room == RAM_NO_ROOM)
            return 1;
        if (room != (int)n)
            return 0;
        if (n > 0 && at > model_bytes[which])
            memset(model[which] + model_bytes[which], 0,
                   at - model_bytes[which]);
        memcpy(model[which] + at, junk, n);
        if (n > 0 && at + n > model_bytes[which])
            model_bytes[which] = at + n;
        return 1;
    default:
        return ram_read(&ram, (uint32_t)number, 0, got, LIMIT) ==
                   (int)model_bytes[which] &&
               memcmp(got, model[which], model_bytes[which]) == 0;
    }
}

static void against_model(void)
{
    unsigned right = 0;

    (void)ram_open(&ram, NULL, 0, memory, MEMORY);
    for (unsigned i = 0; i < 20000; i++) {
        unsigned which = random_below(FILES);
        char path[8];

        snprintf(path, sizeof path, "f%u", which);
        right += (unsigned)step(which, path);
    }
    CHECK(right == 20000, "20,000 random changes and reads, as in the model");
    for (unsigned which = 0; which < FILES; which++) {
        char path[8];

        snprintf(path, sizeof path, "f%u", which);
        (void)ram_remove(&ram, path, strlen(path));
    }
    CHECK(ram.free_blocks == ram.blocks, "with all removed, all room is back");
}

static void full(void)
{
    unsigned n = 0;
    char name[16];

    (void)ram_open(&ram, NULL, 0, memory, MEMORY);
    do
        snprintf(name, sizeof name, "n%u", n++);
    while (ram_create(&ram, name, strlen(name), 0) > 0);
    CHECK(n == RAM_NODES && ram_create(&ram, "x", 1, 1) == RAM_NO_ROOM,
          "no more names than there is room for");
}

int main(void)
{
    make_archive();
    from_tar();
    damaged();
    against_model();
    full();
    free(archive);
    return check_end();
}
