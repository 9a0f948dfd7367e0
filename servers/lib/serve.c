/*
 * serve.c - the loop of a server (pn/server.h).
 */
#include "items.h"

#include <pn/server.h>
#include <pn/libc.h>
#include <pn/notify.h>

#include <l4/kip.h>
#include <l4/schedule.h>

#define US_PER_MS 1000u

/* Where strings and pages shall go, anew for each message. */
static void accept_items(const struct pn_server *s)
{
    items_accept(s->window ? L4_MapGrantItems(s->window())
                           : L4_UntypedWordsAcceptor,
                 s->buffer, s->buffer_size);
}

/* One typed item, if it is one string or one mapping. */
static void take_item(struct pn_call *c)
{
    L4_StringItem_t string;
    L4_MapItem_t map;

    L4_StoreMRs((int)c->words + 1, 2, string.raw);
    memcpy(map.raw, string.raw, sizeof map.raw);
    if (L4_IsStringItem(&string))
        c->bytes = string.raw[0] >> 10;
    else if (L4_IsMapItem(map))
        c->mapped = L4_MapItemSndFpage(map);
}

static void take(struct pn_call *c, L4_ThreadId_t from, L4_MsgTag_t tag)
{
    c->from = from;
    c->label = L4_Label(tag);
    c->words = (unsigned)L4_UntypedWords(tag);
    c->bytes = 0;
    c->mapped = L4_Nilpage;
    c->string = NULL;
    c->string_bytes = 0;
    if (c->words <= PN_WORDS)
        L4_StoreMRs(1, (int)c->words, c->word);
    if (c->words <= PN_WORDS && L4_TypedWords(tag) == 2)
        take_item(c);
}

int pn_handle(const struct pn_server *s, struct pn_call *c)
{
    static L4_Word_t served;

    if (c->label == PN_LABEL_ALIVE)
        return 0;
    if (c->label == PN_LABEL_SERVED) {
        c->word[0] = served;
        return 1;
    }
    served++;
    for (const struct pn_operation *o = s->operations; o && o->handle; o++)
        if (o->label == c->label)
            return c->words <= PN_WORDS &&
                           (o->words == PN_ANY_WORDS || o->words == c->words)
                       ? o->handle(c)
                       : -PN_UNKNOWN;
    return s->other && c->words <= PN_WORDS ? s->other(c) : -PN_UNKNOWN;
}

static void load_no(enum pn_problem problem)
{
    L4_Set_MsgTag(l4_tag((L4_Word_t)PN_LABEL_NO << 16 | 1));
    L4_LoadMR(1, problem);
}

/* Put the answer into the MRs. */
static void load_answer(struct pn_call *c, int words)
{
    if (words < 0) {
        load_no((enum pn_problem)-words);
        return;
    }
    pn_be_there(c->string, c->string_bytes);
    L4_LoadMRs(1, words, c->word);
    L4_Set_MsgTag(l4_tag(items_load(words, c->string, c->string_bytes) << 6 |
                         (L4_Word_t)words));
}

void pn_answer(L4_ThreadId_t to, const L4_Word_t *words, unsigned n)
{
    L4_LoadMRs(1, (int)n, words);
    L4_Set_MsgTag(l4_tag(n));
    (void)L4_Reply(to);
}

void pn_answer_no(L4_ThreadId_t to, enum pn_problem problem)
{
    load_no(problem);
    (void)L4_Reply(to);
}

static int is_line(L4_ThreadId_t from)
{
    return !L4_IsLocalId(from) && L4_ThreadNo(from) < L4_ThreadIdSystemBase(0);
}

/* --- ticks --- */

static L4_Word64_t next_tick;

static L4_Word64_t now_us(void)
{
    return L4_SystemClock().raw;
}

/* How long to wait for a message. */
static L4_Time_t patience(const struct pn_server *s)
{
    L4_Word64_t now;

    if (s->tick_ms == 0)
        return L4_Never;
    now = now_us();
    return now < next_tick ? L4_TimePeriod(next_tick - now) : L4_ZeroTime;
}

static void wait_for_tick(const struct pn_server *s)
{
    next_tick = now_us() + (L4_Word64_t)s->tick_ms * US_PER_MS;
}

static int tick_is_due(const struct pn_server *s)
{
    return s->tick_ms != 0 && now_us() >= next_tick;
}

/* --- the loop --- */

int pn_serve(const struct pn_server *s)
{
    static struct pn_call call;
    L4_ThreadId_t from, to = L4_nilthread;

    pn_be_writable(s->buffer, s->buffer_size);
    PN_SetNotifyMask(s->notified ? s->mask : 0);
    wait_for_tick(s);
    for (;;) {
        L4_MsgTag_t tag;
        int words;

        accept_items(s);
        tag = L4_ReplyWait_Timeout(to, patience(s), &from);
        to = L4_nilthread;
        if (L4_IpcFailed(tag)) {
            /* its time is over, or nobody took the answer */
        } else if (PN_IsNotification(tag)) {
            L4_Word_t bits;

            L4_StoreMR(1, &bits);
            s->notified(bits);
        } else if (is_line(from)) {
            if (s->interrupt)
                s->interrupt(from);
            L4_Set_MsgTag(L4_Niltag);
            to = from;
        } else {
            take(&call, from, tag);
            words = pn_handle(s, &call);
            if (words != PN_LATER) {
                load_answer(&call, words);
                to = from;
            }
        }
        if (tick_is_due(s)) {
            if (!L4_IsNilThread(to))
                (void)L4_Reply(to);
            to = L4_nilthread;
            s->tick();
            wait_for_tick(s);
        }
    }
}
