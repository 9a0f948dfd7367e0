/*
 * l4/sigma0.h - asking sigma0 for memory (X.2 "Sigma0 RPC").
 *
 * What comes is mapped 1:1 unless the receive window says otherwise. All
 * functions return the fpage that arrived, nil if sigma0 refused or the IPC
 * failed, and leave BR0 as they found it.
 */
#pragma once

#include <l4/types.h>
#include <l4/ipc.h>
#include <l4/kip.h>
#include <l4/protocol.h>

/* One request: MR1 = what, MR2 = attributes. Not part of X.2. */
L4_INLINE L4_Fpage_t l4_sigma0_request(L4_ThreadId_t s0, L4_Word_t what,
                                       L4_Word_t attributes, L4_Fpage_t window)
{
    L4_Acceptor_t acceptor = L4_Accepted();
    L4_MsgTag_t tag;
    L4_Word_t fpage;

    if (L4_IsNilThread(s0))
        s0 = L4_Sigma0Id(0);
    L4_Accept(L4_MapGrantItems(window));
    L4_Set_MsgTag(l4_tag(L4_LabelSigma0 << 16 | 2));
    L4_LoadMR(1, what);
    L4_LoadMR(2, attributes);
    tag = L4_Call(s0);
    L4_StoreMR(2, &fpage);
    L4_Accept(acceptor);
    if (L4_IpcFailed(tag) || L4_UntypedWords(tag) != 0 ||
        L4_TypedWords(tag) != 2)
        return L4_Nilpage;
    return l4_fpage(fpage);
}

L4_INLINE L4_Fpage_t L4_Sigma0_GetPage_RcvWindow(L4_ThreadId_t s0, L4_Fpage_t f,
                                                 L4_Fpage_t RcvWindow)
{
    return l4_sigma0_request(s0, f.raw, 0, RcvWindow);
}

/* Exactly this fpage, mapped 1:1. */
L4_INLINE L4_Fpage_t L4_Sigma0_GetPage(L4_ThreadId_t s0, L4_Fpage_t f)
{
    return L4_Sigma0_GetPage_RcvWindow(s0, f, L4_CompleteAddressSpace);
}

/* Any conventional memory of 2^s bytes. */
L4_INLINE L4_Fpage_t L4_Sigma0_GetAny(L4_ThreadId_t s0, L4_Word_t s,
                                      L4_Fpage_t RcvWindow)
{
    return l4_sigma0_request(s0, ~0x3ffUL | s << 4, 0, RcvWindow);
}
