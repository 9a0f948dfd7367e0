/*
 * tests/servers/kv.c - the key-value store, started with heap=64.
 */
#include <pn/kv.h>
#include <pn/libc.h>
#include <pn/program.h>
#include <pn/tap.h>

int main(int argc, char **argv);

static L4_ThreadId_t kv;
static char value[PN_KV_VALUE], got[PN_KV_VALUE];

static int holds(const char *key, const char *text)
{
    int n = pn_kv_get(kv, key, got, sizeof got);

    return n == (int)strlen(text) && memcmp(got, text, (size_t)n) == 0;
}

static int put(const char *key, const char *text)
{
    return pn_kv_put(kv, key, text, strlen(text));
}

static int ask(L4_Word_t label, unsigned words, L4_Word_t word, size_t string)
{
    struct pn_request r = {.server = kv,
                           .label = label,
                           .words = words,
                           .word = {word},
                           .send = string ? value : NULL,
                           .send_bytes = string,
                           .receive = got,
                           .receive_size = sizeof got};

    return pn_request(&r);
}

static void test_values(void)
{
    is((L4_Word_t)pn_kv_count(kv), 0, "the store is empty at first");
    ok(pn_kv_get(kv, "a", got, sizeof got) == -PN_NOT_FOUND,
       "and has no key then");
    ok(put("a", "one") == 0 && put("b", "two") == 0 && put("empty", "") == 0,
       "three keys are put");
    ok(holds("a", "one") && holds("b", "two") && holds("empty", ""),
       "and have their values");
    ok(put("a", "another") == 0 && holds("a", "another") && holds("b", "two"),
       "a value can be replaced");
    is((L4_Word_t)pn_kv_count(kv), 3, "that makes no key more");
    memset(value, 'v', sizeof value);
    ok(pn_kv_put(kv, "long", value, sizeof value) == 0 &&
           pn_kv_get(kv, "long", got, sizeof got) == PN_KV_VALUE &&
           memcmp(got, value, sizeof got) == 0,
       "a value has up to %u bytes", PN_KV_VALUE);
    is((L4_Word_t)pn_kv_get(kv, "long", got, 10), (L4_Word_t)-PN_NO_ROOM,
       "who has no room for it is told so");
}

static void test_keys(void)
{
    char key[PN_KV_KEY + 1];
    int seen = 0;

    for (unsigned n = 0; pn_kv_key(kv, n, key, sizeof key) > 0; n++)
        seen += strcmp(key, "a") == 0       ? 1
                : strcmp(key, "b") == 0     ? 10
                : strcmp(key, "empty") == 0 ? 100
                : strcmp(key, "long") == 0  ? 1000
                                            : 9999;
    is((L4_Word_t)seen, 1111, "all keys are told, once");
    ok(pn_kv_key(kv, 4, key, sizeof key) == -PN_NOT_FOUND &&
           pn_kv_key(kv, ~0u, key, sizeof key) == -PN_NOT_FOUND,
       "and no others");
    ok(pn_kv_delete(kv, "b") == 0 &&
           pn_kv_get(kv, "b", got, sizeof got) == -PN_NOT_FOUND &&
           pn_kv_delete(kv, "b") == -PN_NOT_FOUND && holds("a", "another"),
       "a key can be deleted, once");
}

static void test_refusals(void)
{
    char key[PN_KV_KEY + 2];
    int count = pn_kv_count(kv);

    memset(key, 'k', sizeof key);
    key[PN_KV_KEY + 1] = '\0';
    ok(ask(PN_KV_PUT, 1, PN_KV_KEY + 1, PN_KV_KEY + 5) == -PN_INVALID &&
           pn_kv_get(kv, key, got, sizeof got) == -PN_INVALID &&
           pn_kv_delete(kv, key) == -PN_NOT_FOUND,
       "a key of %u bytes is too long", PN_KV_KEY + 1);
    key[PN_KV_KEY] = '\0';
    ok(put(key, "fits") == 0 && holds(key, "fits") &&
           pn_kv_delete(kv, key) == 0,
       "one of %u is not", PN_KV_KEY);
    ok(ask(PN_KV_PUT, 1, 0, 5) == -PN_INVALID &&
           ask(PN_KV_PUT, 1, 0, 0) == -PN_INVALID &&
           pn_kv_delete(kv, "") == -PN_NOT_FOUND,
       "none at all is refused");
    ok(ask(PN_KV_PUT, 1, 6, 5) == -PN_INVALID &&
           ask(PN_KV_PUT, 1, ~0ul, 5) == -PN_INVALID,
       "so is one longer than what came");
    ok(ask(PN_KV_PUT, 1, 8, 8 + PN_KV_VALUE - 1) == 0 &&
           ask(PN_KV_PUT, 1, 1, 1 + PN_KV_VALUE + 1) == -PN_INVALID &&
           ask(PN_KV_PUT, 1, 1, 1 + PN_KV_VALUE + PN_KV_KEY) == -PN_INVALID &&
           ask(PN_KV_DELETE, 0, 0, 8) == 0,
       "and a value too long");
    ok(ask(PN_KV_GET, 1, 1, 1) == -PN_UNKNOWN &&
           ask(PN_KV_PUT, 0, 0, 5) == -PN_UNKNOWN &&
           ask(0x0877, 0, 0, 0) == -PN_UNKNOWN,
       "requests of another shape are refused");
    is((L4_Word_t)pn_kv_count(kv), (L4_Word_t)count, "nothing of that is kept");
}

static int put_numbered(unsigned n)
{
    char key[8];

    snprintf(key, sizeof key, "n%u", n);
    value[0] = (char)n;
    return pn_kv_put(kv, key, value, 1000);
}

static int has_numbered(unsigned n)
{
    char key[8];

    snprintf(key, sizeof key, "n%u", n);
    return pn_kv_get(kv, key, got, sizeof got) == 1000 && got[0] == (char)n;
}

static void test_full(void)
{
    unsigned n = 0;
    int why, all = 1;

    while ((why = put_numbered(n)) == 0 && n < 100)
        n++;
    ok(why == -PN_NO_ROOM && n > 20, "at some time it is full: %u KB", n);
    for (unsigned i = 0; i < n; i++)
        all &= has_numbered(i);
    ok(all && holds("a", "another"), "and has lost nothing");
    ok(pn_kv_delete(kv, "n0") == 0 && put_numbered(n) == 0 && has_numbered(n),
       "what is deleted makes room");
    is((L4_Word_t)pn_kv_delete(kv, "n1"), 0, "a deletion needs none");
    all = 1;
    for (unsigned i = 0; i < 300; i++)
        all &= put_numbered(2 + i % 3) == 0;
    for (unsigned i = 2; i <= n; i++)
        all &= has_numbered(i);
    ok(all, "with room for one, values are replaced again and again");
}

int main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    kv = pn_find(PN_KV_NAME);
    test_values();
    test_keys();
    test_refusals();
    test_full();
    done();
}
