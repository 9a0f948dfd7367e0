/*
 * l4/protocol.h - labels of the messages that the kernel and sigma0 send and
 * understand (X.2 "Protocols"). A label's upper 12 bits name the protocol.
 */
#pragma once

#include <l4/types.h>
#include <l4/message.h>

#define L4_LabelInterrupt     0xfff0UL
#define L4_LabelPageFault     0xffe0UL /* | access, rwx */
#define L4_LabelPreemption    0xffd0UL
#define L4_LabelSysException  0xffc0UL
#define L4_LabelArchException 0xffb0UL
#define L4_LabelSigma0        0xffa0UL
#define L4_LabelIoPageFault   0xff80UL /* | access */
#define L4_LabelSigma0Ext     0xc170UL
#define L4_LabelMask          0xfff0UL

/* Is t a message of this protocol? Not part of X.2. */
L4_INLINE L4_Bool_t l4_is_protocol(L4_MsgTag_t t, L4_Word_t label)
{
    return (L4_Label(t) & L4_LabelMask) == label;
}

/* A page fault with its two words; MR1 is the address, MR2 the IP. */
L4_INLINE L4_Bool_t L4_IsPageFault(L4_MsgTag_t t)
{
    return l4_is_protocol(t, L4_LabelPageFault) && L4_UntypedWords(t) == 2 &&
           L4_TypedWords(t) == 0;
}

/* The access of a page fault as rights: L4_Writable and so on. */
L4_INLINE L4_Word_t L4_PageFaultAccess(L4_MsgTag_t t)
{
    return L4_Label(t) & 7;
}

/* An IA-32 exception: twelve words in the order below, from MR1. */
#define L4_ExceptionWords 12UL

enum l4_exception_mr {
    L4_ExcEip = 1,
    L4_ExcEflags,
    L4_ExcVector,
    L4_ExcErrorCode,
    L4_ExcEdi,
    L4_ExcEsi,
    L4_ExcEbp,
    L4_ExcEsp,
    L4_ExcEbx,
    L4_ExcEdx,
    L4_ExcEcx,
    L4_ExcEax
};

L4_INLINE L4_Bool_t L4_IsException(L4_MsgTag_t t)
{
    return L4_Label(t) == L4_LabelArchException &&
           L4_UntypedWords(t) == L4_ExceptionWords;
}
