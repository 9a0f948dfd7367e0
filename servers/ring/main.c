/*
 * ring - an example: a server that is asked by messages or through rings
 * (pn/ring.h), whichever the client likes. What it offers is pn/handles.h.
 */
#include <pn/handles.h>
#include <pn/libc.h>
#include <pn/notify.h>
#include <pn/ring.h>

int main(int argc, char **argv);

struct thing {
    L4_ThreadId_t owner; /* nil: free */
    size_t bytes;
    char name[PN_HANDLES_NAME];
};

static struct thing things[PN_HANDLES];
static char buffer[PN_RING_DATA];

/* Handle n is at n - 1. */
static struct thing *thing_of(const struct pn_call *c)
{
    L4_Word_t n = c->word[0];

    return n >= 1 && n <= PN_HANDLES &&
                   L4_IsThreadEqual(things[n - 1].owner, c->from)
               ? &things[n - 1]
               : NULL;
}

/* One that nobody has; failing that, one whose owner is no more. */
static struct thing *free_thing(void)
{
    for (unsigned i = 0; i < PN_HANDLES; i++)
        if (L4_IsNilThread(things[i].owner))
            return &things[i];
    for (unsigned i = 0; i < PN_HANDLES; i++)
        if (!PN_Lives(things[i].owner))
            return &things[i];
    return NULL;
}

static int open_thing(struct pn_call *c)
{
    struct thing *t;

    if (c->bytes == 0 || c->bytes > PN_HANDLES_NAME)
        return -PN_INVALID;
    t = free_thing();
    if (!t)
        return -PN_NO_ROOM;
    t->owner = c->from;
    t->bytes = c->bytes;
    memcpy(t->name, buffer, c->bytes);
    c->word[0] = (L4_Word_t)(t - things) + 1;
    return 1;
}

static int name_thing(struct pn_call *c)
{
    const struct thing *t = thing_of(c);

    if (!t)
        return -PN_NOT_FOUND;
    c->string = t->name;
    c->string_bytes = t->bytes;
    return 0;
}

static int close_thing(struct pn_call *c)
{
    struct thing *t = thing_of(c);

    if (!t)
        return -PN_NOT_FOUND;
    t->owner = L4_nilthread;
    return 0;
}

static const struct pn_operation operations[] = {
    {PN_HANDLE_OPEN, 0, open_thing},
    {PN_HANDLE_NAME, 1, name_thing},
    {PN_HANDLE_CLOSE, 1, close_thing},
    {PN_RING_OPEN, 1, pn_ring_attach},
    {0, 0, NULL},
};

static void notified(L4_Word_t bits);

static const struct pn_server server = {
    .operations = operations,
    .buffer = buffer,
    .buffer_size = sizeof buffer,
    .window = pn_ring_window,
    .mask = PN_RING_BITS,
    .notified = notified,
};

static void notified(L4_Word_t bits)
{
    pn_ring_work(&server, bits);
}

int main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    pn_serve(&server);
}
