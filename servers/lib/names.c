/*
 * names.c - the name service's clients (pn/names.h).
 */
#include <pn/names.h>
#include <pn/libc.h>
#include <pn/program.h>

#include <l4/schedule.h>

#define POLL_US  10000u
#define US_IN_MS 1000u

#define PATIENCE_MS 1000u /* nobody hangs because the service does */

/* The service may be a new one. -PN_GONE: there is none. */
static int ask(struct pn_request *r)
{
    static L4_ThreadId_t service;
    int n = -PN_GONE;

    for (int i = 0; i < 2 && n == -PN_GONE; i++) {
        r->server = service;
        n = pn_request(r);
        if (n == -PN_GONE)
            service = pn_find(PN_NAMES_SERVER);
    }
    return n;
}

/* Ask about a name, and in one more word. */
static int ask_name(struct pn_request *r, enum pn_names_label label,
                    const char *name, unsigned words, L4_Word_t word)
{
    size_t length = strnlen(name, PN_NAMES_SIZE);

    if (length == PN_NAMES_SIZE)
        return -PN_INVALID;
    *r = (struct pn_request){
        .label = label,
        .words = PN_NAMES_WORDS + words,
        .patience_ms = label == PN_NAMES_WAIT ? 0 : PATIENCE_MS,
    };
    memcpy(r->word, name, length);
    r->word[PN_NAMES_WORDS] = word;
    return ask(r);
}

int pn_names_publish(const char *name)
{
    struct pn_request r;

    return ask_name(&r, PN_NAMES_PUBLISH, name, 0, 0);
}

int pn_names_remove(const char *name)
{
    struct pn_request r;

    return ask_name(&r, PN_NAMES_REMOVE, name, 0, 0);
}

static L4_ThreadId_t find_program(const char *name)
{
    return strlen(name) <= PN_NAME_WORDS * sizeof(L4_Word_t) ? pn_find(name)
                                                             : L4_nilthread;
}

L4_ThreadId_t pn_names_find(const char *name)
{
    struct pn_request r;

    return ask_name(&r, PN_NAMES_FIND, name, 0, 0) == 1 ? l4_id(r.word[0])
                                                        : find_program(name);
}

/* Without a service, or while it is started again, asking is all there is. */
L4_ThreadId_t pn_names_wait(const char *name, L4_Word_t ms)
{
    L4_Word64_t now = L4_SystemClock().raw;
    L4_Word64_t end = now + (L4_Word64_t)ms * US_IN_MS;
    L4_ThreadId_t found = pn_names_find(name);
    struct pn_request r;

    while (L4_IsNilThread(found) && (ms == PN_NAMES_FOREVER || now < end)) {
        L4_Word_t left =
            ms == PN_NAMES_FOREVER ? ms : (L4_Word_t)(end - now) / US_IN_MS + 1;
        int n = ask_name(&r, PN_NAMES_WAIT, name, 1, left);

        if (n == 1)
            return l4_id(r.word[0]);
        if (n == -PN_NOT_FOUND || n == -PN_INVALID)
            return L4_nilthread;
        L4_Sleep(L4_TimePeriod(POLL_US));
        found = pn_names_find(name);
        now = L4_SystemClock().raw;
    }
    return found;
}

int pn_names_list(const char *begin, L4_Word_t *at,
                  struct pn_names_entry *entries)
{
    struct pn_request r;
    int n;

    if (*at == PN_NAMES_FOREVER)
        return 0;
    n = ask_name(&r, PN_NAMES_LIST, begin, 1, *at);
    if (n < 1)
        return n < 0 ? n : -PN_BROKEN;
    *at = r.word[0] ? r.word[0] : PN_NAMES_FOREVER;
    n = (n - 1) / (int)(PN_NAMES_WORDS + 1);
    memcpy(entries, r.word + 1, (size_t)n * sizeof *entries);
    return n;
}

int pn_names_watch(const char *begin, L4_Word_t bits)
{
    struct pn_request r;

    return ask_name(&r, PN_NAMES_WATCH, begin, 1, bits);
}
