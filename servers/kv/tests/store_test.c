/*
 * store_test.c - the store against a model, and killed at every write.
 */
#include "check.h"

#include <setjmp.h>
#include <stdint.h>
#include <string.h>

static void test_write(uint32_t *to, uint32_t value);
#define STORE_WRITE(to, value) test_write(to, value)
#include "../store.c"

#define REGION 4096
#define KEYS   12

static uint32_t region[REGION / 4], before[REGION / 4];
static struct store store, saved;
static long writes_left = -1; /* below 0: it does not die */
static jmp_buf dies;
static char model[KEYS][STORE_VALUE_MAX + 1];
static int model_has[KEYS];
static unsigned seed = 1;

static unsigned random_below(unsigned n)
{
    seed = seed * 1664525 + 1013904223;
    return (seed >> 8) % n;
}

static void key_name(char *key, unsigned n)
{
    snprintf(key, 16, "key-%u", n);
}

/* Does the store say exactly what the model says? */
static int agrees(const struct store *s)
{
    unsigned count = 0;

    for (unsigned n = 0; n < KEYS; n++) {
        char key[16], value[STORE_VALUE_MAX + 1] = {0};
        int got;

        key_name(key, n);
        got = store_get(s, key, strlen(key), value, sizeof value);
        count += (unsigned)model_has[n];
        if (model_has[n] != (got >= 0) ||
            (got >= 0 && ((size_t)got != strlen(model[n]) ||
                          strcmp(value, model[n]) != 0)))
            return 0;
    }
    return s->keys == count;
}

static enum store_result change(unsigned n, const char *value)
{
    char key[16];

    key_name(key, n);
    return value ? store_put(&store, key, strlen(key), value, strlen(value))
                 : store_delete(&store, key, strlen(key));
}

static void remember(unsigned n, const char *value)
{
    model_has[n] = value != NULL;
    snprintf(model[n], sizeof model[n], "%s", value ? value : "");
}

static const char *some_value(void)
{
    static char value[128];
    unsigned length = random_below(100);

    if (random_below(4) == 0)
        return NULL;
    for (unsigned i = 0; i < length; i++)
        value[i] = (char)('a' + random_below(26));
    value[length] = '\0';
    return value;
}

/* --- dying in the middle --- */

static void test_write(uint32_t *to, uint32_t value)
{
    if (writes_left-- == 0)
        longjmp(dies, 1);
    *(volatile uint32_t *)to = value;
}

/* The change that is to come, killed before its first write, its second ...:
 * each time, the store opens with what was before it, or, if only the index was
 * missing, with what is behind it. The last time it lives. */
static int survives(unsigned n, const char *value, enum store_result *result)
{
    static int sane, had; /* static: longjmp leaves them alone */
    static unsigned k;
    char old[sizeof model[n]];

    sane = 1;
    had = model_has[n];
    memcpy(before, region, sizeof region);
    saved = store;
    memcpy(old, model[n], sizeof old);
    for (k = 0;; k++) {
        memcpy(region, before, sizeof region);
        store = saved;
        writes_left = (long)k;
        if (setjmp(dies) == 0) {
            *result = change(n, value);
            writes_left = -1;
            return sane;
        }
        writes_left = -1;
        if (store_open(&store, region, sizeof region) < 0)
            return 0;
        sane &= agrees(&store);
        model_has[n] = had;
        memcpy(model[n], old, sizeof old);
    }
}

static void against_model(void)
{
    int right = 1, opens = 1, kills = 1;

    CHECK(store_open(&store, region, sizeof region) == 0, "a new store is empty");
    for (unsigned i = 0; i < 20000; i++) {
        unsigned n = random_below(KEYS);
        const char *value = some_value();
        enum store_result result;

        if (i % 16 == 0)
            kills &= survives(n, value, &result);
        else
            result = change(n, value);
        if (result == STORE_DONE)
            remember(n, value);
        else if (result != STORE_NO_KEY || model_has[n])
            right = 0;
        right &= agrees(&store);
        if (i % 64 == 0) {
            opens &= store_open(&store, region, sizeof region) >= 0;
            opens &= agrees(&store);
        }
    }
    CHECK(right, "20,000 changes: it says what a model says");
    CHECK(opens, "opened anew, it says the same");
    CHECK(kills, "killed at any write of a change, it is as if that had not been");
}

static void limits(void)
{
    static uint32_t small[200];
    static char long_key[STORE_KEY_MAX + 1], value[STORE_VALUE_MAX + 1];
    struct store s;
    unsigned n = 0;

    memset(long_key, 'k', sizeof long_key);
    CHECK(store_open(&s, small, 300) == -1, "a region too small is refused");
    CHECK(store_open(&s, small, sizeof small) == 0, "a small one is not");
    CHECK(store_put(&s, long_key, sizeof long_key, "", 0) == STORE_INVALID &&
              store_put(&s, "", 0, "x", 1) == STORE_INVALID &&
              store_put(&s, "k", 1, value, sizeof value) == STORE_INVALID,
          "keys of 0 or 65 bytes and values of 1,025 are refused");
    CHECK(store_put(&s, "k", 1, value, 1000) == STORE_FULL,
          "a value larger than the region: full");
    while (store_put(&s, (char *)&n, sizeof n, "12345678", 8) == STORE_DONE)
        n++;
    CHECK(n >= 3 && s.keys == n, "when it is full, it says so");
    n = 0;
    CHECK(store_put(&s, (char *)&n, sizeof n, "abcdefgh", 8) == STORE_DONE ||
              store_delete(&s, (char *)&n, sizeof n) != STORE_INVALID,
          "and goes on as well as it can");
    CHECK(store_key(&s, 1000, value, sizeof value) == -1, "key 1,000 of a few");
    CHECK(store_delete(&s, "nobody", 6) == STORE_NO_KEY, "deleting what is not");
}

int main(void)
{
    against_model();
    limits();
    return check_end();
}
