/*
 * store.h - keys and values in a region of memory that outlives the server.
 *
 * The region is two halves and a word that says which one counts. A half is a
 * log: records one behind the other, the newest of a key wins, one without a
 * value deletes. A record counts from the moment its last word, a checksum, is
 * written; so a server that dies at any instruction leaves the log as it was
 * before a change or after it, and store_open finds it so. When a half is full,
 * what still counts is copied to the other one, and then the word is changed.
 *
 * An index in ordinary memory says where each key's newest record is; it is made
 * anew by store_open. Pure; the host tests kill it at every write.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define STORE_KEY_MAX   64
#define STORE_VALUE_MAX 1024
#define STORE_KEYS      1024

struct store {
    char *region;
    uint32_t half_bytes;
    uint32_t half;       /* which one counts: 0 or 1 */
    uint32_t end;        /* of its log */
    uint32_t live_bytes; /* of records that count */
    unsigned keys;
    uint32_t index[2 * STORE_KEYS]; /* offsets of records; 0: free */
};

/* `bytes`, a multiple of 8, from `region` on, all zero if it is new. Returns the
 * number of keys found, or -1: the region is too small for anything. */
int store_open(struct store *s, void *region, size_t bytes);

/* The value's length, and up to `room` bytes of it; -1: no such key. */
int store_get(const struct store *s, const char *key, size_t key_bytes,
              char *value, size_t room);

enum store_result { STORE_DONE, STORE_INVALID, STORE_FULL, STORE_NO_KEY };

/* When these return STORE_DONE, the change is there for good. */
enum store_result store_put(struct store *s, const char *key, size_t key_bytes,
                            const char *value, size_t value_bytes);
enum store_result store_delete(struct store *s, const char *key,
                               size_t key_bytes);

/* The n-th key, in no order; its length, or -1: there are not so many. */
int store_key(const struct store *s, unsigned n, char *key, size_t room);
