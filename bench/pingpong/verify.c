/*
 * verify.c - the correctness round: every message length, both directions, each
 * word and the senders' ids, by way of the library. Measuring comes after.
 */
#include "worker.h"

#include <l4/ipc.h>
#include <pn/program.h>

void
bad(enum trouble trouble, L4_Word_t got, L4_Word_t wanted)
{
    L4_Set_MsgTag(l4_tag(LABEL_BAD << 16 | 3));
    L4_LoadMR(1, trouble);
    L4_LoadMR(2, got);
    L4_LoadMR(3, wanted);
    (void)L4_Send(shared.root);
    pn_sleep_forever();
}

static void
check(enum trouble trouble, L4_Word_t got, L4_Word_t wanted)
{
    if (got != wanted)
        bad(trouble, got, wanted);
}

L4_Word_t
client_word(unsigned salt, unsigned i)
{
    return 0xc11e0000UL ^ (L4_Word_t)salt * 0x01000193UL ^ i;
}

static L4_Word_t
server_word(unsigned salt, unsigned i)
{
    return ~client_word(salt, i);
}

void
set_client_words(unsigned salt, unsigned n)
{
    for (unsigned i = 1; i <= n; i++)
        L4_LoadMR((int)i, client_word(salt, i));
}

static void
check_words(L4_Word_t (*word)(unsigned, unsigned), unsigned salt, unsigned n,
            enum trouble trouble)
{
    for (unsigned i = 1; i <= n; i++) {
        L4_Word_t got;

        L4_StoreMR((int)i, &got);
        check(trouble, got, word(salt, i));
    }
}

void
check_client_words(unsigned salt, unsigned n, enum trouble trouble)
{
    check_words(client_word, salt, n, trouble);
}

static L4_Word_t
tag_of(enum label label, unsigned n)
{
    return (L4_Word_t)label << 16 | n;
}

static L4_MsgTag_t
call(L4_ThreadId_t *from)
{
    return L4_Ipc(shared.server, shared.server, L4_Timeouts(L4_Never, L4_Never),
                  from);
}

static void
verify_length(unsigned n)
{
    L4_ThreadId_t from;

    set_client_words(n, n);
    L4_Set_MsgTag(l4_tag(tag_of(LABEL_VERIFY, n)));
    check(TROUBLE_TAG, call(&from).raw, tag_of(LABEL_VERIFIED, n));
    check(TROUBLE_FROM, from.raw, shared.server_seen.raw);
    check_words(server_word, n, n, TROUBLE_WORD);
}

void
verify_as_client(void)
{
    L4_ThreadId_t from;

    for (unsigned n = 0; n < MRS; n++)
        verify_length(n);
    L4_Set_MsgTag(l4_tag(tag_of(LABEL_GO, 0)));
    check(TROUBLE_TAG, call(&from).raw, 0);
    check(TROUBLE_FROM, from.raw, shared.server_seen.raw);
}

void
verify_as_server(void)
{
    L4_ThreadId_t from;
    L4_MsgTag_t tag = L4_Wait(&from);

    for (unsigned n = 0; n < MRS; n++) {
        check(TROUBLE_TAG, tag.raw, tag_of(LABEL_VERIFY, n));
        check(TROUBLE_FROM, from.raw, shared.client_seen.raw);
        check_words(client_word, n, n, TROUBLE_WORD);
        for (unsigned i = 1; i <= n; i++)
            L4_LoadMR((int)i, server_word(n, i));
        L4_Set_MsgTag(l4_tag(tag_of(LABEL_VERIFIED, n)));
        tag = L4_ReplyWait(from, &from);
    }
    check(TROUBLE_TAG, tag.raw, tag_of(LABEL_GO, 0));
}
