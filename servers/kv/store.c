/*
 * store.c - the log of keys and values (store.h).
 *
 * The compiler must not move a record's checksum ahead of its bytes: all words
 * of the region are written by STORE_WRITE, in order.
 */
#include "store.h"

#include <pn/libc.h>

/* The test has its own, which may kill. */
#ifndef STORE_WRITE
#define STORE_WRITE(to, value) (*(volatile uint32_t *)(to) = (value))
#endif

#define HEADER_BYTES 8u /* of the region: magic, which half */
#define MAGIC        0x5453564bu
#define DELETED      0xffffffffu
#define SLOTS        (2u * STORE_KEYS)

/* What stands ahead of key and value; the checksum is written last. */
struct record {
    uint32_t checksum; /* of all the rest; never 0 */
    uint32_t key_bytes;
    uint32_t value_bytes; /* or DELETED */
};

static uint32_t *word(const struct store *s, uint32_t offset)
{
    return (uint32_t *)(void *)(s->region + offset);
}

static uint32_t half_start(const struct store *s, uint32_t half)
{
    return HEADER_BYTES + half * s->half_bytes;
}

static struct record *record_at(const struct store *s, uint32_t offset)
{
    return (struct record *)(void *)(s->region + offset);
}

static const char *key_of(const struct record *r)
{
    return (const char *)(r + 1);
}

static uint32_t padded(uint32_t bytes)
{
    return (bytes + 3) & ~3u;
}

static uint32_t value_length(const struct record *r)
{
    return r->value_bytes == DELETED ? 0 : r->value_bytes;
}

static uint32_t record_bytes(const struct record *r)
{
    return (uint32_t)sizeof *r + padded(r->key_bytes + value_length(r));
}

/* FNV-1a over words: not against attackers, against halves of records. */
static uint32_t checksum(const struct record *r)
{
    const uint32_t *w = &r->key_bytes;
    uint32_t n = record_bytes(r) / 4 - 1, sum = 2166136261u;

    while (n-- > 0)
        sum = (sum ^ *w++) * 16777619u;
    return sum != 0 ? sum : 1;
}

/* Could a record stand at `offset`, and is it whole? */
static int is_record(const struct store *s, uint32_t offset, uint32_t stop)
{
    const struct record *r = record_at(s, offset);

    return stop - offset >= sizeof *r && r->checksum != 0 &&
           r->key_bytes != 0 && r->key_bytes <= STORE_KEY_MAX &&
           value_length(r) <= STORE_VALUE_MAX &&
           record_bytes(r) <= stop - offset && r->checksum == checksum(r);
}

/* --- the index --- */

static uint32_t hash(const char *key, size_t n)
{
    uint32_t h = 2166136261u;

    while (n-- > 0)
        h = (h ^ (uint8_t)*key++) * 16777619u;
    return h ^ h >> 15;
}

static int is_key(const struct record *r, const char *key, size_t n)
{
    return r->key_bytes == n && memcmp(key_of(r), key, n) == 0;
}

/* Where the key is, or would be: there is always a free one. */
static uint32_t slot_of(const struct store *s, const char *key, size_t n)
{
    uint32_t at = hash(key, n) % SLOTS;

    while (s->index[at] != 0 && !is_key(record_at(s, s->index[at]), key, n))
        at = (at + 1) % SLOTS;
    return at;
}

static void index_remove(struct store *s, uint32_t at)
{
    uint32_t free_slot = at;

    s->index[at] = 0;
    s->keys--;
    for (at = (at + 1) % SLOTS; s->index[at] != 0; at = (at + 1) % SLOTS) {
        const struct record *r = record_at(s, s->index[at]);
        uint32_t home = hash(key_of(r), r->key_bytes) % SLOTS;

        /* Does `home` lie, around the end, in (free_slot, at]? It stays. */
        if ((at - home) % SLOTS < (at - free_slot) % SLOTS)
            continue;
        s->index[free_slot] = s->index[at];
        s->index[at] = 0;
        free_slot = at;
    }
}

/* The record at `offset` is the newest of its key. */
static void index_record(struct store *s, uint32_t offset)
{
    const struct record *r = record_at(s, offset);
    uint32_t at = slot_of(s, key_of(r), r->key_bytes);

    if (s->index[at] != 0)
        s->live_bytes -= record_bytes(record_at(s, s->index[at]));
    else
        s->keys++;
    s->index[at] = offset;
    s->live_bytes += record_bytes(r);
    if (r->value_bytes == DELETED) {
        s->live_bytes -= record_bytes(r);
        index_remove(s, at);
    }
}

static void index_make(struct store *s)
{
    uint32_t at = half_start(s, s->half), stop = at + s->half_bytes;

    memset(s->index, 0, sizeof s->index);
    s->keys = 0;
    s->live_bytes = 0;
    for (; is_record(s, at, stop) && s->keys < STORE_KEYS;
         at += record_bytes(record_at(s, at)))
        index_record(s, at);
    s->end = at;
}

/* --- the log --- */

/* Behind what stands at *end; the checksum makes it count. */
static void append(const struct store *s, uint32_t *end, const char *key,
                   uint32_t key_bytes, const char *value, uint32_t value_bytes)
{
    uint32_t bytes = value_bytes == DELETED ? 0 : value_bytes;
    uint32_t total = padded(key_bytes + bytes);
    struct record *r = record_at(s, *end);
    uint32_t *to = (uint32_t *)(void *)(r + 1);

    STORE_WRITE(&r->checksum, 0);
    STORE_WRITE(&r->key_bytes, key_bytes);
    STORE_WRITE(&r->value_bytes, value_bytes);
    for (uint32_t at = 0; at < total; at += 4) {
        uint32_t w = 0;

        for (uint32_t i = at; i < at + 4 && i < key_bytes + bytes; i++) {
            char c = i < key_bytes ? key[i] : value[i - key_bytes];

            w |= (uint32_t)(uint8_t)c << (i - at) * 8;
        }
        STORE_WRITE(to++, w);
    }
    STORE_WRITE(&r->checksum, checksum(r));
    *end += record_bytes(r);
}

/* So much is left for a record that deletes, however full it is. */
#define TO_DELETE ((uint32_t)sizeof(struct record) + STORE_KEY_MAX)

/* Nothing that stood behind the log is taken for a record of it. */
static void seal(const struct store *s, uint32_t end, uint32_t half)
{
    if (end + sizeof(struct record) <= half_start(s, half) + s->half_bytes)
        STORE_WRITE(word(s, end), 0);
}

/* Copy what counts to the other half, which then counts. */
static void compact(struct store *s)
{
    uint32_t other = 1 - s->half, end = half_start(s, other);

    for (uint32_t i = 0; i < SLOTS; i++) {
        const struct record *r;

        if (s->index[i] == 0)
            continue;
        r = record_at(s, s->index[i]);
        append(s, &end, key_of(r), r->key_bytes, key_of(r) + r->key_bytes,
               r->value_bytes);
    }
    seal(s, end, other);
    STORE_WRITE(word(s, 4), other);
    s->half = other;
    index_make(s);
}

static enum store_result add(struct store *s, const char *key, size_t key_bytes,
                             const char *value, uint32_t value_bytes)
{
    uint32_t need = (uint32_t)sizeof(struct record) +
                    padded((uint32_t)key_bytes +
                           (value_bytes == DELETED ? 0 : value_bytes));
    uint32_t spare = value_bytes == DELETED ? 0 : TO_DELETE;
    uint32_t at;

    if (s->end - half_start(s, s->half) + need + spare > s->half_bytes)
        compact(s);
    if (s->end - half_start(s, s->half) + need + spare > s->half_bytes)
        return STORE_FULL;
    at = s->end;
    /* What follows is sealed first, so that the checksum is the last write. */
    seal(s, at + need, s->half);
    append(s, &s->end, key, (uint32_t)key_bytes, value, value_bytes);
    index_record(s, at);
    return STORE_DONE;
}

int store_open(struct store *s, void *region, size_t bytes)
{
    s->region = region;
    s->half_bytes = 0;
    if (bytes < HEADER_BYTES + 4 * TO_DELETE || bytes > 1u << 30)
        return -1;
    s->half_bytes = (uint32_t)(bytes - HEADER_BYTES) / 2 & ~3u;
    if (*word(s, 0) != MAGIC || *word(s, 4) > 1) {
        STORE_WRITE(word(s, HEADER_BYTES), 0);
        STORE_WRITE(word(s, 4), 0);
        STORE_WRITE(word(s, 0), MAGIC);
    }
    s->half = *word(s, 4);
    index_make(s);
    return (int)s->keys;
}

int store_get(const struct store *s, const char *key, size_t key_bytes,
              char *value, size_t room)
{
    uint32_t offset = s->index[slot_of(s, key, key_bytes)];
    const struct record *r;

    if (offset == 0)
        return -1;
    r = record_at(s, offset);
    memcpy(value, key_of(r) + r->key_bytes,
           room < r->value_bytes ? room : r->value_bytes);
    return (int)r->value_bytes;
}

enum store_result store_put(struct store *s, const char *key, size_t key_bytes,
                            const char *value, size_t value_bytes)
{
    if (key_bytes == 0 || key_bytes > STORE_KEY_MAX ||
        value_bytes > STORE_VALUE_MAX)
        return STORE_INVALID;
    if (s->keys == STORE_KEYS && s->index[slot_of(s, key, key_bytes)] == 0)
        return STORE_FULL;
    return add(s, key, key_bytes, value, (uint32_t)value_bytes);
}

enum store_result store_delete(struct store *s, const char *key,
                               size_t key_bytes)
{
    if (key_bytes == 0 || key_bytes > STORE_KEY_MAX ||
        s->index[slot_of(s, key, key_bytes)] == 0)
        return STORE_NO_KEY;
    return add(s, key, key_bytes, "", DELETED);
}

int store_key(const struct store *s, unsigned n, char *key, size_t room)
{
    for (uint32_t i = 0; i < SLOTS; i++) {
        const struct record *r;

        if (s->index[i] == 0 || n-- > 0)
            continue;
        r = record_at(s, s->index[i]);
        memcpy(key, key_of(r), room < r->key_bytes ? room : r->key_bytes);
        return (int)r->key_bytes;
    }
    return -1;
}
