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
static unsigned checked = KEYS; /* of them, since the store came back */

void ledger_look(void)
{
    L4_ThreadId_t found;

    if (!is_away)
        return;
    found = pn_find(PN_KV_NAME);
    if (L4_IsNilThread(found) || L4_IsThreadEqual(found, store))
        return;
    if (!L4_IsNilThread(store)) {
        ledger.deaths++;
        checked = 0;
    }
    store = found;
    is_away = 0;
}

static void wait(void)
{
    sleep_ms(LOOK_MS);
    ledger_look();
}

/* Asks again after a while, if the store has gone. */
static int is_gone(int result, L4_Word64_t end)
{
    if (result != -PN_GONE || now_us() >= end)
        return 0;
    is_away = 1;
    wait();
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

/* Is the value of key `n` there? It may be the next one if that was written and
 * not acknowledged. */
static int is_right(unsigned n, int size, unsigned value)
{
    unsigned newer = n == ledger.writes % KEYS;

    return size == (int)sizeof value && value - acknowledged[n] <= newer;
}

/* Look for what is not checked yet; 1 if nothing is left. */
static int check(void)
{
    for (; !is_away && checked < KEYS; checked++) {
        unsigned value = 0;
        char key[16];
        int size;

        if (acknowledged[checked] == 0)
            continue;
        name_key(key, sizeof key, checked);
        size = pn_kv_get(store, key, &value, sizeof value);
        if (size == -PN_GONE) {
            is_away = 1;
            break;
        }
        if (!is_right(checked, size, value)) {
            acknowledged[checked] = 0;
            ledger.lost++;
        }
    }
    return checked == KEYS;
}

int ledger_write(void)
{
    unsigned n = ledger.writes % KEYS, value;
    char key[16];
    int result;

    if (!check() || is_away)
        return 0;
    value = acknowledged[n] + 1;
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

void ledger_check(void)
{
    L4_Word64_t end = in_ms(PATIENCE);

    while (!ledger_write() && now_us() < end)
        wait();
    checked = 0;
    while (!check() && now_us() < end)
        wait();
    for (; checked < KEYS; checked++)
        ledger.lost += acknowledged[checked] != 0;
}
