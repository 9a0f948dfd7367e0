/*
 * kern/trap.c - exceptions and interrupts, after the entry code.
 *
 * Layer 6.  Whatever a user did ends as a promotion, a message to a pager or
 * handler, or a halted thread.  Inside the kernel three faults are foreseen
 * (R5): a user page that is absent, an IRET to an EIP beyond the user's
 * segment, boot's probe of the limits, and the trap of a user that
 * single-steps over SYSENTER; anything else is a panic.
 */
#include <pinenut/x2.h>

#include "ipc/gate.h"
#include "ipc/ipc.h"
#include "kern/entry.h"
#include "kern/fpu.h"
#include "kern/irq.h"
#include "kern/kdb.h"
#include "kern/kip.h"
#include "kern/limit.h"
#include "kern/panic.h"
#include "kern/ports.h"
#include "kern/restart.h"
#include "kern/sched.h"
#include "kern/user.h"
#include "kern/x86.h"
#include "mm/map.h"
#include "mm/ptab.h"
#include "seg/gdt.h"

enum vector {
    VECTOR_DEBUG = 1,
    VECTOR_BREAKPOINT = 3,
    VECTOR_INVALID_OPCODE = 6,
    VECTOR_NO_FPU = 7,
    VECTOR_STACK = 12,
    VECTOR_PROTECTION = 13,
    VECTOR_PAGE = 14,
};

enum {
    PAGE_ERROR_WRITE = 1 << 1,
    INT3_BYTES = 1,
    LOCK_NOP = 0x90f0, /* F0 90: "where is the interface page?" */
};

/* On the kernel stack, lowest address first (kern/entry.asm). */
struct kernel_frame {
    uint32_t es, ds, edi, esi, ebp, ebx, edx, ecx, eax;
    uint32_t eip, cs, eflags;
};

/* --- faults that become messages ------------------------------------------ */

static void
exception(struct thread *t, uint32_t vector, uint32_t code)
{
    t->fault[0] = vector;
    t->fault[1] = code;
    if (t->utcb[X2_UTCB_EXCEPTION_HANDLER] == X2_NILTHREAD)
        ipc_halt(t, "exception", vector);
    else
        ipc_fault(t, IPC_EXCEPTION, t->utcb[X2_UTCB_EXCEPTION_HANDLER],
                  "no exception handler for");
}

static bool
promote(struct thread *t)
{
    bool done;

    t->restart = restart_finish; /* and then the instruction again */
    done = space_make_large(t->space);
    if (done)
        restart_finish(t);
    else
        restart_end(t);
    return done;
}

/*
 * An access of a small space beyond its limit.  True: the thread will run
 * again, sooner or later.
 */
static bool
outgrown(struct thread *t, uint32_t vector)
{
    if (!t->space->asks_pager)
        return promote(t);
    if (t->fault[0] == PN_LIMIT_REFUSED)
        return false;
    t->fault[0] = PN_LIMIT_FAULT | vector;
    t->fault[1] = t->space->size;
    ipc_fault(t, IPC_EXCEPTION, t->utcb[X2_UTCB_PAGER],
              "no pager for an access beyond");
    return true;
}

/*
 * The linear address lies in the segment, unless limits are not enforced here
 * (an emulator): then the access was one beyond the limit.
 */
static void
page_fault(struct thread *t, uint32_t linear, uint32_t error)
{
    vaddr_t va = linear - t->space->base;

    if (va >= t->space->size) {
        if (idt_is_f00f_fault(linear))
            exception(t, VECTOR_INVALID_OPCODE, 0);
        else if (!space_is_small(t->space) || !outgrown(t, VECTOR_PROTECTION))
            exception(t, VECTOR_PROTECTION, 0);
        return;
    }
    if (t->space->old != NULL && ptab_carry(t->space, va))
        return;
    if (t->space->is_sigma0) {
        if (!sigma0_fault(t->space, va))
            ipc_halt(t, "sigma0 touched memory that is not its own", va);
        return;
    }
    ipc_page_fault(t, va, (error & PAGE_ERROR_WRITE) != 0);
}

/* X.2 IA-32 "I/O Page Fault Protocol": MR1 is the I/O fpage of the access. */
static void
port_fault_message(struct thread *t, struct port_access a)
{
    t->fault[0] = X2_TAG_IO_FAULT;
    t->fault[1] = a.port << X2_FPAGE_IO_PORT_SHIFT
        | a.log2 << X2_FPAGE_IO_LOG2_SHIFT | X2_FPAGE_IO << X2_FPAGE_SIZE_SHIFT;
    ipc_fault(t, IPC_PAGE_FAULT, t->utcb[X2_UTCB_PAGER],
              "no pager for the I/O ports");
}

/* True: the port access can run now, or its pager will see to it. */
static bool
port_fault(struct thread *t, struct port_access a)
{
    uint32_t last = a.port + (1u << a.log2) - 1;

    switch (ports_use(t, a.port, last)) {
    case PORTS_OPENED:
        return true;
    case PORTS_DENIED:
        if (last >= IO_PORTS) /* nobody can map those */
            return false;
        port_fault_message(t, a);
        return true;
    default:
        return false;
    }
}

/* #GP(0), #SS(0): beyond the limit of a small space? */
static void
protection_fault(struct thread *t, uint32_t vector, uint32_t error)
{
    struct port_access access = {.port = NO_PORT};
    bool limit = error == 0
        && (vector == VECTOR_STACK || is_limit_fault(t, &access));

    if (access.port != NO_PORT && port_fault(t, access))
        return;
    if (limit && space_is_small(t->space) && outgrown(t, vector))
        return;
    exception(t, vector, error);
}

/* X.2 "KernelInterface": LOCK NOP is the call that needs no address. */
static void
invalid_opcode(struct thread *t)
{
    uint16_t code;

    if (user_read(t, t->frame.eip, &code, 2) != 2 || code != LOCK_NOP) {
        exception(t, VECTOR_INVALID_OPCODE, 0);
        return;
    }
    t->frame.eip += 2;
    t->regs.eax = t->space->kip;
    t->regs.ecx = X2_KIP_API_VERSION;
    t->regs.edx = 0; /* API flags: little endian, 32 bits */
    t->regs.esi = X2_KIP_KERNEL_ID;
}

/* The call's text may have to be brought in; then the int3 runs again. */
static void
breakpoint(struct thread *t)
{
    vaddr_t missing;

    if (kdb_call(t, &missing))
        return;
    t->frame.eip -= INT3_BYTES;
    page_fault(t, t->space->base + missing, 0);
}

void
trap_user(struct thread *t, uint32_t vector, uint32_t error)
{
    if (vector >= VECTOR_IRQ) {
        irq_handle(vector - VECTOR_IRQ);
        return;
    }
    switch (vector) {
    case VECTOR_PAGE:
        page_fault(t, read_cr2(), error);
        break;
    case VECTOR_PROTECTION:
    case VECTOR_STACK:
        protection_fault(t, vector, error);
        break;
    case VECTOR_INVALID_OPCODE:
        invalid_opcode(t);
        break;
    case VECTOR_NO_FPU:
        fpu_use(t);
        break;
    case VECTOR_BREAKPOINT:
        breakpoint(t);
        break;
    default:
        exception(t, vector, error);
    }
}

/* --- faults inside the kernel --------------------------------------------- */

static bool
is_user_iret(uint32_t eip)
{
    if (eip == (uint32_t)(uintptr_t)user_iret)
        return true;
    for (const uint32_t *at = ipc_fast_irets; at < ipc_fast_irets_end; at++)
        if (*at == eip)
            return true;
    return false;
}

/* R5: where the kernel itself may fault, and where it then goes on. */
static const struct {
    uint32_t vector;
    void (*at)(void), (*go_on)(void);
} fixups[] = {
    {VECTOR_PAGE, (void (*)(void))user_copy_word, user_copy_fixup},
    {VECTOR_PROTECTION, (void (*)(void))limit_probe_read, limit_probe_fixup},
    {VECTOR_DEBUG, sysenter_entry, sysenter_traced}, /* the user's TF */
};

/* Nonzero: the fault is the user's, at its IRET (kern/entry.asm). */
uint32_t
trap_kernel(struct kernel_frame *f, uint32_t vector, uint32_t error)
{
    if (vector >= VECTOR_IRQ) { /* idle, or between two pages of a message */
        sched_queue_preferred(); /* a driver may be preferred now */
        irq_handle(vector - VECTOR_IRQ);
        preempt_steps = -1;
        return 0;
    }
    if (vector == VECTOR_PAGE && f->eip == (uint32_t)(uintptr_t)user_copy_word
        && current->space->old != NULL
        && ptab_carry(current->space, read_cr2() - current->space->base))
        return 0; /* MM-15: it is there now */
    if (vector == VECTOR_PROTECTION && error == 0 && is_user_iret(f->eip))
        return 1;
    for (unsigned i = 0; i < ARRAY_SIZE(fixups); i++)
        if (vector == fixups[i].vector
            && f->eip == (uint32_t)(uintptr_t)fixups[i].at) {
            f->eip = (uint32_t)(uintptr_t)fixups[i].go_on;
            f->eflags &= ~(uint32_t)EFLAGS_TF;
            return 0;
        }
    panic("exception %u (error %x) in the kernel at %08x", vector, error,
          f->eip);
}

/* --- out of the kernel ----------------------------------------------------- */

/* `t` runs next. */
void
kernel_leave(struct thread *t)
{
    bool special = false;

    if ((fpu_live | (uint32_t)(uintptr_t)ports_live | space_redirectors) != 0)
        special = fpu_switch(t) | ports_switch(t) | (t->space->redirector != 0);
    gate_select(special);
}

/* --- task gates ------------------------------------------------------------ */

void
panic_double_fault(void)
{
    panic("double fault: the kernel's stack or tables are damaged (esp was "
          "near %08x)", read_cr2());
}

void
panic_nmi(void)
{
    panic("NMI: hardware reports an error it does not name%s", "");
}

void
panic_machine_check(void)
{
    panic("machine check: the processor reports a hardware error%s", "");
}
