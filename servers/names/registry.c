/*
 * registry.c - names and watchers (registry.h).
 */
#include "registry.h"

#include <pn/libc.h>

static int begins(const char *text, const char *begin)
{
    return strncmp(text, begin, strlen(begin)) == 0;
}

int registry_is_name(const char text[REGISTRY_NAME], int part)
{
    size_t length = strnlen(text, REGISTRY_NAME);

    if (length == REGISTRY_NAME || (length == 0 && !part))
        return 0;
    for (size_t i = 0; i < length; i++)
        if (text[i] <= ' ' || text[i] > '~')
            return 0;
    for (size_t i = length; i < REGISTRY_NAME; i++)
        if (text[i] != '\0')
            return 0;
    return 1;
}

uint32_t registry_open(struct registry *r, void *memory, size_t bytes)
{
    size_t records = bytes / sizeof *r->name;

    r->watch = memory;
    r->name = r->watch + REGISTRY_WATCHES;
    r->names =
        records > REGISTRY_WATCHES ? (uint32_t)records - REGISTRY_WATCHES : 0;
    for (size_t i = 0; r->names > 0 && i < records; i++)
        if (!registry_is_name(r->watch[i].text, i < REGISTRY_WATCHES))
            r->watch[i].thread = 0;
    return r->names;
}

static void write_record(struct registry_record *record, const char *text,
                         uint32_t bits, uint32_t thread)
{
    memset(record->text, 0, REGISTRY_NAME);
    memcpy(record->text, text, strlen(text));
    record->bits = bits;
    __asm__ volatile("" : : : "memory");
    record->thread = thread;
}

/* A name has come or gone. */
static void tell(const struct registry *r, const char *name)
{
    for (uint32_t i = 0; i < REGISTRY_WATCHES; i++)
        if (r->watch[i].thread != 0 && begins(name, r->watch[i].text))
            r->notify(r->watch[i].thread, r->watch[i].bits);
}

static void drop_name(const struct registry *r, struct registry_record *record)
{
    record->thread = 0;
    tell(r, record->text);
}

/* Does its owner live? If not, it is free now. */
static int is_owned(const struct registry *r, struct registry_record *record)
{
    if (record->thread == 0)
        return 0;
    if (r->lives(record->thread))
        return 1;
    drop_name(r, record);
    return 0;
}

static struct registry_record *record_of(struct registry *r, const char *name)
{
    for (uint32_t i = 0; i < r->names; i++)
        if (r->name[i].thread != 0 && strcmp(r->name[i].text, name) == 0)
            return is_owned(r, &r->name[i]) ? &r->name[i] : NULL;
    return NULL;
}

static struct registry_record *free_record(struct registry_record *records,
                                           uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (records[i].thread == 0)
            return &records[i];
    return NULL;
}

uint32_t registry_find(struct registry *r, const char *name)
{
    const struct registry_record *record = record_of(r, name);

    return record ? record->thread : 0;
}

int registry_publish(struct registry *r, const char *name, uint32_t thread)
{
    struct registry_record *record = record_of(r, name);

    if (record)
        return record->thread == thread ? 0 : REGISTRY_DENIED;
    record = free_record(r->name, r->names);
    if (!record) {
        (void)registry_sweep(r);
        record = free_record(r->name, r->names);
    }
    if (!record)
        return REGISTRY_FULL;
    write_record(record, name, 0, thread);
    tell(r, name);
    return 0;
}

int registry_remove(struct registry *r, const char *name, uint32_t thread)
{
    struct registry_record *record = record_of(r, name);

    if (!record)
        return REGISTRY_NOT_FOUND;
    if (record->thread != thread)
        return REGISTRY_DENIED;
    drop_name(r, record);
    return 0;
}

static struct registry_record *watch_of(const struct registry *r,
                                        const char *begin, uint32_t thread)
{
    for (uint32_t i = 0; i < REGISTRY_WATCHES; i++)
        if (r->watch[i].thread == thread &&
            strcmp(r->watch[i].text, begin) == 0)
            return &r->watch[i];
    return NULL;
}

int registry_watch(struct registry *r, const char *begin, uint32_t thread,
                   uint32_t bits)
{
    struct registry_record *record = watch_of(r, begin, thread);

    if (bits == 0) {
        if (record)
            record->thread = 0;
        return record ? 0 : REGISTRY_NOT_FOUND;
    }
    if (!record)
        record = free_record(r->watch, REGISTRY_WATCHES);
    if (!record) {
        (void)registry_sweep(r);
        record = free_record(r->watch, REGISTRY_WATCHES);
    }
    if (!record)
        return REGISTRY_FULL;
    write_record(record, begin, bits, thread);
    return 0;
}

const struct registry_record *registry_next(struct registry *r,
                                            const char *begin, uint32_t *at)
{
    while (*at < r->names) {
        struct registry_record *record = &r->name[(*at)++];

        if (begins(record->text, begin) && is_owned(r, record))
            return record;
    }
    return NULL;
}

int registry_sweep(struct registry *r)
{
    int watched = 0;

    for (uint32_t i = 0; i < REGISTRY_WATCHES; i++) {
        if (r->watch[i].thread != 0 && !r->lives(r->watch[i].thread))
            r->watch[i].thread = 0;
        watched |= r->watch[i].thread != 0;
    }
    for (uint32_t i = 0; i < r->names; i++)
        (void)is_owned(r, &r->name[i]);
    return watched;
}
