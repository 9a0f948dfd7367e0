/*
 * pn/interrupt.h - for drivers: whose is an interrupt line?
 */
#pragma once

#include <l4/ipc.h>

/*
 * Is the line's thread attached to the caller? One that is says "not now" (send
 * timeout) to an answer that it never asked for. The tag is lost.
 */
L4_INLINE int pn_line_is_mine(L4_ThreadId_t line)
{
    L4_Set_MsgTag(L4_Niltag);
    (void)L4_Reply(line);
    return (L4_ErrorCode() & L4_IpcErrMask) == L4_IpcErrTimeout;
}
