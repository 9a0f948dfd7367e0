/*
 * l4/ipc.h - interprocess communication (X.2 "IPC").
 *
 * The message is in the caller's MRs before and after. The tag that comes back
 * is also in MR0; if it has the error flag, L4_ErrorCode() says why.
 */
#pragma once

#include <l4/types.h>
#include <l4/message.h>
#include <l4/thread.h>
#include <l4/ia32/syscalls.h>

/* --- Error codes, L4_ErrorCode() after L4_IpcFailed() --- */

#define L4_IpcErrReceivePhase 1UL /* else the send phase failed */
#define L4_IpcErrTimeout      (1UL << 1)
#define L4_IpcErrNoPartner    (2UL << 1)
#define L4_IpcErrCanceled     (3UL << 1)
#define L4_IpcErrOverflow     (4UL << 1)
#define L4_IpcErrXferTimeout  (5UL << 1)
#define L4_IpcErrXferPartner  (6UL << 1)
#define L4_IpcErrAborted      (7UL << 1)
#define L4_IpcErrMask         (7UL << 1)

L4_INLINE L4_Bool_t L4_IpcSucceeded(L4_MsgTag_t t)
{
    return (t.raw & L4_TagError) == 0;
}

L4_INLINE L4_Bool_t L4_IpcFailed(L4_MsgTag_t t)
{
    return (t.raw & L4_TagError) != 0;
}

L4_INLINE L4_Bool_t L4_IpcPropagated(L4_MsgTag_t t)
{
    return (t.raw & L4_TagPropagated) != 0;
}

L4_INLINE L4_Bool_t L4_IpcRedirected(L4_MsgTag_t t)
{
    return (t.raw & L4_TagRedirected) != 0;
}

L4_INLINE L4_Bool_t L4_IpcXcpu(L4_MsgTag_t t)
{
    return (t.raw & L4_TagXcpu) != 0;
}

L4_INLINE void L4_Set_Propagation(L4_MsgTag_t *t)
{
    t->raw = (t->raw & ~0xf000UL) | L4_TagPropagated;
}

L4_INLINE L4_Word_t L4_Timeouts(L4_Time_t SndTimeout, L4_Time_t RcvTimeout)
{
    return ((L4_Word_t)SndTimeout.raw << 16) | RcvTimeout.raw;
}

/* --- The two system calls --- */

L4_INLINE L4_MsgTag_t L4_Ipc(L4_ThreadId_t to, L4_ThreadId_t FromSpecifier,
                             L4_Word_t Timeouts, L4_ThreadId_t *from)
{
    return l4_tag(L4_SYS(ipc)(to.raw, FromSpecifier.raw, Timeouts,
                              from ? &from->raw : 0));
}

L4_INLINE L4_MsgTag_t L4_Lipc(L4_ThreadId_t to, L4_ThreadId_t FromSpecifier,
                              L4_Word_t Timeouts, L4_ThreadId_t *from)
{
    return l4_tag(L4_SYS(lipc)(to.raw, FromSpecifier.raw, Timeouts,
                               from ? &from->raw : 0));
}

/* --- Their usual forms --- */

L4_INLINE L4_MsgTag_t L4_Call_Timeouts(L4_ThreadId_t to, L4_Time_t SndTimeout,
                                       L4_Time_t RcvTimeout)
{
    return L4_Ipc(to, to, L4_Timeouts(SndTimeout, RcvTimeout), 0);
}

L4_INLINE L4_MsgTag_t L4_Call(L4_ThreadId_t to)
{
    return L4_Call_Timeouts(to, L4_Never, L4_Never);
}

L4_INLINE L4_MsgTag_t L4_Send_Timeout(L4_ThreadId_t to, L4_Time_t SndTimeout)
{
    return L4_Ipc(to, L4_nilthread, L4_Timeouts(SndTimeout, L4_Never), 0);
}

L4_INLINE L4_MsgTag_t L4_Send(L4_ThreadId_t to)
{
    return L4_Send_Timeout(to, L4_Never);
}

/* Send only if the partner is waiting. */
L4_INLINE L4_MsgTag_t L4_Reply(L4_ThreadId_t to)
{
    return L4_Send_Timeout(to, L4_ZeroTime);
}

L4_INLINE L4_MsgTag_t L4_Receive_Timeout(L4_ThreadId_t from,
                                         L4_Time_t RcvTimeout)
{
    return L4_Ipc(L4_nilthread, from, L4_Timeouts(L4_Never, RcvTimeout), 0);
}

L4_INLINE L4_MsgTag_t L4_Receive(L4_ThreadId_t from)
{
    return L4_Receive_Timeout(from, L4_Never);
}

L4_INLINE L4_MsgTag_t L4_Wait_Timeout(L4_Time_t RcvTimeout, L4_ThreadId_t *from)
{
    return L4_Ipc(L4_nilthread, L4_anythread, L4_Timeouts(L4_Never, RcvTimeout),
                  from);
}

L4_INLINE L4_MsgTag_t L4_Wait(L4_ThreadId_t *from)
{
    return L4_Wait_Timeout(L4_Never, from);
}

L4_INLINE L4_MsgTag_t L4_ReplyWait_Timeout(L4_ThreadId_t to,
                                           L4_Time_t RcvTimeout,
                                           L4_ThreadId_t *from)
{
    return L4_Ipc(to, L4_anythread, L4_Timeouts(L4_ZeroTime, RcvTimeout), from);
}

L4_INLINE L4_MsgTag_t L4_ReplyWait(L4_ThreadId_t to, L4_ThreadId_t *from)
{
    return L4_ReplyWait_Timeout(to, L4_Never, from);
}

L4_INLINE void L4_Sleep(L4_Time_t t)
{
    (void)L4_Ipc(L4_nilthread, L4_MyGlobalId(), L4_Timeouts(L4_Never, t), 0);
}

/* For partners in one space. */
L4_INLINE L4_MsgTag_t L4_Lcall(L4_ThreadId_t to)
{
    return L4_Lipc(to, to, L4_Timeouts(L4_Never, L4_Never), 0);
}

L4_INLINE L4_MsgTag_t L4_LreplyWait(L4_ThreadId_t to, L4_ThreadId_t *from)
{
    return L4_Lipc(to, L4_anylocalthread, L4_Timeouts(L4_ZeroTime, L4_Never),
                   from);
}
