/*
 * pn/notify.h - Pinenut's notification bits.
 *
 * Every thread has a word of 32 bits in its UTCB. Anybody may set some of
 * another thread's without waiting for it; the owner polls them (PN_TakeBits),
 * or receives them: an open receive (L4_Wait, L4_ReplyWait), or one from itself
 * (PN_WaitNotification, also with a timeout), returns with a message from
 * nilthread, tag PN_NotificationTag, MR1 = those of its bits that are in its
 * mask; they are cleared. Bits outside the mask stay until they are polled or
 * the mask changes. A mask of 0, as at the start: no receive ends so.
 *
 * The bits are gathered: two notifications of the same bit before the owner
 * looks are one.
 */
#pragma once

#include <l4/ipc.h>

#define PN_TCR_NOTIFY_BITS (-50)
#define PN_TCR_NOTIFY_MASK (-51)
#define PN_NotificationTag 0xff400001UL

/* l4_notify(dest, bits) -> 1, or 0: see PN_Notify. */
L4_Word_t l4_notify(L4_Word_t dest, L4_Word_t bits);
L4_Word_t l4_notify_fresh(L4_Word_t dest, L4_Word_t bits);

/* 1; or 0, ErrorCode 2: no such thread; 1: it stands behind a redirector. */
L4_INLINE L4_Word_t PN_Notify(L4_ThreadId_t dest, L4_Word_t bits)
{
    return L4_SYS(notify)(dest.raw, bits);
}

/* Is there such a thread? */
L4_INLINE L4_Bool_t PN_Lives(L4_ThreadId_t thread)
{
    return PN_Notify(thread, 0) || L4_ErrorCode() != L4_ErrInvalidThread;
}

L4_INLINE void PN_SetNotifyMask(L4_Word_t mask)
{
    ((volatile L4_Word_t *)l4_utcb())[PN_TCR_NOTIFY_MASK] = mask;
}

/* Poll: those of `bits` that are set, and clear them. */
L4_INLINE L4_Word_t PN_TakeBits(L4_Word_t bits)
{
    L4_Word_t *word = &l4_utcb()[PN_TCR_NOTIFY_BITS];

    return __sync_fetch_and_and(word, ~bits) & bits;
}

L4_INLINE L4_Bool_t PN_IsNotification(L4_MsgTag_t tag)
{
    return tag.raw == PN_NotificationTag;
}

/* Wait for one of the mask's bits and for nothing else; 0: the time is over. */
L4_INLINE L4_Word_t PN_WaitNotification(L4_Time_t timeout)
{
    L4_MsgTag_t tag = L4_Receive_Timeout(L4_Myself(), timeout);

    return PN_IsNotification(tag) ? l4_utcb()[1] : 0;
}
