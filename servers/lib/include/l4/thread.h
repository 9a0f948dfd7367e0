/*
 * l4/thread.h - threads: ids, ThreadControl, ExchangeRegisters and the thread
 * control registers (X.2 "Threads").
 */
#pragma once

#include <l4/types.h>
#include <l4/ia32/syscalls.h>
#include <l4/ia32/vregs.h>

/* --- Errors of all system calls but Ipc: L4_ErrorCode() after result 0 --- */

#define L4_ErrOk               0UL
#define L4_ErrNoPrivilege      1UL
#define L4_ErrInvalidThread    2UL
#define L4_ErrInvalidSpace     3UL
#define L4_ErrInvalidScheduler 4UL
#define L4_ErrInvalidParam     5UL
#define L4_ErrUtcbArea         6UL
#define L4_ErrKipArea          7UL
#define L4_ErrNoMem            8UL

L4_INLINE L4_Word_t L4_ErrorCode(void)
{
    return l4_tcr_get(L4_TCR_ERROR_CODE);
}

L4_INLINE const char *L4_ErrorCode_String(L4_Word_t error)
{
    switch (error) {
    case L4_ErrOk:
        return "no error";
    case L4_ErrNoPrivilege:
        return "no privilege";
    case L4_ErrInvalidThread:
        return "invalid thread";
    case L4_ErrInvalidSpace:
        return "invalid space";
    case L4_ErrInvalidScheduler:
        return "invalid scheduler";
    case L4_ErrInvalidParam:
        return "invalid parameter";
    case L4_ErrUtcbArea:
        return "invalid UTCB area";
    case L4_ErrKipArea:
        return "invalid KIP area";
    case L4_ErrNoMem:
        return "out of memory";
    default:
        return "unknown error";
    }
}

/* --- Thread control registers --- */

L4_INLINE L4_ThreadId_t L4_MyGlobalId(void)
{
    return l4_id(l4_tcr_get(L4_TCR_MY_GLOBAL_ID));
}

L4_INLINE L4_ThreadId_t L4_MyLocalId(void)
{
    return l4_id((L4_Word_t)l4_utcb());
}

L4_INLINE L4_ThreadId_t L4_Myself(void)
{
    return L4_MyGlobalId();
}

L4_INLINE L4_Word_t L4_ProcessorNo(void)
{
    return l4_tcr_get(L4_TCR_PROCESSOR_NO);
}

L4_INLINE L4_Word_t L4_UserDefinedHandle(void)
{
    return l4_tcr_get(L4_TCR_USER_DEFINED_HANDLE);
}

L4_INLINE void L4_Set_UserDefinedHandle(L4_Word_t handle)
{
    l4_tcr_set(L4_TCR_USER_DEFINED_HANDLE, handle);
}

L4_INLINE L4_ThreadId_t L4_Pager(void)
{
    return l4_id(l4_tcr_get(L4_TCR_PAGER));
}

L4_INLINE void L4_Set_Pager(L4_ThreadId_t pager)
{
    l4_tcr_set(L4_TCR_PAGER, pager.raw);
}

L4_INLINE L4_ThreadId_t L4_ExceptionHandler(void)
{
    return l4_id(l4_tcr_get(L4_TCR_EXCEPTION_HANDLER));
}

L4_INLINE void L4_Set_ExceptionHandler(L4_ThreadId_t handler)
{
    l4_tcr_set(L4_TCR_EXCEPTION_HANDLER, handler.raw);
}

L4_INLINE L4_Word_t L4_XferTimeouts(void)
{
    return l4_tcr_get(L4_TCR_XFER_TIMEOUTS);
}

L4_INLINE void L4_Set_XferTimeouts(L4_Word_t timeouts)
{
    l4_tcr_set(L4_TCR_XFER_TIMEOUTS, timeouts);
}

L4_INLINE L4_ThreadId_t L4_IntendedReceiver(void)
{
    return l4_id(l4_tcr_get(L4_TCR_INTENDED_RECEIVER));
}

L4_INLINE L4_ThreadId_t L4_ActualSender(void)
{
    return l4_id(l4_tcr_get(L4_TCR_VIRTUAL_SENDER));
}

L4_INLINE void L4_Set_VirtualSender(L4_ThreadId_t sender)
{
    l4_tcr_set(L4_TCR_VIRTUAL_SENDER, sender.raw);
}

L4_INLINE void L4_Set_CopFlag(L4_Word_t n)
{
    l4_utcb()[L4_TCR_FLAGS] |= 1UL << (8 + (n & 7));
}

L4_INLINE void L4_Clr_CopFlag(L4_Word_t n)
{
    l4_utcb()[L4_TCR_FLAGS] &= ~(1UL << (8 + (n & 7)));
}

/* --- Preemption flags: a byte of its own, which the kernel writes, too --- */

#define L4_PREEMPTION_SIGNAL  0x20U /* s: preemption faults wanted */
#define L4_PREEMPTION_DELAY   0x40U /* d: delay preemptions */
#define L4_PREEMPTION_PENDING 0x80U /* I: one was attempted */

L4_INLINE volatile L4_Word8_t *l4_preemption_flags(void)
{
    return (volatile L4_Word8_t *)(l4_utcb() + L4_TCR_FLAGS);
}

/* Clear and set bits in one instruction; true if `test` was set before. */
L4_INLINE L4_Bool_t l4_preemption_change(L4_Word8_t clear, L4_Word8_t set,
                                         L4_Word8_t test)
{
    volatile L4_Word8_t *flags = l4_preemption_flags();
    L4_Word8_t old = *flags;

    if (clear)
        __asm__ volatile("andb %1, %0"
                         : "+m"(*flags)
                         : "qi"((L4_Word8_t)~clear));
    if (set)
        __asm__ volatile("orb %1, %0" : "+m"(*flags) : "qi"(set));
    return (old & test) != 0;
}

L4_INLINE L4_Bool_t L4_EnablePreemptionFaultException(void)
{
    return l4_preemption_change(L4_PREEMPTION_SIGNAL, 0, L4_PREEMPTION_SIGNAL);
}

L4_INLINE L4_Bool_t L4_DisablePreemptionFaultException(void)
{
    return l4_preemption_change(0, L4_PREEMPTION_SIGNAL, L4_PREEMPTION_SIGNAL);
}

L4_INLINE L4_Bool_t L4_EnablePreemption(void)
{
    return l4_preemption_change(L4_PREEMPTION_DELAY, 0, L4_PREEMPTION_DELAY);
}

L4_INLINE L4_Bool_t L4_DisablePreemption(void)
{
    return l4_preemption_change(0, L4_PREEMPTION_DELAY, L4_PREEMPTION_DELAY);
}

/* Was a preemption attempted? Asking clears the mark. */
L4_INLINE L4_Bool_t L4_PreemptionPending(void)
{
    return l4_preemption_change(L4_PREEMPTION_PENDING, 0,
                                L4_PREEMPTION_PENDING);
}

/* --- ExchangeRegisters --- */

#define L4_ExReg_Halt       0x001UL /* H: halt (with h), else resume */
#define L4_ExReg_AbortRecv  0x002UL /* R */
#define L4_ExReg_AbortSend  0x004UL /* S */
#define L4_ExReg_SP         0x008UL
#define L4_ExReg_IP         0x010UL
#define L4_ExReg_Flags      0x020UL
#define L4_ExReg_UserHandle 0x040UL
#define L4_ExReg_Pager      0x080UL
#define L4_ExReg_SetHalt    0x100UL /* h: H is valid */
#define L4_ExReg_Deliver    0x200UL /* d */

/* Nilthread on failure; else dest's local id for a global id and the other way
 * round. All old_ pointers are written. */
L4_INLINE L4_ThreadId_t
L4_ExchangeRegisters(L4_ThreadId_t dest, L4_Word_t control, L4_Word_t sp,
                     L4_Word_t ip, L4_Word_t flags, L4_Word_t UserDefHandle,
                     L4_ThreadId_t pager, L4_Word_t *old_control,
                     L4_Word_t *old_sp, L4_Word_t *old_ip, L4_Word_t *old_flags,
                     L4_Word_t *old_UserDefHandle, L4_ThreadId_t *old_pager)
{
    struct l4_exregs regs = {dest.raw, control,       sp,       ip,
                             flags,    UserDefHandle, pager.raw};

    L4_SYS(exchange_registers)(&regs);
    *old_control = regs.control;
    *old_sp = regs.sp;
    *old_ip = regs.ip;
    *old_flags = regs.flags;
    *old_UserDefHandle = regs.handle;
    old_pager->raw = regs.pager;
    return l4_id(regs.thread);
}

/* The same with everything in one structure; not part of X.2. */
L4_INLINE struct l4_exregs l4_exregs_call(L4_ThreadId_t t, L4_Word_t control,
                                          L4_Word_t sp, L4_Word_t ip,
                                          L4_Word_t flags)
{
    struct l4_exregs regs = {t.raw, control, sp, ip, flags, 0, 0};

    L4_SYS(exchange_registers)(&regs);
    return regs;
}

/* Nilthread if t is not in the caller's space. */
L4_INLINE L4_ThreadId_t L4_GlobalIdOf(L4_ThreadId_t t)
{
    if (L4_IsGlobalId(t))
        return t;
    return l4_id(l4_exregs_call(t, 0, 0, 0, 0).thread);
}

L4_INLINE L4_ThreadId_t L4_LocalIdOf(L4_ThreadId_t t)
{
    if (L4_IsLocalId(t))
        return t;
    return l4_id(l4_exregs_call(t, 0, 0, 0, 0).thread);
}

L4_INLINE L4_ThreadId_t L4_LocalId(L4_ThreadId_t t)
{
    return L4_LocalIdOf(t);
}

L4_INLINE L4_Bool_t L4_SameThreads(L4_ThreadId_t l, L4_ThreadId_t r)
{
    return L4_GlobalIdOf(l).raw == L4_GlobalIdOf(r).raw;
}

L4_INLINE L4_Word_t L4_UserDefinedHandleOf(L4_ThreadId_t t)
{
    return l4_exregs_call(t, L4_ExReg_Deliver, 0, 0, 0).handle;
}

L4_INLINE void L4_Set_UserDefinedHandleOf(L4_ThreadId_t t, L4_Word_t handle)
{
    struct l4_exregs regs = {t.raw, L4_ExReg_UserHandle, 0, 0, 0, handle, 0};

    L4_SYS(exchange_registers)(&regs);
}

L4_INLINE L4_ThreadId_t L4_PagerOf(L4_ThreadId_t t)
{
    return l4_id(l4_exregs_call(t, L4_ExReg_Deliver, 0, 0, 0).pager);
}

L4_INLINE void L4_Set_PagerOf(L4_ThreadId_t t, L4_ThreadId_t pager)
{
    struct l4_exregs regs = {t.raw, L4_ExReg_Pager, 0, 0, 0, 0, pager.raw};

    L4_SYS(exchange_registers)(&regs);
}

#define L4_EXREG_START \
    (L4_ExReg_SetHalt | L4_ExReg_AbortSend | L4_ExReg_AbortRecv)

L4_INLINE void L4_Start(L4_ThreadId_t t)
{
    (void)l4_exregs_call(t, L4_EXREG_START, 0, 0, 0);
}

L4_INLINE void L4_Start_SpIp(L4_ThreadId_t t, L4_Word_t sp, L4_Word_t ip)
{
    (void)l4_exregs_call(t, L4_EXREG_START | L4_ExReg_SP | L4_ExReg_IP, sp, ip,
                         0);
}

L4_INLINE void L4_Start_SpIpFlags(L4_ThreadId_t t, L4_Word_t sp, L4_Word_t ip,
                                  L4_Word_t flags)
{
    (void)l4_exregs_call(
        t, L4_EXREG_START | L4_ExReg_SP | L4_ExReg_IP | L4_ExReg_Flags, sp, ip,
        flags);
}

/* The state of a thread before an ExchangeRegisters. */
typedef union {
    L4_Word_t raw;
} L4_ThreadState_t;

L4_INLINE L4_Bool_t L4_ThreadWasHalted(L4_ThreadState_t s)
{
    return (s.raw & L4_ExReg_Halt) != 0;
}

L4_INLINE L4_Bool_t L4_ThreadWasReceiving(L4_ThreadState_t s)
{
    return (s.raw & L4_ExReg_AbortRecv) != 0;
}

L4_INLINE L4_Bool_t L4_ThreadWasSending(L4_ThreadState_t s)
{
    return (s.raw & L4_ExReg_AbortSend) != 0;
}

L4_INLINE L4_Bool_t L4_ThreadWasIpcing(L4_ThreadState_t s)
{
    return (s.raw & (L4_ExReg_AbortSend | L4_ExReg_AbortRecv)) != 0;
}

#define L4_EXREG_STOP (L4_ExReg_Deliver | L4_ExReg_SetHalt | L4_ExReg_Halt)

/* Halt with further control bits; old values where the pointers are not null.
 * Not part of X.2. */
L4_INLINE L4_ThreadState_t l4_stop(L4_ThreadId_t t, L4_Word_t abort,
                                   L4_Word_t *sp, L4_Word_t *ip,
                                   L4_Word_t *flags)
{
    struct l4_exregs regs = l4_exregs_call(t, L4_EXREG_STOP | abort, 0, 0, 0);
    L4_ThreadState_t state;

    if (sp)
        *sp = regs.sp;
    if (ip)
        *ip = regs.ip;
    if (flags)
        *flags = regs.flags;
    state.raw = regs.control;
    return state;
}

L4_INLINE L4_ThreadState_t L4_Stop(L4_ThreadId_t t)
{
    return l4_stop(t, 0, 0, 0, 0);
}

L4_INLINE L4_ThreadState_t L4_Stop_SpIpFlags(L4_ThreadId_t t, L4_Word_t *sp,
                                             L4_Word_t *ip, L4_Word_t *flags)
{
    return l4_stop(t, 0, sp, ip, flags);
}

L4_INLINE L4_ThreadState_t L4_AbortReceive_and_stop(L4_ThreadId_t t)
{
    return l4_stop(t, L4_ExReg_AbortRecv, 0, 0, 0);
}

L4_INLINE L4_ThreadState_t L4_AbortReceive_and_stop_SpIpFlags(L4_ThreadId_t t,
                                                              L4_Word_t *sp,
                                                              L4_Word_t *ip,
                                                              L4_Word_t *flags)
{
    return l4_stop(t, L4_ExReg_AbortRecv, sp, ip, flags);
}

L4_INLINE L4_ThreadState_t L4_AbortSend_and_stop(L4_ThreadId_t t)
{
    return l4_stop(t, L4_ExReg_AbortSend, 0, 0, 0);
}

L4_INLINE L4_ThreadState_t L4_AbortSend_and_stop_SpIpFlags(L4_ThreadId_t t,
                                                           L4_Word_t *sp,
                                                           L4_Word_t *ip,
                                                           L4_Word_t *flags)
{
    return l4_stop(t, L4_ExReg_AbortSend, sp, ip, flags);
}

L4_INLINE L4_ThreadState_t L4_AbortIpc_and_stop(L4_ThreadId_t t)
{
    return l4_stop(t, L4_ExReg_AbortSend | L4_ExReg_AbortRecv, 0, 0, 0);
}

L4_INLINE L4_ThreadState_t L4_AbortIpc_and_stop_SpIpFlags(L4_ThreadId_t t,
                                                          L4_Word_t *sp,
                                                          L4_Word_t *ip,
                                                          L4_Word_t *flags)
{
    return l4_stop(t, L4_ExReg_AbortSend | L4_ExReg_AbortRecv, sp, ip, flags);
}

/* --- ThreadControl: privileged --- */

/* 1 if done, 0 with L4_ErrorCode(). UtcbLocation (void *)-1: unchanged. */
L4_INLINE L4_Word_t L4_ThreadControl(L4_ThreadId_t dest,
                                     L4_ThreadId_t SpaceSpecifier,
                                     L4_ThreadId_t Scheduler,
                                     L4_ThreadId_t Pager, void *UtcbLocation)
{
    return L4_SYS(thread_control)(dest.raw, SpaceSpecifier.raw, Scheduler.raw,
                                  Pager.raw, (L4_Word_t)UtcbLocation);
}

L4_INLINE L4_Word_t L4_AssociateInterrupt(L4_ThreadId_t InterruptThread,
                                          L4_ThreadId_t InterruptHandler)
{
    return L4_ThreadControl(InterruptThread, InterruptThread, L4_nilthread,
                            InterruptHandler, (void *)-1);
}

L4_INLINE L4_Word_t L4_DeassociateInterrupt(L4_ThreadId_t InterruptThread)
{
    return L4_AssociateInterrupt(InterruptThread, InterruptThread);
}
