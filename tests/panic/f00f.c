/*
 * tests/panic/f00f.c - the work-round for the Pentium's F00F lock-up.
 *
 * On that processor a locked CMPXCHG8B of a register reads IDT entry 6 with the
 * bus locked; on a read-only page it faults instead of hanging the machine, and
 * the kernel has to see #UD in a page fault of its own table.  No emulator has
 * the bug.  QEMU, which enforces no segment limits, lets a large space write
 * to that very address: the same fault by another road.  So this runs in QEMU
 * only, and is no test of protection.
 */
#include <stddef.h>

#include <l4/ipc.h>
#include <l4/message.h>
#include <l4/thread.h>
#include <pn/space.h>
#include <pn/tap.h>

enum {
    IDT_ENTRY_6 = 0xff800000 - 8, /* seven entries end below the hot page */
    VECTOR_INVALID_OPCODE = 6,
    EXCEPTION_LABEL = 0xffb0,
    STACK = 4096,
};

static char stack[STACK] __attribute__((aligned(16)));
static volatile L4_Word_t wrote;

static void
writer(void *unused)
{
    (void)unused;
    L4_Set_ExceptionHandler(L4_GlobalId(50, 1));
    *(volatile L4_Word_t *)IDT_ENTRY_6 = 0;
    wrote = 1;
}

int
main(void)
{
    L4_ThreadId_t tid = pn_new_tid(), from;
    L4_MsgTag_t tag;
    L4_Word_t vector, eip;

    plan(4);
    ok(pn_thread_run(tid, 1, writer, NULL, stack + STACK),
       "a thread sets out to write to the interrupt table");
    tag = L4_Wait(&from);
    L4_StoreMR(3, &vector);
    L4_StoreMR(1, &eip);
    ok((tag.raw >> 16 & 0xffff) == EXCEPTION_LABEL,
       "... and its handler hears of an exception, not its pager of a fault");
    is(vector, VECTOR_INVALID_OPCODE, "... which is #UD, as F00F should be");
    ok(wrote == 0 && eip != 0, "... and nothing was written");
    done();
}
