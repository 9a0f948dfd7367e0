/*
 * pn/kv.h - the key-value store's protocol (servers/kv), and stubs.
 *
 * Keys have 1 to 64 bytes, values up to 1,024. What was acknowledged survives
 * the server's death and restart.
 *
 *   label   request                             answer
 *   GET     string: the key                     string: the value
 *   PUT     MR1 = bytes of the key; string:     -
 *           the key and behind it the value
 *   DELETE  string: the key                     -
 *   COUNT   -                                   MR1 = number of keys
 *   KEY     MR1 = n                             string: the n-th key
 *
 * Refusals (pn/server.h): PN_NOT_FOUND, PN_INVALID, PN_NO_ROOM.
 */
#pragma once

#include <pn/server.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PN_KV_NAME  "kv" /* the server, to pn_find */
#define PN_KV_KEY   64
#define PN_KV_VALUE 1024

enum pn_kv_label {
    PN_KV_GET = 0x0801,
    PN_KV_PUT,
    PN_KV_DELETE,
    PN_KV_COUNT,
    PN_KV_KEY_AT
};

/* Each returns 0 or more, or minus an enum pn_problem. */
int pn_kv_get(L4_ThreadId_t kv, const char *key, void *value, size_t room);
int pn_kv_put(L4_ThreadId_t kv, const char *key, const void *value,
              size_t bytes);
int pn_kv_delete(L4_ThreadId_t kv, const char *key);
int pn_kv_count(L4_ThreadId_t kv);
/* The n-th key, NUL-terminated. */
int pn_kv_key(L4_ThreadId_t kv, unsigned n, char *key, size_t room);

#ifdef __cplusplus
}
#endif
