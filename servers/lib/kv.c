/*
 * kv.c - the key-value store's clients (pn/kv.h).
 */
#include <pn/kv.h>
#include <pn/libc.h>

int pn_kv_get(L4_ThreadId_t kv, const char *key, void *value, size_t room)
{
    struct pn_request r = {.server = kv,
                           .label = PN_KV_GET,
                           .send = key,
                           .send_bytes = strlen(key),
                           .receive = value,
                           .receive_size = room};
    int n = pn_request(&r);

    return n < 0 ? n : (int)r.received;
}

int pn_kv_put(L4_ThreadId_t kv, const char *key, const void *value,
              size_t bytes)
{
    char both[PN_KV_KEY + PN_KV_VALUE];
    size_t n = strnlen(key, PN_KV_KEY + 1);
    struct pn_request r = {.server = kv,
                           .label = PN_KV_PUT,
                           .words = 1,
                           .word = {n},
                           .send = both,
                           .send_bytes = n + bytes};

    if (n > PN_KV_KEY || bytes > PN_KV_VALUE)
        return -PN_INVALID;
    memcpy(both, key, n);
    memcpy(both + n, value, bytes);
    return pn_request(&r);
}

int pn_kv_delete(L4_ThreadId_t kv, const char *key)
{
    struct pn_request r = {.server = kv,
                           .label = PN_KV_DELETE,
                           .send = key,
                           .send_bytes = strlen(key)};

    return pn_request(&r);
}

int pn_kv_count(L4_ThreadId_t kv)
{
    L4_Word_t count = 0;
    int n = pn_ask(kv, PN_KV_COUNT, &count, 0, 1);

    return n < 0 ? n : (int)count;
}

int pn_kv_key(L4_ThreadId_t kv, unsigned index, char *key, size_t room)
{
    struct pn_request r = {.server = kv,
                           .label = PN_KV_KEY_AT,
                           .words = 1,
                           .word = {index},
                           .receive = key,
                           .receive_size = room - 1};
    int n = pn_request(&r);

    if (n < 0)
        return n;
    key[r.received] = '\0';
    return (int)r.received;
}
