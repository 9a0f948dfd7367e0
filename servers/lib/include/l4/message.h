/*
 * l4/message.h - messages: the tag, typed items, the message buffer L4_Msg_t
 * and acceptors (X.2 "Messages and Message Registers").
 *
 * String items are here for programs that use them; they are built as X.2
 * says. What the running kernel does with them, its README says.
 */
#pragma once

#include <l4/types.h>
#include <l4/ia32/vregs.h>

/* --- The message tag, MR0 --- */

typedef union {
    L4_Word_t raw;
    struct {
        L4_Word_t u : 6;
        L4_Word_t t : 6;
        L4_Word_t flags : 4;
        L4_Word_t label : 16;
    } X;
} L4_MsgTag_t;

#define L4_TagPropagated 0x1000UL
#define L4_TagRedirected 0x2000UL
#define L4_TagXcpu       0x4000UL
#define L4_TagError      0x8000UL

/* A tag from its raw word; not part of X.2. */
L4_INLINE L4_MsgTag_t l4_tag(L4_Word_t raw)
{
    L4_MsgTag_t tag;
    tag.raw = raw;
    return tag;
}

#define L4_Niltag (l4_tag(0UL))

L4_INLINE L4_Bool_t L4_IsMsgTagEqual(L4_MsgTag_t l, L4_MsgTag_t r)
{
    return l.raw == r.raw;
}

L4_INLINE L4_Bool_t L4_IsMsgTagNotEqual(L4_MsgTag_t l, L4_MsgTag_t r)
{
    return l.raw != r.raw;
}

L4_INLINE L4_Word_t L4_Label(L4_MsgTag_t t)
{
    return (t.raw >> 16) & 0xffff;
}

L4_INLINE L4_Word_t L4_UntypedWords(L4_MsgTag_t t)
{
    return t.raw & 0x3f;
}

L4_INLINE L4_Word_t L4_TypedWords(L4_MsgTag_t t)
{
    return (t.raw >> 6) & 0x3f;
}

L4_INLINE L4_MsgTag_t L4_MsgTagAddLabel(L4_MsgTag_t t, L4_Word_t label)
{
    return l4_tag((t.raw & 0xffffUL) | (label << 16));
}

L4_INLINE L4_MsgTag_t L4_MsgTagAddLabelTo(L4_MsgTag_t *t, L4_Word_t label)
{
    return *t = L4_MsgTagAddLabel(*t, label);
}

/* The tag in the caller's MR0. */
L4_INLINE L4_MsgTag_t L4_MsgTag(void)
{
    return l4_tag(l4_utcb()[0]);
}

L4_INLINE void L4_Set_MsgTag(L4_MsgTag_t t)
{
    l4_utcb()[0] = t.raw;
}

/* --- Map and grant items --- */

typedef union {
    L4_Word_t raw[2];
    struct {
        L4_Word_t C : 1;
        L4_Word_t __type : 3; /* 4 map, 5 grant */
        L4_Word_t __zeros : 6;
        L4_Word_t snd_base : 22;
        L4_Fpage_t snd_fpage;
    } X;
} L4_MapItem_t;

typedef L4_MapItem_t L4_GrantItem_t;

#define L4_ItemTypeMap   0x8UL
#define L4_ItemTypeGrant 0xaUL
#define L4_ItemTypeMask  0xeUL

L4_INLINE L4_MapItem_t L4_MapItem(L4_Fpage_t f, L4_Word_t SndBase)
{
    L4_MapItem_t m;
    m.raw[0] = (SndBase & ~0x3ffUL) | L4_ItemTypeMap;
    m.raw[1] = f.raw;
    return m;
}

L4_INLINE L4_GrantItem_t L4_GrantItem(L4_Fpage_t f, L4_Word_t SndBase)
{
    L4_GrantItem_t g;
    g.raw[0] = (SndBase & ~0x3ffUL) | L4_ItemTypeGrant;
    g.raw[1] = f.raw;
    return g;
}

L4_INLINE L4_Bool_t L4_IsMapItem(L4_MapItem_t m)
{
    return (m.raw[0] & L4_ItemTypeMask) == L4_ItemTypeMap;
}

L4_INLINE L4_Bool_t L4_IsGrantItem(L4_GrantItem_t g)
{
    return (g.raw[0] & L4_ItemTypeMask) == L4_ItemTypeGrant;
}

L4_INLINE L4_Fpage_t L4_MapItemSndFpage(L4_MapItem_t m)
{
    return l4_fpage(m.raw[1]);
}

L4_INLINE L4_Word_t L4_MapItemSndBase(L4_MapItem_t m)
{
    return m.raw[0] & ~0x3ffUL;
}

L4_INLINE L4_Fpage_t L4_GrantItemSndFpage(L4_GrantItem_t g)
{
    return l4_fpage(g.raw[1]);
}

L4_INLINE L4_Word_t L4_GrantItemSndBase(L4_GrantItem_t g)
{
    return g.raw[0] & ~0x3ffUL;
}

/* --- String items: header word, then pointers. Items with more than one
 *     pointer or descriptor need storage beyond the union. --- */

typedef union {
    L4_Word_t raw[2];
    struct {
        L4_Word_t C : 1;
        L4_Word_t cache_allocation_hint : 2;
        L4_Word_t __type : 1;
        L4_Word_t num_ptrs : 5; /* substring pointers - 1 */
        L4_Word_t cont : 1;     /* another descriptor follows */
        L4_Word_t len : 22;
        void *substring_ptr;
    } X;
} L4_StringItem_t;

typedef L4_Word_t L4_CacheAllocationHint_t;

#define L4_UseDefaultCacheLineAllocation 0UL
#define L4_AllocateNewCacheLines         1UL
#define L4_AllocateOnlyNewL1CacheLines   2UL
#define L4_DoNotAllocateNewCacheLines    3UL

L4_INLINE L4_StringItem_t L4_StringItem(L4_Word_t size, void *address)
{
    L4_StringItem_t s;
    s.raw[0] = size << 10;
    s.raw[1] = (L4_Word_t)address;
    return s;
}

L4_INLINE L4_Bool_t L4_IsStringItem(L4_StringItem_t *s)
{
    return (s->raw[0] & 0x8) == 0;
}

L4_INLINE L4_Bool_t L4_CompoundString(L4_StringItem_t *s)
{
    return (s->raw[0] & 0x200) != 0;
}

/* Pointers of the first descriptor. */
L4_INLINE L4_Word_t L4_Substrings(L4_StringItem_t *s)
{
    return ((s->raw[0] >> 4) & 0x1f) + 1;
}

L4_INLINE void *L4_Substring(L4_StringItem_t *s, L4_Word_t n)
{
    L4_Word_t *words = (L4_Word_t *)s;

    return (void *)words[1 + n];
}

/* Words of a whole string item, all descriptors; not part of X.2. */
L4_INLINE L4_Word_t l4_string_words(const L4_Word_t *w)
{
    L4_Word_t n = 0;
    L4_Word_t more;

    do {
        more = w[n] & 0x200;
        n += 2 + ((w[n] >> 4) & 0x1f);
    } while (more && n < 64);
    return n;
}

/* Index of the last descriptor's header word; not part of X.2. */
L4_INLINE L4_Word_t l4_string_last(const L4_Word_t *w)
{
    L4_Word_t n = 0;

    while ((w[n] & 0x200) && n < 64)
        n += 2 + ((w[n] >> 4) & 0x1f);
    return n;
}

/* Append a descriptor (with all its pointers) to a compound string. */
L4_INLINE L4_StringItem_t *L4_AddSubstringTo(L4_StringItem_t *dest,
                                             L4_StringItem_t *substring)
{
    L4_Word_t *to = (L4_Word_t *)dest;
    const L4_Word_t *from = (const L4_Word_t *)substring;
    L4_Word_t end = l4_string_words(to);
    L4_Word_t count = l4_string_words(from);

    to[l4_string_last(to)] |= 0x200;
    for (L4_Word_t i = 0; i < count; i++)
        to[end + i] = from[i];
    return dest;
}

/* Append a pointer to the last descriptor: another piece of the same size. */
L4_INLINE L4_StringItem_t *L4_AddSubstringAddressTo(L4_StringItem_t *dest,
                                                    void *address)
{
    L4_Word_t *to = (L4_Word_t *)dest;

    to[l4_string_words(to)] = (L4_Word_t)address;
    to[l4_string_last(to)] += 0x10;
    return dest;
}

L4_INLINE L4_CacheAllocationHint_t L4_CacheAllocationHint(L4_StringItem_t s)
{
    return (s.raw[0] >> 1) & 3;
}

L4_INLINE L4_StringItem_t
L4_AddCacheAllocationHint(L4_StringItem_t s, L4_CacheAllocationHint_t hint)
{
    s.raw[0] |= (hint & 3) << 1;
    return s;
}

L4_INLINE L4_StringItem_t *
L4_AddCacheAllocationHintTo(L4_StringItem_t *s, L4_CacheAllocationHint_t hint)
{
    s->raw[0] |= (hint & 3) << 1;
    return s;
}

/* --- L4_Msg_t: a message in memory. Appends beyond 63 words are ignored. ---
 */

typedef union {
    L4_Word_t raw[L4_MRS];
    L4_Word_t msg[L4_MRS];
    L4_MsgTag_t tag;
} L4_Msg_t;

L4_INLINE void L4_MsgClear(L4_Msg_t *msg)
{
    msg->raw[0] = 0;
}

L4_INLINE L4_MsgTag_t L4_MsgMsgTag(L4_Msg_t *msg)
{
    return l4_tag(msg->raw[0]);
}

L4_INLINE void L4_Set_MsgMsgTag(L4_Msg_t *msg, L4_MsgTag_t t)
{
    msg->raw[0] = t.raw;
}

L4_INLINE L4_Word_t L4_MsgLabel(L4_Msg_t *msg)
{
    return L4_Label(L4_MsgMsgTag(msg));
}

L4_INLINE void L4_Set_MsgLabel(L4_Msg_t *msg, L4_Word_t label)
{
    msg->raw[0] = (msg->raw[0] & 0xffffUL) | (label << 16);
}

L4_INLINE void L4_Set_MsgTagOf(L4_Msg_t *msg, L4_Word_t u, L4_Word_t t)
{
    msg->raw[0] = (msg->raw[0] & ~0xfffUL) | (t << 6) | u;
}

L4_INLINE void L4_MsgLoad(L4_Msg_t *msg)
{
    L4_MsgTag_t t = L4_MsgMsgTag(msg);
    L4_Word_t words = L4_UntypedWords(t) + L4_TypedWords(t);

    L4_LoadMRs(0, words < L4_MRS ? (int)words + 1 : L4_MRS, msg->raw);
}

/* The message of tag t, from the MRs. */
L4_INLINE void L4_MsgStore(L4_MsgTag_t t, L4_Msg_t *msg)
{
    L4_Word_t words = L4_UntypedWords(t) + L4_TypedWords(t);

    L4_StoreMRs(0, words < L4_MRS ? (int)words + 1 : L4_MRS, msg->raw);
    msg->raw[0] = t.raw;
}

/* u words and t words of typed items, all at once. */
L4_INLINE void L4_MsgPut(L4_Msg_t *msg, L4_Word_t label, int u,
                         const L4_Word_t *untyped, int t, const void *items)
{
    const L4_Word_t *typed = (const L4_Word_t *)items;

    if (u < 0 || t < 0 || u + t >= L4_MRS)
        return;
    for (int i = 0; i < u; i++)
        msg->raw[1 + i] = untyped[i];
    for (int i = 0; i < t; i++)
        msg->raw[1 + u + i] = typed[i];
    msg->raw[0] = (label << 16) | ((L4_Word_t)t << 6) | (L4_Word_t)u;
}

L4_INLINE void L4_MsgGet(L4_Msg_t *msg, L4_Word_t *untyped, void *items)
{
    L4_Word_t u = L4_UntypedWords(L4_MsgMsgTag(msg));
    L4_Word_t t = L4_TypedWords(L4_MsgMsgTag(msg));
    L4_Word_t *typed = (L4_Word_t *)items;

    for (L4_Word_t i = 0; i < u && 1 + i < L4_MRS; i++)
        untyped[i] = msg->raw[1 + i];
    for (L4_Word_t i = 0; i < t && 1 + u + i < L4_MRS; i++)
        typed[i] = msg->raw[1 + u + i];
}

/* Append words behind the typed items; the tag counts them as typed. Not part
 * of X.2. */
L4_INLINE void l4_msg_append(L4_Msg_t *msg, const L4_Word_t *w, L4_Word_t n)
{
    L4_Word_t u = L4_UntypedWords(L4_MsgMsgTag(msg));
    L4_Word_t t = L4_TypedWords(L4_MsgMsgTag(msg));

    if (u + t + n >= L4_MRS)
        return;
    for (L4_Word_t i = 0; i < n; i++)
        msg->raw[1 + u + t + i] = w[i];
    L4_Set_MsgTagOf(msg, u, t + n);
}

/* Typed items move up to make room, as X.2 allows any order of appending. */
L4_INLINE void L4_MsgAppendWord(L4_Msg_t *msg, L4_Word_t w)
{
    L4_Word_t u = L4_UntypedWords(L4_MsgMsgTag(msg));
    L4_Word_t t = L4_TypedWords(L4_MsgMsgTag(msg));

    if (u + t + 1 >= L4_MRS)
        return;
    for (L4_Word_t i = u + t; i > u; i--)
        msg->raw[i + 1] = msg->raw[i];
    msg->raw[u + 1] = w;
    L4_Set_MsgTagOf(msg, u + 1, t);
}

L4_INLINE void L4_MsgAppendMapItem(L4_Msg_t *msg, L4_MapItem_t m)
{
    l4_msg_append(msg, m.raw, 2);
}

L4_INLINE void L4_MsgAppendGrantItem(L4_Msg_t *msg, L4_GrantItem_t g)
{
    l4_msg_append(msg, g.raw, 2);
}

L4_INLINE void L4_MsgAppendSimpleStringItem(L4_Msg_t *msg, L4_StringItem_t s)
{
    l4_msg_append(msg, s.raw, 2);
}

L4_INLINE void L4_MsgAppendStringItem(L4_Msg_t *msg, L4_StringItem_t *s)
{
    const L4_Word_t *words = (const L4_Word_t *)s;

    l4_msg_append(msg, words, l4_string_words(words));
}

/* Overwrite untyped word u (counted from 0); it must exist. */
L4_INLINE void L4_MsgPutWord(L4_Msg_t *msg, L4_Word_t u, L4_Word_t w)
{
    if (u < L4_UntypedWords(L4_MsgMsgTag(msg)))
        msg->raw[1 + u] = w;
}

/* Overwrite n typed words from typed word t on; not part of X.2. */
L4_INLINE void l4_msg_put(L4_Msg_t *msg, L4_Word_t t, const L4_Word_t *w,
                          L4_Word_t n)
{
    L4_Word_t u = L4_UntypedWords(L4_MsgMsgTag(msg));

    if (t + n > L4_TypedWords(L4_MsgMsgTag(msg)) || u + t + n >= L4_MRS)
        return;
    for (L4_Word_t i = 0; i < n; i++)
        msg->raw[1 + u + t + i] = w[i];
}

L4_INLINE void L4_MsgPutMapItem(L4_Msg_t *msg, L4_Word_t t, L4_MapItem_t m)
{
    l4_msg_put(msg, t, m.raw, 2);
}

L4_INLINE void L4_MsgPutGrantItem(L4_Msg_t *msg, L4_Word_t t, L4_GrantItem_t g)
{
    l4_msg_put(msg, t, g.raw, 2);
}

L4_INLINE void L4_MsgPutSimpleStringItem(L4_Msg_t *msg, L4_Word_t t,
                                         L4_StringItem_t s)
{
    l4_msg_put(msg, t, s.raw, 2);
}

L4_INLINE void L4_MsgPutStringItem(L4_Msg_t *msg, L4_Word_t t,
                                   L4_StringItem_t *s)
{
    const L4_Word_t *words = (const L4_Word_t *)s;

    l4_msg_put(msg, t, words, l4_string_words(words));
}

/* Untyped word u (counted from 0); 0 if there is none. */
L4_INLINE L4_Word_t L4_MsgWord(L4_Msg_t *msg, L4_Word_t u)
{
    return u < L4_UntypedWords(L4_MsgMsgTag(msg)) ? msg->raw[1 + u] : 0;
}

/* All untyped words from u on. */
L4_INLINE void L4_MsgWords(L4_Msg_t *msg, L4_Word_t u, L4_Word_t *words)
{
    L4_Word_t count = L4_UntypedWords(L4_MsgMsgTag(msg));

    while (u < count)
        *words++ = msg->raw[1 + u++];
}

/* Copy n typed words from typed word t on; the words got. Not part of X.2. */
L4_INLINE L4_Word_t l4_msg_get(L4_Msg_t *msg, L4_Word_t t, L4_Word_t *w,
                               L4_Word_t n)
{
    L4_Word_t u = L4_UntypedWords(L4_MsgMsgTag(msg));

    if (t + n > L4_TypedWords(L4_MsgMsgTag(msg)) || u + t + n >= L4_MRS)
        return 0;
    for (L4_Word_t i = 0; i < n; i++)
        w[i] = msg->raw[1 + u + t + i];
    return n;
}

/* Each returns the words of the item: 0 if there is none. */
L4_INLINE L4_Word_t L4_MsgGetMapItem(L4_Msg_t *msg, L4_Word_t t,
                                     L4_MapItem_t *m)
{
    return l4_msg_get(msg, t, m->raw, 2);
}

L4_INLINE L4_Word_t L4_MsgGetGrantItem(L4_Msg_t *msg, L4_Word_t t,
                                       L4_GrantItem_t *g)
{
    return l4_msg_get(msg, t, g->raw, 2);
}

L4_INLINE L4_Word_t L4_MsgGetSimpleStringItem(L4_Msg_t *msg, L4_Word_t t,
                                              L4_StringItem_t *s)
{
    return l4_msg_get(msg, t, s->raw, 2);
}

/* `s` must have room for the whole item. */
L4_INLINE L4_Word_t L4_MsgGetStringItem(L4_Msg_t *msg, L4_Word_t t,
                                        L4_StringItem_t *s)
{
    L4_Word_t u = L4_UntypedWords(L4_MsgMsgTag(msg));

    if (t >= L4_TypedWords(L4_MsgMsgTag(msg)) || 1 + u + t >= L4_MRS)
        return 0;
    return l4_msg_get(msg, t, (L4_Word_t *)s,
                      l4_string_words(&msg->raw[1 + u + t]));
}

/* --- Acceptors and string buffers --- */

typedef union {
    L4_Word_t raw;
    struct {
        L4_Word_t s : 1;
        L4_Word_t __zeros : 3;
        L4_Word_t rcv_window : 28;
    } X;
} L4_Acceptor_t;

/* An acceptor from its raw word; not part of X.2. */
L4_INLINE L4_Acceptor_t l4_acceptor(L4_Word_t raw)
{
    L4_Acceptor_t a;
    a.raw = raw;
    return a;
}

#define L4_UntypedWordsAcceptor (l4_acceptor(0UL))
#define L4_StringItemsAcceptor  (l4_acceptor(1UL))

L4_INLINE L4_Acceptor_t L4_MapGrantItems(L4_Fpage_t RcvWindow)
{
    return l4_acceptor(RcvWindow.raw & ~0xfUL);
}

/* The union of two acceptors; r's window, if it has one, replaces l's. */
L4_INLINE L4_Acceptor_t L4_AddAcceptor(L4_Acceptor_t l, L4_Acceptor_t r)
{
    L4_Word_t window = r.raw & ~0xfUL ? r.raw : l.raw;

    return l4_acceptor((window & ~0xfUL) | ((l.raw | r.raw) & 1));
}

L4_INLINE L4_Acceptor_t L4_AddAcceptorTo(L4_Acceptor_t *l, L4_Acceptor_t r)
{
    return *l = L4_AddAcceptor(*l, r);
}

/* l without what r accepts; any window in r removes l's. */
L4_INLINE L4_Acceptor_t L4_RemoveAcceptor(L4_Acceptor_t l, L4_Acceptor_t r)
{
    L4_Word_t window = r.raw & ~0xfUL ? 0 : l.raw & ~0xfUL;

    return l4_acceptor(window | (l.raw & ~r.raw & 1));
}

L4_INLINE L4_Acceptor_t L4_RemoveAcceptorFrom(L4_Acceptor_t *l, L4_Acceptor_t r)
{
    return *l = L4_RemoveAcceptor(*l, r);
}

L4_INLINE L4_Bool_t L4_HasStringItems(L4_Acceptor_t a)
{
    return (a.raw & 1) != 0;
}

L4_INLINE L4_Bool_t L4_HasMapGrantItems(L4_Acceptor_t a)
{
    return (a.raw & ~0xfUL) != 0;
}

L4_INLINE L4_Fpage_t L4_RcvWindow(L4_Acceptor_t a)
{
    return l4_fpage(a.raw & ~0xfUL);
}

L4_INLINE void L4_Accept(L4_Acceptor_t a)
{
    L4_LoadBR(0, a.raw);
}

L4_INLINE L4_Acceptor_t L4_Accepted(void)
{
    return l4_acceptor(l4_utcb()[L4_TCR_BR0]);
}

/* String buffers for BR1 and up; raw[0] of an empty buffer is 0. */
typedef struct {
    L4_Word_t raw[L4_BRS];
} L4_MsgBuffer_t;

L4_INLINE void L4_MsgBufferClear(L4_MsgBuffer_t *b)
{
    b->raw[0] = 0;
}

/* Words in use; not part of X.2. The length of a buffer is never 0. */
L4_INLINE L4_Word_t l4_buffer_words(const L4_MsgBuffer_t *b)
{
    L4_Word_t n = 0;
    L4_Word_t more;

    if (b->raw[0] == 0)
        return 0;
    do {
        more = b->raw[n] & 1;
        n += l4_string_words(b->raw + n);
    } while (more && n < 32);
    return n;
}

/* Append a receive string; the C bit of the one before it says so. Ignored if
 * it does not fit. */
L4_INLINE void L4_MsgBufferAppendRcvString(L4_MsgBuffer_t *b,
                                           L4_StringItem_t *s)
{
    const L4_Word_t *from = (const L4_Word_t *)s;
    L4_Word_t end = l4_buffer_words(b);
    L4_Word_t count = l4_string_words(from);
    L4_Word_t last = 0;

    if (end + count > L4_BRS - 1)
        return;
    while (end && (b->raw[last] & 1))
        last += l4_string_words(b->raw + last);
    if (end)
        b->raw[last] |= 1;
    for (L4_Word_t i = 0; i < count; i++)
        b->raw[end + i] = from[i];
    b->raw[end] &= ~1UL;
}

L4_INLINE void L4_MsgBufferAppendSimpleRcvString(L4_MsgBuffer_t *b,
                                                 L4_StringItem_t s)
{
    L4_MsgBufferAppendRcvString(b, &s);
}

L4_INLINE void L4_AcceptStrings(L4_Acceptor_t a, L4_MsgBuffer_t *b)
{
    L4_LoadBRs(1, (int)l4_buffer_words(b), b->raw);
    L4_LoadBR(0, a.raw);
}

/* The same under its older name. */
L4_INLINE void L4_AcceptBRs(L4_Acceptor_t a, L4_MsgBuffer_t *b)
{
    L4_AcceptStrings(a, b);
}
