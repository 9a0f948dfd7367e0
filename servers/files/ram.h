/*
 * ram.h - files in memory: what a ustar archive holds, and what was written
 * since.
 *
 * A file of the archive is read where it lies. The first write to it, or a new
 * file, takes blocks of the memory that ram_open is given; so the archive stays
 * as it is. Nodes are numbered from 1, the root; a number is not used again
 * while another is free, so a stale one is found out most of the time.
 *
 * Whatever the archive says is checked; what makes no sense ends it there. Pure;
 * the host tests run it against tar's archives and a model.
 *
 * Facts: POSIX.1, "ustar Interchange Format".
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define RAM_ROOT     1
#define RAM_NAME_MAX 100
#define RAM_NODES    256
#define RAM_BLOCK    1024u
#define RAM_BLOCKS   4096u /* most, whatever memory there is */

enum ram_error {
    RAM_NOT_FOUND = -1,
    RAM_NO_ROOM = -2,
    RAM_INVALID = -3, /* a name, a number */
    RAM_WRONG_TYPE = -4,
    RAM_NOT_EMPTY = -5,
};

struct ram_node {
    char name[RAM_NAME_MAX + 1];
    uint8_t used, directory;
    uint16_t parent;
    uint32_t bytes;
    const char *archived; /* null: in blocks, or empty */
    uint16_t first;       /* block number + 1; 0: none */
};

struct ram {
    struct ram_node node[RAM_NODES]; /* number n is at n - 1 */
    char *memory;
    uint32_t blocks, free_blocks;
    uint16_t next[RAM_BLOCKS]; /* in a file or in the free list; + 1 */
    uint16_t free_list;
    uint16_t last_number; /* the search for a free one goes on behind it */
};

/* Files of an archive (null: none), and memory for blocks. Returns how many
 * files and directories were found. */
int ram_open(struct ram *r, const void *archive, size_t archive_bytes,
             void *memory, size_t memory_bytes);

/* All return 0 or more, or an enum ram_error. Paths need no NUL. */
int ram_find(const struct ram *r, const char *path, size_t length);
const struct ram_node *ram_node(const struct ram *r, uint32_t number);
int ram_read(const struct ram *r, uint32_t number, uint32_t at, void *to,
             uint32_t n);
/* The entry of a directory at or behind *at; 0: no more. */
int ram_entry(const struct ram *r, uint32_t directory, uint32_t *at);

/* The parent directory must be there. */
int ram_create(struct ram *r, const char *path, size_t length, int directory);
/* A gap behind the end is zeros. Returns n, or an error and nothing changed. */
int ram_write(struct ram *r, uint32_t number, uint32_t at, const void *from,
              uint32_t n);
int ram_cut(struct ram *r, uint32_t number, uint32_t bytes);
int ram_remove(struct ram *r, const char *path, size_t length);
