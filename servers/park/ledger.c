/*
 * ledger.c - writes to the key-value store (ledger.h).
 */
#include "ledger.h"
#include "waiting.h"

#include <pn/kv.h>
#include <pn/libc.h>
#include <pn/program.h>

#define KEYS 500

struct ledger ledger;

/* A key's values are 1, 2, 3 ...; 0: none is acknowledged. */
static unsigned acknowledged[KEYS];
static L4_ThreadId_t store;
static int is_away = 1;

void ledger_look(void)
{
    L4_ThreadId_t found;

    if (!is_away)
        return;
    found = pn_find(PN_KV_NAME);
    if (L4_IsNilThread(found) || L4_IsThreadEqual(found, store))
        return;
    ledger.deaths += !L4_IsNilThread(store);
    store = found;
    is_away = 0;
}

/* Asks again after a while, if the store has gone. */
static int is_gone(int result, L4_Word64_t end)
{
    if (result != -PN_GONE || now_us() >= end)
        return 0;
    is_away = 1;
    sleep_ms(LOOK_MS);
    ledger_look();
    return 1;
}

int ledger_put(const char *key, const void *value, size_t size)
{
    L4_Word64_t end = in_ms(PATIENCE);
    int n;

    do
        n = pn_kv_put(store, key, value, size);
    while (is_gone(n, end));
    return n >= 0;
}

int ledger_get(const char *key, void *value, size_t size)
{
    L4_Word64_t end = in_ms(PATIENCE);
    int n;

    do
        n = pn_kv_get(store, key, value, size);
    while (is_gone(n, end));
    return n == (int)size;
}

static void name_key(char *key, size_t size, unsigned n)
{
    snprintf(key, size, "key %u", n);
}

int ledger_write(void)
{
    unsigned n = ledger.writes % KEYS, value = acknowledged[n] + 1;
    char key[16];
    int result;

    if (is_away)
        return 0;
    name_key(key, sizeof key, n);
    result = pn_kv_put(store, key, &value, sizeof value);
    if (result < 0) {
        is_away |= result == -PN_GONE;
        ledger.cut++;
        return 0;
    }
    acknowledged[n] = value;
    ledger.writes++;
    return 1;
}

static int has(unsigned n)
{
    unsigned value = 0;
    char key[16];

    name_key(key, sizeof key, n);
    return ledger_get(key, &value, sizeof value) && value == acknowledged[n];
}

unsigned ledger_check(void)
{
    L4_Word64_t end = in_ms(PATIENCE);
    unsigned lost = 0;

    while (!ledger_write() && now_us() < end) {
        sleep_ms(LOOK_MS);
        ledger_look();
    }
    for (unsigned n = 0; n < KEYS; n++)
        lost += acknowledged[n] != 0 && !has(n);
    return lost;
}
