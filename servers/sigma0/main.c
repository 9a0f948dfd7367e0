/*
 * main.c - sigma0: the first pager, owner of all memory the kernel left over.
 *
 * It runs 1:1 on physical memory, has no pager of its own and never ends. All
 * decisions are in protocol.c; here are the message registers, the kernel
 * interface page and the console. Answers go out with a zero timeout, so a
 * client that doesn't wait for one, or accepts no mapping, can't stop it.
 */
#include "map.h"
#include "protocol.h"

#include <l4/ipc.h>
#include <l4/kip.h>
#include <l4/misc.h>
#include <l4/protocol.h>
#include <pn/libc.h>

/* The attribute is set where the memory is mapped now: what sigma0 has itself,
 * and whether it has touched it, does not matter. */
static L4_MsgTag_t answer_as(L4_ThreadId_t to, L4_Fpage_t memory,
                             L4_Word_t attribute, L4_ThreadId_t *from)
{
    (void)L4_Reply(to);
    (void)L4_Set_PageAttribute(memory, attribute);
    return L4_Wait(from);
}

int main(int argc, char **argv)
{
    L4_ThreadId_t from;
    L4_MsgTag_t tag;
    L4_Word_t attribute;
    uint32_t item[2];

    (void)argc;
    (void)argv;
    init();
    L4_Accept(L4_UntypedWordsAcceptor);
    tag = L4_Wait(&from);
    for (;;) {
        enum sigma0_reply reply = SIGMA0_SILENT;

        if (L4_IpcSucceeded(tag))
            reply = handle(from, tag, item, &attribute);
        if (!load_answer(reply, item))
            tag = L4_Wait(&from);
        else if (reply == SIGMA0_MAP_AS)
            tag = answer_as(from, l4_fpage(item[1]), attribute, &from);
        else
            tag = L4_ReplyWait(from, &from);
    }
}
