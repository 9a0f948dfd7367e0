/*
 * ext2.c - reading an ext2 file system (ext2.h).
 */
#include "ext2.h"

#include <pn/libc.h>

#define SECTOR           512u
#define SUPER_SECTOR     2u
#define MAGIC            0xef53u
#define GROUP_BYTES      32u
#define GROUP_INODES     8u /* offset of the table's block in a descriptor */
#define DIRECT           12u
#define ENTRY_BYTES      8u
#define INCOMPAT_KNOWN   0x0002u /* file types in directory entries */
#define MODE_TYPE        0xf000u
#define MODE_FILE        0x8000u
#define MODE_DIRECTORY   0x4000u
#define MODE_LINK        0xa000u
#define FAST_LINK_BYTES  60u
#define PATH_MAX_BYTES   512u
#define FLAG_EXTENTS     0x80000u

static uint32_t le16(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8;
}

static uint32_t le32(const uint8_t *p)
{
    return le16(p) | le16(p + 2) << 16;
}

static const uint8_t *cache(const struct ext2 *fs)
{
    return (const uint8_t *)fs->block;
}

/* Have block `n` in the cache. */
static int load(struct ext2 *fs, uint32_t n)
{
    uint32_t sectors = fs->block_bytes / SECTOR;

    if (n == fs->cached && n != 0)
        return 0;
    if (n < fs->first_block || n >= fs->blocks)
        return EXT2_DAMAGED;
    fs->cached = 0;
    if (fs->read(fs->disk, n * sectors, sectors, fs->block) != 0)
        return EXT2_DISK;
    fs->cached = n;
    return 0;
}

int ext2_open(struct ext2 *fs, ext2_read *read, void *disk)
{
    const uint8_t *super = (const uint8_t *)fs->block;
    uint32_t log, features = 0;

    *fs = (struct ext2){.read = read, .disk = disk};
    if (read(disk, SUPER_SECTOR, 2, fs->block) != 0)
        return EXT2_DISK;
    if (le16(super + 56) != MAGIC)
        return EXT2_DAMAGED;
    log = le32(super + 24);
    if (log > 2)
        return EXT2_UNSUPPORTED;
    fs->block_bytes = 1024u << log;
    fs->inodes = le32(super);
    fs->blocks = le32(super + 4);
    fs->first_block = le32(super + 20);
    fs->blocks_per_group = le32(super + 32);
    fs->inodes_per_group = le32(super + 40);
    fs->inode_bytes = 128;
    if (le32(super + 76) != 0) { /* revision 1 */
        fs->inode_bytes = le16(super + 88);
        features = le32(super + 96);
    }
    if ((features & ~INCOMPAT_KNOWN) != 0)
        return EXT2_UNSUPPORTED;
    if (fs->first_block > 1 || fs->blocks_per_group == 0 ||
        fs->inodes_per_group == 0 || fs->inode_bytes < 128 ||
        fs->inode_bytes > fs->block_bytes ||
        (fs->inode_bytes & (fs->inode_bytes - 1)) != 0 ||
        fs->blocks > 0xffffffffu / (fs->block_bytes / SECTOR))
        return EXT2_DAMAGED;
    return 0;
}

static enum ext2_type type_of(uint32_t mode)
{
    switch (mode & MODE_TYPE) {
    case MODE_FILE:
        return EXT2_FILE;
    case MODE_DIRECTORY:
        return EXT2_DIRECTORY;
    case MODE_LINK:
        return EXT2_LINK;
    default:
        return EXT2_OTHER;
    }
}

int ext2_inode(struct ext2 *fs, uint32_t number, struct ext2_inode *out)
{
    uint32_t group, index, at, table;
    const uint8_t *inode;
    int error;

    if (number == 0 || number > fs->inodes)
        return EXT2_DAMAGED;
    group = (number - 1) / fs->inodes_per_group;
    index = (number - 1) % fs->inodes_per_group;
    at = group * GROUP_BYTES;
    error = load(fs, fs->first_block + 1 + at / fs->block_bytes);
    if (error != 0)
        return error;
    table = le32(cache(fs) + at % fs->block_bytes + GROUP_INODES);
    at = index * fs->inode_bytes;
    if (table >= fs->blocks)
        return EXT2_DAMAGED;
    error = load(fs, table + at / fs->block_bytes);
    if (error != 0)
        return error;
    inode = cache(fs) + at % fs->block_bytes;
    out->number = number;
    out->type = type_of(le16(inode));
    out->bytes = le32(inode + 4);
    if ((le32(inode + 32) & FLAG_EXTENTS) != 0)
        return EXT2_UNSUPPORTED;
    if (out->type == EXT2_FILE && le32(inode + 108) != 0)
        return EXT2_UNSUPPORTED; /* 4 GB and more */
    for (unsigned i = 0; i < 15; i++)
        out->block[i] = le32(inode + 40 + i * 4);
    return 0;
}

/* Which block is the n-th of the file? 0: a hole. */
static int block_of(struct ext2 *fs, const struct ext2_inode *inode, uint32_t n,
                    uint32_t *out)
{
    uint32_t per_block = fs->block_bytes / 4, span = 1, depth = 0, at;

    if (n < DIRECT) {
        *out = inode->block[n];
        return 0;
    }
    n -= DIRECT;
    for (depth = 1;; depth++) { /* n < span of that depth? */
        if (depth == 4)
            return EXT2_DAMAGED;
        if (n / span < per_block)
            break;
        n -= span * per_block;
        span *= per_block;
    }
    at = inode->block[DIRECT + depth - 1];
    for (; depth > 0 && at != 0; depth--, span /= per_block) {
        int error = load(fs, at);

        if (error != 0)
            return error;
        at = le32(cache(fs) + n / span % per_block * 4);
    }
    *out = at;
    return 0;
}

int ext2_get(struct ext2 *fs, const struct ext2_inode *inode, uint32_t at,
             void *to, uint32_t n)
{
    char *out = to;
    uint32_t done = 0;

    if (at >= inode->bytes)
        return 0;
    if (n > inode->bytes - at)
        n = inode->bytes - at;
    while (done < n) {
        uint32_t offset = (at + done) % fs->block_bytes;
        uint32_t some = fs->block_bytes - offset, block = 0;
        int error = block_of(fs, inode, (at + done) / fs->block_bytes, &block);

        if (some > n - done)
            some = n - done;
        if (error == 0 && block != 0)
            error = load(fs, block);
        if (error != 0)
            return error;
        if (block == 0)
            memset(out + done, 0, some);
        else
            memcpy(out + done, cache(fs) + offset, some);
        done += some;
    }
    return (int)done;
}

int ext2_entry(struct ext2 *fs, const struct ext2_inode *directory,
               uint32_t *at, char name[EXT2_NAME_MAX + 1])
{
    if (directory->type != EXT2_DIRECTORY)
        return EXT2_NO_FILE;
    while (directory->bytes - *at >= ENTRY_BYTES && *at < directory->bytes) {
        uint8_t head[ENTRY_BYTES];
        uint32_t number, length, begin = *at;
        int got = ext2_get(fs, directory, begin, head, ENTRY_BYTES);

        if (got < 0)
            return got;
        number = le32(head);
        length = le16(head + 4);
        if (length < ENTRY_BYTES || length % 4 != 0 ||
            length > fs->block_bytes - begin % fs->block_bytes ||
            (uint32_t)head[6] + ENTRY_BYTES > length)
            return EXT2_DAMAGED;
        *at = begin + length;
        if (number == 0)
            continue;
        got = ext2_get(fs, directory, begin + ENTRY_BYTES, name, head[6]);
        if (got < 0)
            return got;
        name[head[6]] = '\0';
        return number > 0x7fffffffu ? EXT2_DAMAGED : (int)number;
    }
    return 0;
}

static int find_in(struct ext2 *fs, uint32_t directory, const char *name,
                   size_t length)
{
    char found[EXT2_NAME_MAX + 1];
    struct ext2_inode inode;
    uint32_t at = 0;
    int number = ext2_inode(fs, directory, &inode);

    if (number < 0)
        return number;
    if (inode.type != EXT2_DIRECTORY)
        return EXT2_NOT_FOUND;
    while ((number = ext2_entry(fs, &inode, &at, found)) > 0)
        if (strlen(found) == length && memcmp(found, name, length) == 0)
            return number;
    return number < 0 ? number : EXT2_NOT_FOUND;
}

/* The text of a symbolic link; its length. */
static int link_text(struct ext2 *fs, const struct ext2_inode *inode, char *to,
                     uint32_t room)
{
    if (inode->bytes == 0 || inode->bytes > room)
        return EXT2_DAMAGED;
    if (inode->bytes < FAST_LINK_BYTES) { /* in the inode itself */
        for (uint32_t i = 0; i < inode->bytes; i++)
            to[i] = (char)(inode->block[i / 4] >> i % 4 * 8);
        return (int)inode->bytes;
    }
    return ext2_get(fs, inode, 0, to, inode->bytes);
}

/*
 * Resolves step by step. `path` is what is still to go; a link's text takes the
 * place of the step, in front of the rest.
 */
int ext2_find(struct ext2 *fs, const char *path, size_t length)
{
    char rest[2][PATH_MAX_BYTES];
    uint32_t here = EXT2_ROOT;
    unsigned links = 0;

    while (length > 0) {
        struct ext2_inode inode;
        size_t step = 0;
        int found, error;

        if (*path == '/') {
            path++;
            length--;
            continue;
        }
        while (step < length && path[step] != '/')
            step++;
        found = find_in(fs, here, path, step);
        if (found < 0)
            return found;
        path += step;
        length -= step;
        error = ext2_inode(fs, (uint32_t)found, &inode);
        if (error < 0)
            return error;
        if (inode.type == EXT2_LINK) {
            char *next = rest[links % 2];
            int n;

            if (++links > EXT2_LINK_DEPTH)
                return EXT2_NOT_FOUND;
            n = link_text(fs, &inode, next, PATH_MAX_BYTES);
            if (n < 0)
                return n;
            if ((size_t)n + 1 + length > PATH_MAX_BYTES)
                return EXT2_NOT_FOUND;
            next[n] = '/';
            memcpy(next + n + 1, path, length);
            path = next;
            length += (size_t)n + 1;
            if (*path == '/')
                here = EXT2_ROOT;
        } else {
            here = (uint32_t)found;
        }
    }
    return (int)here;
}
