/*
 * names - the name service (pn/names.h): registry.c behind the messages, and
 * those who wait for a name.
 *
 * Names and watchers are in the heap, which its supervisor keeps for it (`keep
 * heap` in the system description). Who waits hears of its death and asks
 * again. Only while somebody waits or watches is there a tick.
 */
#include "registry.h"

#include <pn/heap.h>
#include <pn/libc.h>
#include <pn/names.h>
#include <pn/notify.h>

#include <l4/schedule.h>

int main(int argc, char **argv);

#define WAITERS  32
#define TICK_MS  50u
#define SWEEP    5u /* ticks */
#define US_IN_MS 1000u
#define NEVER    (~0ULL)

_Static_assert(PN_NAMES_SIZE == REGISTRY_NAME, "names are as the registry's");

struct waiter {
    L4_ThreadId_t thread; /* nil: free */
    char name[PN_NAMES_SIZE];
    L4_Word64_t end;
};

static struct registry registry;
static struct waiter waiters[WAITERS];
static struct pn_server server;

static const int problems[] = {
    [-REGISTRY_NOT_FOUND] = -PN_NOT_FOUND,
    [-REGISTRY_DENIED] = -PN_DENIED,
    [-REGISTRY_FULL] = -PN_NO_ROOM,
};

static int lives(uint32_t thread)
{
    return PN_Lives(l4_id(thread)) != 0;
}

static void notify(uint32_t thread, uint32_t bits)
{
    (void)PN_Notify(l4_id(thread), bits);
}

/* Who says something about a name, or about the beginning of one. */
static const char *name_of(const struct pn_call *c, int part)
{
    const char *name = (const char *)c->word;

    return registry_is_name(name, part) ? name : NULL;
}

/* --- waiting --- */

static void keep_ticking(void)
{
    server.tick_ms = TICK_MS;
}

/* The thread's own place, or a free one, or a dead thread's. */
static struct waiter *place_for(L4_ThreadId_t thread)
{
    struct waiter *place = NULL;

    for (unsigned i = 0; i < WAITERS; i++)
        if (L4_IsThreadEqual(waiters[i].thread, thread))
            return &waiters[i];
        else if (!place && (L4_IsNilThread(waiters[i].thread) ||
                            !PN_Lives(waiters[i].thread)))
            place = &waiters[i];
    return place;
}

static int wait(struct pn_call *c)
{
    const char *name = name_of(c, 0);
    L4_Word_t ms = c->word[PN_NAMES_WORDS], owner;
    struct waiter *w;

    if (!name)
        return -PN_INVALID;
    owner = registry_find(&registry, name);
    if (owner) {
        c->word[0] = owner;
        return 1;
    }
    if (ms == 0)
        return -PN_NOT_FOUND;
    w = place_for(c->from);
    if (!w)
        return -PN_NO_ROOM;
    w->thread = c->from;
    memcpy(w->name, name, PN_NAMES_SIZE);
    w->end = ms == PN_NAMES_FOREVER
                 ? NEVER
                 : L4_SystemClock().raw + (L4_Word64_t)ms * US_IN_MS;
    keep_ticking();
    return PN_LATER;
}

static void answer_waiters(const char *name, L4_ThreadId_t owner)
{
    for (unsigned i = 0; i < WAITERS; i++) {
        struct waiter *w = &waiters[i];

        if (L4_IsNilThread(w->thread) || strcmp(w->name, name) != 0)
            continue;
        pn_answer(w->thread, &owner.raw, 1);
        w->thread = L4_nilthread;
    }
}

static int are_waiting(void)
{
    L4_Word64_t now = L4_SystemClock().raw;
    int waiting = 0;

    for (unsigned i = 0; i < WAITERS; i++) {
        struct waiter *w = &waiters[i];

        if (L4_IsNilThread(w->thread))
            continue;
        if (now >= w->end)
            pn_answer_no(w->thread, PN_NOT_FOUND);
        if (now >= w->end || !PN_Lives(w->thread))
            w->thread = L4_nilthread;
        else
            waiting = 1;
    }
    return waiting;
}

static void tick(void)
{
    static unsigned ticks;
    int waiting = are_waiting();

    if (ticks++ % SWEEP == 0 && !registry_sweep(&registry) && !waiting)
        server.tick_ms = 0;
}

/* --- the other requests --- */

static int publish(struct pn_call *c)
{
    const char *name = name_of(c, 0);
    int error;

    if (!name)
        return -PN_INVALID;
    error = registry_publish(&registry, name, (uint32_t)c->from.raw);
    if (error < 0)
        return problems[-error];
    answer_waiters(name, c->from);
    return 0;
}

static int remove_name(struct pn_call *c)
{
    const char *name = name_of(c, 0);

    return name ? problems[-registry_remove(&registry, name,
                                            (uint32_t)c->from.raw)]
                : -PN_INVALID;
}

static int find(struct pn_call *c)
{
    const char *name = name_of(c, 0);

    if (!name)
        return -PN_INVALID;
    c->word[0] = registry_find(&registry, name);
    return c->word[0] != 0 ? 1 : -PN_NOT_FOUND;
}

static int list(struct pn_call *c)
{
    char begin[PN_NAMES_SIZE];
    struct pn_names_entry *entry = (struct pn_names_entry *)&c->word[1];
    uint32_t at = (uint32_t)c->word[PN_NAMES_WORDS];
    unsigned n = 0;

    if (!name_of(c, 1))
        return -PN_INVALID;
    memcpy(begin, c->word, sizeof begin);
    for (; n < PN_NAMES_PAGE; n++) {
        const struct registry_record *r = registry_next(&registry, begin, &at);

        if (!r)
            break;
        memcpy(entry[n].name, r->text, PN_NAMES_SIZE);
        entry[n].owner = l4_id(r->thread);
    }
    c->word[0] = n == PN_NAMES_PAGE ? at : 0;
    return (int)(1 + n * (PN_NAMES_WORDS + 1));
}

/* Who cannot be notified, behind its list of whom it talks to, must know. */
static int watch(struct pn_call *c)
{
    const char *begin = name_of(c, 1);
    L4_Word_t bits = c->word[PN_NAMES_WORDS];

    if (!begin)
        return -PN_INVALID;
    if (bits != 0 && !PN_Notify(c->from, 0))
        return -PN_DENIED;
    keep_ticking();
    return problems[-registry_watch(&registry, begin, (uint32_t)c->from.raw,
                                    (uint32_t)bits)];
}

static const struct pn_operation operations[] = {
    {PN_NAMES_PUBLISH, PN_NAMES_WORDS, publish},
    {PN_NAMES_REMOVE, PN_NAMES_WORDS, remove_name},
    {PN_NAMES_FIND, PN_NAMES_WORDS, find},
    {PN_NAMES_WAIT, PN_NAMES_WORDS + 1, wait},
    {PN_NAMES_LIST, PN_NAMES_WORDS + 1, list},
    {PN_NAMES_WATCH, PN_NAMES_WORDS + 1, watch},
    {0, 0, NULL},
};

int main(int argc, char **argv)
{
    struct pn_heap heap;

    (void)argc;
    (void)argv;
    registry = (struct registry){.lives = lives, .notify = notify};
    if (!pn_heap(&heap) ||
        registry_open(&registry, (void *)heap.low, heap.high - heap.low) == 0) {
        printf("names: it wants `heap 8 KB` and `keep heap`\n");
        return 1;
    }
    server = (struct pn_server){
        .operations = operations, .tick = tick, .tick_ms = TICK_MS};
    pn_serve(&server);
}
