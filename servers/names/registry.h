/*
 * registry.h - whose names are whose, and who wants to hear of it. Pure; the
 * host tests run it.
 *
 * It is a table in memory that outlives the server: whoever is started again
 * over the same memory goes on with it. A record is written from the back: its
 * thread is what makes it one. Owners that have died are found when somebody
 * wants their name, or by registry_sweep.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define REGISTRY_NAME    32u /* with the NUL */
#define REGISTRY_WATCHES 32u /* records at the table's beginning */

enum registry_error {
    REGISTRY_NOT_FOUND = -1,
    REGISTRY_DENIED = -2,
    REGISTRY_FULL = -3,
};

struct registry_record {
    char text[REGISTRY_NAME]; /* a name, or how the watched ones begin */
    uint32_t bits;            /* that the watcher wants */
    uint32_t thread;          /* 0: free */
};

struct registry {
    struct registry_record *watch, *name; /* two parts of one table */
    uint32_t names;                       /* at most */
    int (*lives)(uint32_t thread);
    void (*notify)(uint32_t thread, uint32_t bits);
};

/* Zeroed memory, or what was left there. Returns how many names there may be:
 * 0, if it is too little. */
uint32_t registry_open(struct registry *r, void *memory, size_t bytes);

/* Can that be a name, with zeros behind it? Or, if `part`, the beginning of
 * one, or nothing? */
int registry_is_name(const char text[REGISTRY_NAME], int part);

/* All names are names. The owner's thread; 0: nobody. */
uint32_t registry_find(struct registry *r, const char *name);

/* Each returns 0 or an enum registry_error. */
int registry_publish(struct registry *r, const char *name, uint32_t thread);
int registry_remove(struct registry *r, const char *name, uint32_t thread);
int registry_watch(struct registry *r, const char *begin, uint32_t thread,
                   uint32_t bits);

/* The next record at or behind *at whose name begins so; null: no more. *at is
 * then behind it. */
const struct registry_record *registry_next(struct registry *r,
                                            const char *begin, uint32_t *at);

/* Forget the dead. Returns whether anybody watches. */
int registry_sweep(struct registry *r);
