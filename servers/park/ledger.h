/*
 * ledger.h - writes to the key-value store, and what it has acknowledged of
 * them. The store may be gone at any time, and comes back.
 */
#pragma once

#include <stddef.h>

struct ledger {
    unsigned writes; /* acknowledged */
    unsigned cut;    /* not: the store died, or refused them */
    unsigned deaths; /* of the store, that were seen */
    unsigned lost;   /* acknowledged, and not there any more */
};

extern struct ledger ledger;

/* Is it back? */
void ledger_look(void);

/* The next value of the next key; the same again if that is not acknowledged.
 * Nothing if the store is away. 1 if acknowledged. When the store has come back,
 * all that it has acknowledged is looked for first. */
int ledger_write(void);

/* Look for all of it once more. Writes once more, so that nothing is in doubt. */
void ledger_check(void);

/* Any key, with patience; 1 if it is done: written, or read with that size. */
int ledger_put(const char *key, const void *value, size_t size);
int ledger_get(const char *key, void *value, size_t size);
