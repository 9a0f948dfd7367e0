/*
 * find.c - asking the pager for another program (pn/program.h).
 */
#include <pn/program.h>
#include <pn/libc.h>
#include <l4/ipc.h>

#define PATIENCE 1000000 /* us: a pager need not know the question */

L4_ThreadId_t pn_find(const char *name)
{
    L4_Time_t patience = L4_TimePeriod(PATIENCE);
    L4_Word_t words[PN_NAME_WORDS] = {0};
    L4_MsgTag_t tag;
    L4_Word_t id;

    memcpy(words, name, strnlen(name, sizeof words));
    L4_Set_MsgTag(l4_tag(PN_LABEL_FIND << 16 | PN_NAME_WORDS));
    L4_LoadMRs(1, PN_NAME_WORDS, words);
    tag = L4_Call_Timeouts(L4_Pager(), patience, patience);
    L4_StoreMR(1, &id);
    if (L4_IpcFailed(tag) || L4_UntypedWords(tag) != 1)
        return L4_nilthread;
    return l4_id(id);
}
