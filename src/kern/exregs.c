/*
 * kern/exregs.c - the ExchangeRegisters system call.
 *
 * Layer 6.  X.2 "ExchangeRegisters": not privileged, but for active threads of
 * the caller's own space only; and, an extension, for those whose pager's space
 * it is, which has their memory in its hand anyway.
 * EAX dest, ECX control, EDX SP, ESI IP, EDI FLAGS, EBX UserDefinedHandle,
 * EBP Pager; all come back with the old values, EAX as dest's other id: local
 * for global, global for local.  EAX = nilthread and ErrorCode 2 on failure.
 */
#include <pinenut/x2.h>

#include "ipc/ipc.h"
#include "kern/sched.h"
#include "kern/syscall.h"
#include "kern/x86.h"

/* In a transfer, the phase of that, whoever waits for a pager meanwhile. */
static bool
is_sending(const struct thread *t)
{
    return t->transfer != TRANSFER_NONE ? t->transfer == TRANSFER_SENDER
                                        : ipc_is_sending(t);
}

static uint32_t
state_bits(const struct thread *t)
{
    uint32_t bits = 0;

    if (t->halted)
        bits |= X2_EXREGS_HALT;
    if (is_sending(t))
        bits |= X2_EXREGS_SEND;
    else if (t->transfer != TRANSFER_NONE || thread_receiving(t))
        bits |= X2_EXREGS_RECEIVE;
    return bits;
}

/* KERN-1: a halted thread does not wait hot. */
static void
set_halted(struct thread *t, bool halt)
{
    if (halt) {
        thread_cool(t);
        t->halted = true;
        sched_remove(t);
    } else {
        t->halted = false;
        sched_wake(t);
    }
}

static void
apply(struct thread *t, uint32_t control, const struct user_regs *in)
{
    uint32_t abort = is_sending(t) ? X2_EXREGS_SEND : X2_EXREGS_RECEIVE;

    if ((control & X2_EXREGS_SET_HALT) != 0)
        set_halted(t, (control & X2_EXREGS_HALT) != 0);
    if ((control & abort) != 0)
        ipc_abort(t, X2_IPC_CANCELLED);
    if ((control & X2_EXREGS_SP) != 0)
        t->frame.esp = in->edx;
    if ((control & X2_EXREGS_IP) != 0)
        t->frame.eip = in->esi;
    if ((control & X2_EXREGS_FLAGS) != 0)
        t->frame.eflags = (in->edi & EFLAGS_USER & ~(uint32_t)EFLAGS_TF)
            | EFLAGS_IF | EFLAGS_ONE | (t->frame.eflags & EFLAGS_TF);
    if ((control & X2_EXREGS_HANDLE) != 0)
        t->utcb[X2_UTCB_USER_HANDLE] = in->ebx;
    if ((control & X2_EXREGS_PAGER) != 0)
        t->utcb[X2_UTCB_PAGER] = in->ebp;
}

static bool
may_exchange(const struct thread *t, const struct thread *dest)
{
    const struct thread *pager;

    if (dest == NULL || dest->id == 0)
        return false;
    if (dest->space == t->space)
        return true;
    if (dest->space == NULL)
        return false;
    pager = thread_partner(dest->space, dest->utcb[X2_UTCB_PAGER]);
    return pager != NULL && pager->space == t->space;
}

void
sys_exchange_registers(struct thread *t)
{
    struct user_regs in = t->regs, *out = &t->regs;
    struct thread *dest = thread_resolve(t->space, in.eax);
    bool local = (in.eax & X2_LOCAL_MASK) == 0;

    if (!may_exchange(t, dest)) {
        syscall_failed(t, X2_ERR_INVALID_THREAD);
        return;
    }
    out->eax = local ? dest->id : dest->local_id;
    out->ecx = state_bits(dest);
    out->edx = dest->frame.esp;
    out->esi = dest->frame.eip;
    out->edi = dest->frame.eflags;
    out->ebx = dest->utcb[X2_UTCB_USER_HANDLE];
    out->ebp = dest->utcb[X2_UTCB_PAGER];
    apply(dest, in.ecx, &in);
}
