/*
 * ext2.h - reading an ext2 file system (revision 0 or 1).
 *
 * Everything on the disk may be wrong: each number is checked before it is
 * used, and what makes no sense is EXT2_DAMAGED, never an endless loop. Blocks
 * come through `read`, one in the cache. Pure; the host tests run it over images
 * that mke2fs makes, and over damaged ones.
 *
 * Facts: the ext2 layout as in the Linux documentation,
 * filesystems/ext2.rst and ext4's "ondisk" pages.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define EXT2_ROOT       2u
#define EXT2_NAME_MAX   255
#define EXT2_BLOCK_MAX  4096u
#define EXT2_LINK_DEPTH 8 /* symbolic links in a path */

enum ext2_error {
    EXT2_NOT_FOUND = -1,
    EXT2_DAMAGED = -2,   /* or no ext2 at all */
    EXT2_DISK = -3,      /* cannot be read */
    EXT2_UNSUPPORTED = -4, /* a feature, such as extents */
    EXT2_NO_FILE = -5,   /* a directory where a file is wanted, or the reverse */
};

enum ext2_type { EXT2_FILE, EXT2_DIRECTORY, EXT2_LINK, EXT2_OTHER };

/* Reads 512-byte sectors; 0, or anything else: it can't. */
typedef int ext2_read(void *disk, uint32_t sector, uint32_t count, void *to);

struct ext2 {
    ext2_read *read;
    void *disk;
    uint32_t block_bytes;
    uint32_t blocks, inodes;
    uint32_t blocks_per_group, inodes_per_group;
    uint32_t inode_bytes;
    uint32_t first_block;  /* that holds data: 0, or 1 with blocks of 1 KB */
    uint32_t cached;       /* number of the block in `block`; 0: none */
    uint32_t block[EXT2_BLOCK_MAX / 4];
};

struct ext2_inode {
    enum ext2_type type;
    uint32_t number;
    uint32_t bytes;
    uint32_t block[15];
};

/* All return 0 or more, or an enum ext2_error. */
int ext2_open(struct ext2 *fs, ext2_read *read, void *disk);
int ext2_inode(struct ext2 *fs, uint32_t number, struct ext2_inode *out);

/* "/a/b" from the root, symbolic links followed; the inode's number. */
int ext2_find(struct ext2 *fs, const char *path, size_t length);

/* Up to `n` bytes of a file from `at` on; how many. */
int ext2_get(struct ext2 *fs, const struct ext2_inode *inode, uint32_t at,
             void *to, uint32_t n);

/*
 * The entry of a directory at or behind *at (0 at first): its inode's number and
 * its name, with a NUL. *at is then behind it. 0: there are no more.
 */
int ext2_entry(struct ext2 *fs, const struct ext2_inode *directory,
               uint32_t *at, char name[EXT2_NAME_MAX + 1]);
