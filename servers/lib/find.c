/*
 * find.c - asking the pager, and what for first of all: another program
 * (pn/program.h).
 */
#include "pager.h"

#include <pn/program.h>
#include <pn/libc.h>
#include <l4/ipc.h>

#define PATIENCE 1000000 /* us: a pager need not know the question */

static L4_ThreadId_t stays; /* nil: whoever is the pager */

L4_ThreadId_t pager_thread(void)
{
    return L4_IsNilThread(stays) ? L4_Pager() : stays;
}

void pager_stays(void)
{
    stays = pager_thread();
}

int pager_ask(L4_Word_t label, const L4_Word_t *words, L4_Word_t n,
              L4_Word_t answer)
{
    L4_Time_t patience = L4_TimePeriod(PATIENCE);
    L4_MsgTag_t tag;

    L4_Set_MsgTag(l4_tag(label << 16 | n));
    L4_LoadMRs(1, (int)n, words);
    tag = L4_Call_Timeouts(pager_thread(), patience, patience);
    return L4_IpcSucceeded(tag) && L4_UntypedWords(tag) == answer;
}

L4_ThreadId_t pn_find(const char *name)
{
    L4_Word_t words[PN_NAME_WORDS] = {0};
    L4_Word_t id;

    memcpy(words, name, strnlen(name, sizeof words));
    if (!pager_ask(PN_LABEL_FIND, words, PN_NAME_WORDS, 1))
        return L4_nilthread;
    L4_StoreMR(1, &id);
    return l4_id(id);
}
