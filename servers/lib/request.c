/*
 * request.c - asking a server (pn/server.h).
 */
#include "items.h"
#include "patience.h"

#include <pn/server.h>
#include <pn/image.h>
#include <pn/libc.h>

#define PAGE 4096u

void pn_be_there(const void *string, size_t bytes)
{
    const volatile char *s = (const volatile char *)string;

    if (!s || bytes == 0)
        return;
    for (size_t i = 0; i < bytes; i += PAGE)
        (void)s[i];
    (void)s[bytes - 1];
}

unsigned pn_patience_ms;

static L4_Time_t patience_of(unsigned ms)
{
    if (ms == 0)
        ms = pn_patience_ms;
    return ms == 0 ? L4_Never : L4_TimePeriod((L4_Word64_t)ms * 1000);
}

L4_Time_t request_patience(void)
{
    return patience_of(0);
}

/* A page that was only read may be one to be read only, so far. */
void pn_be_writable(void *string, size_t bytes)
{
    if (!string || bytes == 0)
        return;
    for (size_t i = 0; i < bytes; i += PAGE)
        pn_touch((L4_Word_t)string + i);
    pn_touch((L4_Word_t)string + bytes - 1);
}

/* Overflow: of what the server takes, or of the room for its answer. */
static int failure(L4_Word_t error)
{
    switch (error & L4_IpcErrMask) {
    case L4_IpcErrTimeout:
        return -PN_BUSY;
    case L4_IpcErrOverflow:
        return error & L4_IpcErrReceivePhase ? -PN_NO_ROOM : -PN_INVALID;
    default:
        return -PN_GONE;
    }
}

/* The number of words of an answer that came, or minus an enum pn_problem. */
static int answered(L4_MsgTag_t tag)
{
    L4_Word_t n = L4_UntypedWords(tag), why;

    if (L4_Label(tag) == PN_LABEL_NO && n == 1) {
        L4_StoreMR(1, &why);
        return -(int)why;
    }
    return L4_Label(tag) == 0 ? (int)n : -PN_BROKEN;
}

int pn_request(struct pn_request *r)
{
    L4_Time_t patience = patience_of(r->patience_ms);
    L4_MsgTag_t tag;
    int n;

    r->received = 0;
    /* The system call would do nothing, and succeed. */
    if (L4_IsNilThread(r->server))
        return -PN_GONE;
    pn_be_there(r->send, r->send_bytes);
    pn_be_writable(r->receive, r->receive_size);
    L4_LoadMRs(1, (int)r->words, r->word);
    L4_Set_MsgTag(l4_tag(
        r->label << 16 |
        items_load((int)r->words, r->send, r->send_bytes) << 6 | r->words));
    items_accept(L4_UntypedWordsAcceptor, r->receive, r->receive_size);
    tag = L4_Call_Timeouts(r->server, patience, patience);
    /* Nobody shall write there later, by an answer to something else. */
    L4_Accept(L4_UntypedWordsAcceptor);
    if (L4_IpcFailed(tag))
        return failure(L4_ErrorCode());
    n = answered(tag);
    if (n > PN_WORDS)
        return -PN_BROKEN;
    if (n < 0)
        return n;
    L4_StoreMRs(1, n, r->word);
    if (L4_TypedWords(tag) == 2) {
        L4_StringItem_t item;

        L4_StoreMRs(n + 1, 2, item.raw);
        if (L4_IsStringItem(&item))
            r->received = item.raw[0] >> 10;
    }
    return n;
}

int pn_ask(L4_ThreadId_t server, L4_Word_t label, L4_Word_t *words, unsigned n,
           unsigned answer)
{
    L4_Time_t patience = request_patience();
    L4_MsgTag_t tag;
    int got;

    if (L4_IsNilThread(server))
        return -PN_GONE;
    L4_LoadMRs(1, (int)n, words);
    L4_Set_MsgTag(l4_tag(label << 16 | n));
    tag = L4_Call_Timeouts(server, patience, patience);
    if (L4_IpcFailed(tag))
        return failure(L4_ErrorCode());
    got = answered(tag);
    if (got > 0)
        L4_StoreMRs(1, got < (int)answer ? got : (int)answer, words);
    return got;
}

const char *pn_problem_name(enum pn_problem problem)
{
    static const char *const names[] = {
        "no problem", "no such operation", "makes no sense", "not found",
        "no room",    "not allowed",       "busy",           "broken",
        "gone",
    };

    return (unsigned)problem < sizeof names / sizeof *names ? names[problem]
                                                            : "unknown problem";
}
