/*
 * ext2_test.c - an image that mke2fs (e2fsprogs) makes of a folder holds what
 * the folder holds; damaged, it is refused or read, nothing worse.
 */
#include "check.h"
#include "../ext2.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/stat.h>

struct image {
    unsigned char *bytes;
    size_t length;
    unsigned reads;
};

static struct ext2 fs;

static int read_image(void *disk, uint32_t sector, uint32_t count, void *to)
{
    struct image *image = disk;

    image->reads++;
    if ((size_t)(sector + (uint64_t)count) * 512 > image->length)
        return 1;
    memcpy(to, image->bytes + (size_t)sector * 512, (size_t)count * 512);
    return 0;
}

static void put(const char *folder, const char *name, size_t bytes)
{
    char path[512];
    FILE *file;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    file = fopen(path, "wb");
    for (size_t i = 0; i < bytes; i++)
        fputc((int)((i * 2654435761u >> 13) & 255), file);
    fclose(file);
}

/* Is the file what put() wrote? */
static int is_right(const char *path, size_t bytes, uint32_t step)
{
    static unsigned char buffer[70000];
    struct ext2_inode inode;
    int number = ext2_find(&fs, path, strlen(path));
    uint32_t at = 0;

    if (number < 0 || ext2_inode(&fs, (uint32_t)number, &inode) != 0 ||
        inode.type != EXT2_FILE || inode.bytes != bytes)
        return 0;
    while (at < bytes) {
        int n = ext2_get(&fs, &inode, at, buffer, step);

        if (n <= 0)
            return 0;
        for (int i = 0; i < n; i++)
            if (buffer[i] != (((at + (uint32_t)i) * 2654435761u >> 13) & 255))
                return 0;
        at += (uint32_t)n;
    }
    return ext2_get(&fs, &inode, at, buffer, 1) == 0;
}

static struct image load_image(const char *name)
{
    struct image image = {0};
    FILE *file = fopen(name, "rb");

    fseek(file, 0, SEEK_END);
    image.length = (size_t)ftell(file);
    rewind(file);
    image.bytes = malloc(image.length);
    if (fread(image.bytes, 1, image.length, file) != image.length)
        abort();
    fclose(file);
    return image;
}

static struct image make(const char *folder, unsigned block, const char *size)
{
    char command[1024];
    struct image image;

    snprintf(command, sizeof command,
             "PATH=$PATH:/sbin:/usr/sbin mke2fs -q -t ext2 -b %u -d %s/tree "
             "-F %s/image %s >%s/said 2>&1",
             block, folder, folder, size, folder);
    if (system(command) != 0)
        abort();
    snprintf(command, sizeof command, "%s/image", folder);
    image = load_image(command);
    return image;
}

static void holds(struct image *image, unsigned block)
{
    char name[EXT2_NAME_MAX + 1];
    struct ext2_inode inode;
    uint32_t at = 0;
    unsigned entries = 0;

    CHECK(ext2_open(&fs, read_image, image) == 0, "%u: it opens", block);
    CHECK(is_right("/small", 100, 7) && is_right("small", 100, 1000) &&
              is_right("//deep/er/file", 5000, 513),
          "%u: small files, in directories, too", block);
    CHECK(is_right("/empty", 0, 1), "%u: an empty one", block);
    CHECK(is_right("/large", 700000, 65536) && is_right("/large", 700000, 4097),
          "%u: one with indirect blocks, of two depths", block);
    CHECK(is_right("/link", 100, 100) && is_right("/deep/up", 100, 100) &&
              is_right("/deep/absolute", 5000, 4096),
          "%u: symbolic links, in the middle, too", block);
    CHECK(ext2_find(&fs, "/loop/x", 7) == EXT2_NOT_FOUND,
          "%u: a loop of links ends", block);
    CHECK(ext2_find(&fs, "/none", 5) == EXT2_NOT_FOUND &&
              ext2_find(&fs, "/small/x", 8) == EXT2_NOT_FOUND &&
              ext2_find(&fs, "/", 1) == (int)EXT2_ROOT,
          "%u: what is not there is not found", block);
    if (ext2_inode(&fs, EXT2_ROOT, &inode) != 0)
        abort();
    while (ext2_entry(&fs, &inode, &at, name) > 0)
        entries++;
    CHECK(entries == 9, "%u: the root has nine entries (%u)", block, entries);
}

/* Read everything that can be found from the root, to some depth. */
static void walk(uint32_t directory, int depth, unsigned *left)
{
    static char buffer[4096];
    char name[EXT2_NAME_MAX + 1];
    struct ext2_inode inode, child;
    uint32_t at = 0;
    int number;

    if (depth == 0 || ext2_inode(&fs, directory, &inode) != 0)
        return;
    while (*left > 0 && (number = ext2_entry(&fs, &inode, &at, name)) > 0) {
        --*left;
        (void)ext2_find(&fs, name, strlen(name));
        if (ext2_inode(&fs, (uint32_t)number, &child) != 0)
            continue;
        (void)ext2_get(&fs, &child, child.bytes / 2, buffer, sizeof buffer);
        if (child.type == EXT2_DIRECTORY && name[0] != '.')
            walk((uint32_t)number, depth - 1, left);
    }
}

static void damaged(const struct image *whole)
{
    struct image image = *whole;
    unsigned opened = 0, seed = 7;

    image.bytes = malloc(image.length);
    for (unsigned round = 0; round < 400; round++) {
        unsigned left = 60;

        memcpy(image.bytes, whole->bytes, whole->length);
        for (unsigned i = 0; i <= round % 40; i++) {
            seed = seed * 1664525 + 1013904223;
            /* Most of it where the structures are. */
            image.bytes[1024 + (seed >> 7) % (round % 2 ? 40000 : 200)] ^=
                (unsigned char)(1 << (seed >> 29));
        }
        image.length = round % 5 == 0 ? whole->length / 3 : whole->length;
        if (ext2_open(&fs, read_image, &image) == 0) {
            opened++;
            walk(EXT2_ROOT, 4, &left);
        }
    }
    free(image.bytes);
    CHECK(opened > 20, "damaged in 400 ways, it is refused or read (%u opened)",
          opened);
}

int main(void)
{
    char folder[] = "/tmp/pinenut-ext2-XXXXXX", command[1024];
    struct image image;

    if (!mkdtemp(folder))
        abort();
    snprintf(command, sizeof command,
             "cd %s && mkdir -p tree/deep/er && cd tree && ln -s small link && "
             "ln -s ../small deep/up && ln -s /deep/er/file deep/absolute && "
             "ln -s loop loop",
             folder);
    if (system(command) != 0)
        abort();
    snprintf(command, sizeof command, "%s/tree", folder);
    put(command, "small", 100);
    put(command, "empty", 0);
    put(command, "large", 700000);
    put(command, "deep/er/file", 5000);
    image = make(folder, 1024, "3M");
    holds(&image, 1024);
    damaged(&image);
    free(image.bytes);
    image = make(folder, 4096, "5M");
    holds(&image, 4096);
    memset(image.bytes, 0, image.length);
    CHECK(ext2_open(&fs, read_image, &image) == EXT2_DAMAGED,
          "zeros are no file system");
    free(image.bytes);
    snprintf(command, sizeof command, "rm -r %s", folder);
    if (system(command) != 0)
        abort();
    return check_end();
}
