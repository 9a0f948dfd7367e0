/*
 * kern/syscall.c - which call it is, and the calls of a few lines.
 *
 * Layer 6.
 */
#include "kern/syscall.h"

#include <pinenut/x2.h>

#include "kern/clock.h"
#include "kern/entry.h"
#include "kern/kip.h"
#include "kern/restart.h"
#include "kern/sched.h"
#include "ipc/ipc.h"
#include "ipc/notify.h"
#include "kern/x86.h"
#include "mm/map.h"
#include "mm/ptab.h"

enum {
    INT_BYTES = 2,
    VECTOR_PROTECTION = 13,
    GATE_ERROR = VECTOR_SYSCALL << 3 | 2, /* as for any closed gate */
    MEMORY_WRITE_COMBINING = 3, /* not on a Pentium, nor what is behind 4 */
    MEMORY_UNCACHEABLE = 4,
};

/* In the order of the stubs in kern/kip.asm. */
static void (*const calls[])(struct thread *) = {
    sys_space_control,    sys_thread_control, sys_processor_control,
    sys_memory_control,   sys_unmap,          sys_exchange_registers,
    sys_system_clock,     sys_thread_switch,  sys_schedule,
    sys_notify,
};

void
syscall_done(struct thread *t)
{
    t->regs.eax = 1;
}

void
syscall_failed(struct thread *t, uint32_t error)
{
    t->utcb[X2_UTCB_ERROR_CODE] = error;
    t->regs.eax = 0;
    restart_end(t);
}

/*
 * All stubs of the interface page are alike; the return address tells them
 * apart.  int 0x31 from anywhere else is what it would be without the gate.
 */
void
syscall_dispatch(struct thread *t)
{
    uint32_t at = t->frame.eip - t->space->kip - KIP_SYSCALL_FIRST;

    if (at % KIP_STUB_SIZE == INT_BYTES
        && at / KIP_STUB_SIZE < ARRAY_SIZE(calls)) {
        calls[at / KIP_STUB_SIZE](t);
        return;
    }
    t->frame.eip -= INT_BYTES;
    t->fault[0] = VECTOR_PROTECTION;
    t->fault[1] = GATE_ERROR;
    if (t->utcb[X2_UTCB_EXCEPTION_HANDLER] == X2_NILTHREAD)
        ipc_halt(t, "int 0x31 outside the interface page, exception",
                 VECTOR_PROTECTION);
    else
        ipc_fault(t, IPC_EXCEPTION, t->utcb[X2_UTCB_EXCEPTION_HANDLER],
                  "no exception handler for");
}

/* One processor, one clock: nothing to control (X.2 leaves it to the CPU). */
void
sys_processor_control(struct thread *t)
{
    syscall_failed(t, t->space->privileged ? X2_ERR_INVALID_PARAM
                                           : X2_ERR_NO_PRIVILEGE);
}

/*
 * EAX number of fpages - 1, attributes in ECX, EDX, EBX, EBP; fpages in MR0..
 * (MR0 in ESI), whose two low bits choose one.  In an entry the attributes 0
 * and 1 are no bit, 2 is PTE_PWT, 4 is PTE_CACHING.
 */
void
sys_memory_control(struct thread *t)
{
    const struct user_regs *r = &t->regs;
    const uint32_t attributes[] = {r->ecx, r->edx, r->ebx, r->ebp};
    struct progress *p = &t->progress;
    bool good = r->eax < X2_MRS;

    if (!t->space->privileged) {
        syscall_failed(t, X2_ERR_NO_PRIVILEGE);
        return;
    }
    if (t->restart == NULL)
        t->utcb[0] = r->esi;
    t->restart = sys_memory_control;
    for (; good && p->item <= r->eax; p->item++) {
        uint32_t fpage = t->utcb[p->item];
        uint32_t attribute = attributes[fpage & 3];

        if (fpage == 0)
            continue;
        good = attribute <= MEMORY_UNCACHEABLE
            && attribute != MEMORY_WRITE_COMBINING;
        if (good)
            (void)map_change(t->space, fpage,
                             CHANGE_OWN | PTE_CACHING
                                 | ((1u << attribute / 2) - 1) * PTE_PWT
                                     << CHANGE_ON_SHIFT,
                             p);
    }
    write_back_caches(); /* or a line of what is uncached now may go later */
    if (good) {
        syscall_done(t);
        restart_end(t);
    } else {
        syscall_failed(t, X2_ERR_INVALID_PARAM);
    }
}

/* EAX control, MR0.. fpages (MR0 in ESI); out: fpages with status bits. */
void
sys_unmap(struct thread *t)
{
    uint32_t control = t->regs.eax;
    struct progress *p = &t->progress;

    if (t->restart == NULL)
        t->utcb[0] = t->regs.esi;
    t->restart = sys_unmap;
    for (; p->item <= (control & X2_UNMAP_COUNT); p->item++)
        t->utcb[p->item] = unmap_fpage(t->space, t->utcb[p->item],
                                       (control & X2_UNMAP_FLUSH) != 0, p);
    t->regs.esi = t->utcb[0];
    restart_end(t);
}

/* EDX:EAX = us since boot. */
void
sys_system_clock(struct thread *t)
{
    uint64_t now = clock_now();

    t->regs.eax = (uint32_t)now;
    t->regs.edx = (uint32_t)(now >> 32);
}

/*
 * Pinenut's own.  EAX dest, ECX bits; EAX = 1, or 0 with ErrorCode 1 (there is
 * a redirector between the two, who cannot pass it on) or 2.
 */
void
sys_notify(struct thread *t)
{
    struct thread *dest = thread_partner(t->space, t->regs.eax);

    if (dest == NULL || dest->space == NULL) {
        syscall_failed(t, X2_ERR_INVALID_THREAD);
    } else if (ipc_redirected(t, dest)) {
        syscall_failed(t, X2_ERR_NO_PRIVILEGE);
    } else {
        notify(dest, t->regs.ecx);
        syscall_done(t);
    }
}

/* EAX dest: nil, or a thread to donate to.  All registers stay. */
void
sys_thread_switch(struct thread *t)
{
    struct thread *dest = thread_resolve(t->space, t->regs.eax);

    if (dest == t)
        return;
    if (dest != NULL && dest->ready.next != NULL)
        sched_donate(dest);
    else
        sched_give_way();
}
