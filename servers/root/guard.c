/*
 * guard.c - passing messages on, or not (guard.h).
 */
#include "guard.h"
#include "memory.h"
#include "scribe.h"

#include <l4/ipc.h>
#include <l4/kip.h>
#include <l4/space.h>
#include <pn/libc.h>
#include <pn/server.h>

#define KEPT       256 /* messages */
#define NO_FAULTS  (L4_ZeroTime.raw << 16 | L4_ZeroTime.raw)
#define TAG_LENGTH 0xffff0fffUL /* label, words, typed words */

struct letter {
    L4_Word_t from; /* 0: none */
    L4_Word_t to;
    L4_Word_t tag;
    L4_Word_t mr[64];
    L4_Word_t string; /* its memory; 0: none */
    L4_Word_t string_log2;
    L4_Word_t bytes;
};

static char buffer[GUARD_STRING] __attribute__((aligned(PAGE_SIZE)));
static struct letter *kept;
static unsigned kept_count;
static L4_Word_t *asked; /* by thread number: whom that thread asked last */

const char *guard_make(void)
{
    L4_Word_t bytes = sizeof(L4_Word_t) << L4_ThreadIdBits(NULL);

    kept = (struct letter *)memory_get(memory_log2(KEPT * sizeof *kept));
    asked = (L4_Word_t *)memory_get(memory_log2(bytes));
    if (!kept || !asked)
        return "no memory to pass messages on";
    memset(kept, 0, KEPT * sizeof *kept);
    memset(asked, 0, bytes);
    memset(buffer, 0, sizeof buffer); /* its pages are there */
    L4_Set_XferTimeouts(NO_FAULTS);
    return NULL;
}

int guard_restrict(const struct program *p)
{
    L4_Word_t old;

    return L4_SpaceControl(p->thread, 0, L4_Nilpage, L4_Nilpage,
                           L4_MyGlobalId(), &old) != 0;
}

void guard_forget(L4_ThreadId_t thread)
{
    if (asked)
        asked[L4_ThreadNo(thread)] = 0;
}

void guard_accept(void)
{
    L4_StringItem_t item = L4_StringItem(sizeof buffer, buffer);

    if (!kept)
        return;
    L4_Accept(L4_StringItemsAcceptor);
    L4_LoadBR(1, item.raw[0]);
    L4_LoadBR(2, item.raw[1]);
}

/* --- who may --- */

/* The messages of our own other threads carry local ids. */
static L4_Word_t *question_of(L4_ThreadId_t thread)
{
    return &asked[L4_ThreadNo(L4_IsLocalId(thread) ? L4_GlobalIdOf(thread)
                                                   : thread)];
}

static int may_send(L4_ThreadId_t from, L4_ThreadId_t to)
{
    const struct program *s = program_of(from), *r = program_of(to);

    if (L4_IsLocalId(from) || L4_IsThreadEqual(to, scribe_thread()))
        return 1;
    if (!s || !r)
        return 0;
    if (!program_is_restricted(s))
        return 1;
    for (unsigned i = 0; r->server && i < s->server->talks; i++)
        if (strcmp(s->server->talk[i], r->server->name) == 0)
            return 1;
    return 0;
}

/* Is `from` still who it was? A message in the name of nobody would come from
 * us. */
static int is_there(L4_ThreadId_t from)
{
    return L4_IsLocalId(from) || program_of(from) != NULL;
}

/* --- sending --- */

enum passed { PASSED, LATER, NEVER };

/* The message in the MRs, with the first `bytes` of `string` if it has one. */
static enum passed pass(L4_ThreadId_t from, L4_ThreadId_t to, L4_MsgTag_t tag,
                        L4_Word_t bytes, void *string)
{
    tag.raw &= TAG_LENGTH;
    if (L4_TypedWords(tag) == 2) {
        L4_StringItem_t item = L4_StringItem(bytes, string);

        L4_LoadMRs((int)L4_UntypedWords(tag) + 1, 2, item.raw);
    }
    L4_Set_Propagation(&tag);
    L4_Set_VirtualSender(from);
    L4_Set_MsgTag(tag);
    tag = L4_Send_Timeout(to, L4_ZeroTime);
    if (L4_IpcSucceeded(tag))
        return PASSED;
    return (L4_ErrorCode() & L4_IpcErrMask) == L4_IpcErrTimeout ? LATER : NEVER;
}

/* Tell `from`, if it waits for that, in the name of `to`. */
static void refuse(L4_ThreadId_t from, L4_ThreadId_t to,
                   enum pn_problem problem)
{
    L4_LoadMR(1, problem);
    (void)pass(to, from, l4_tag((L4_Word_t)PN_LABEL_NO << 16 | 1), 0, NULL);
}

/* --- keeping --- */

static void drop(struct letter *l)
{
    if (l->string)
        memory_put(l->string, l->string_log2);
    l->string = l->from = 0;
    kept_count--;
}

/* A place for the message of this thread, who has no other one any more. */
static struct letter *place_for(L4_ThreadId_t from)
{
    struct letter *free = NULL;

    for (unsigned i = 0; i < KEPT; i++) {
        if (kept[i].from == from.raw)
            drop(&kept[i]);
        if (kept[i].from == 0 && !free)
            free = &kept[i];
    }
    return free;
}

/* What pass() was given, and has left in the MRs. */
static int keep(L4_ThreadId_t from, L4_ThreadId_t to, L4_MsgTag_t tag,
                L4_Word_t bytes)
{
    L4_Word_t mr[64];
    struct letter *l = place_for(from);

    if (!l)
        return 0;
    L4_StoreMRs(1, 63, mr + 1);
    if (L4_TypedWords(tag) == 2) {
        l->string_log2 = memory_log2(bytes);
        l->string = memory_get(l->string_log2); /* takes the MRs */
        if (!l->string)
            return 0;
        memcpy((void *)l->string, buffer, bytes);
    }
    memcpy(l->mr, mr, sizeof mr);
    l->from = from.raw;
    l->to = to.raw;
    l->tag = tag.raw;
    l->bytes = bytes;
    kept_count++;
    return 1;
}

int guard_is_busy(void)
{
    return kept_count > 0;
}

static void offer(struct letter *l)
{
    L4_ThreadId_t from = l4_id(l->from);
    enum passed done;

    if (!is_there(from)) {
        drop(l);
        return;
    }
    L4_LoadMRs(1, 63, l->mr + 1);
    done =
        pass(from, l4_id(l->to), l4_tag(l->tag), l->bytes, (void *)l->string);
    if (done == NEVER)
        refuse(from, l4_id(l->to), PN_BROKEN);
    if (done != LATER)
        drop(l);
}

void guard_work(void)
{
    for (unsigned i = 0; kept_count > 0 && i < KEPT; i++)
        if (kept[i].from != 0)
            offer(&kept[i]);
}

/* --- receiving --- */

/* Words, or words and one string, whose length is then *bytes? */
static int is_plain(L4_MsgTag_t tag, L4_Word_t *bytes)
{
    L4_StringItem_t item;

    *bytes = 0;
    if (L4_TypedWords(tag) == 0)
        return 1;
    if (L4_TypedWords(tag) != 2)
        return 0;
    L4_StoreMRs((int)L4_UntypedWords(tag) + 1, 2, item.raw);
    *bytes = item.raw[0] >> 10;
    return L4_IsStringItem(&item) && *bytes <= sizeof buffer;
}

static void ask(L4_ThreadId_t from, L4_ThreadId_t to, L4_MsgTag_t tag,
                L4_Word_t bytes)
{
    *question_of(from) = to.raw;
    switch (pass(from, to, tag, bytes, buffer)) {
    case LATER:
        if (!keep(from, to, tag, bytes))
            refuse(from, to, PN_BUSY);
        break;
    case NEVER:
        refuse(from, to, PN_BROKEN);
        break;
    case PASSED:
        break;
    }
}

void guard_message(L4_ThreadId_t from, L4_MsgTag_t tag)
{
    L4_ThreadId_t to = L4_IntendedReceiver();
    L4_Word_t bytes, *question = question_of(to);

    if (!is_there(from))
        return;
    if (!is_plain(tag, &bytes)) {
        refuse(from, to, PN_INVALID);
        return;
    }
    if (*question == from.raw) { /* an answer */
        *question = 0;
        if (pass(from, to, tag, bytes, buffer) == NEVER)
            refuse(to, from, PN_BROKEN);
    } else if (may_send(from, to)) {
        ask(from, to, tag, bytes);
    } else {
        refuse(from, to, PN_DENIED);
    }
}
