/*
 * kv - the key-value store (pn/kv.h): store.c behind the messages.
 *
 * Its log is in memory that its supervisor keeps for it (`keep heap` in the system
 * description), so a server that is killed and started again has it all.
 */
#include "store.h"

#include <pn/heap.h>
#include <pn/kv.h>
#include <pn/libc.h>

int main(int argc, char **argv);

static struct store store;
static char buffer[PN_KV_KEY + PN_KV_VALUE];
static char out[PN_KV_VALUE];

static const int problems[] = {
    [STORE_DONE] = 0,
    [STORE_INVALID] = -PN_INVALID,
    [STORE_FULL] = -PN_NO_ROOM,
    [STORE_NO_KEY] = -PN_NOT_FOUND,
};

/* The answer is what stands in `out`. */
static int say(struct pn_call *c, int bytes)
{
    if (bytes < 0)
        return -PN_NOT_FOUND;
    c->string = out;
    c->string_bytes = (size_t)bytes;
    return 0;
}

static int get(struct pn_call *c)
{
    if (c->bytes > PN_KV_KEY)
        return -PN_INVALID;
    return say(c, store_get(&store, buffer, c->bytes, out, sizeof out));
}

static int put(struct pn_call *c)
{
    if (c->word[0] > c->bytes)
        return -PN_INVALID;
    return problems[store_put(&store, buffer, c->word[0], buffer + c->word[0],
                              c->bytes - c->word[0])];
}

static int delete_key(struct pn_call *c)
{
    return problems[store_delete(&store, buffer, c->bytes)];
}

static int count(struct pn_call *c)
{
    c->word[0] = store.keys;
    return 1;
}

static int key_at(struct pn_call *c)
{
    return say(c, store_key(&store, (unsigned)c->word[0], out, sizeof out));
}

static const struct pn_operation operations[] = {
    {PN_KV_GET, 0, get},     {PN_KV_PUT, 1, put},
    {PN_KV_DELETE, 0, delete_key}, {PN_KV_COUNT, 0, count},
    {PN_KV_KEY_AT, 1, key_at},     {0, 0, NULL},
};

int main(int argc, char **argv)
{
    struct pn_heap heap;

    (void)argc;
    (void)argv;
    if (!pn_heap(&heap) ||
        store_open(&store, (void *)heap.low, heap.high - heap.low) < 0) {
        printf("kv: it wants `heap 64 KB` and `keep heap`\n");
        return 1;
    }
    pn_serve(&(struct pn_server){.operations = operations,
                                 .buffer = buffer,
                                 .buffer_size = sizeof buffer});
}
