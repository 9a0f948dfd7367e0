/*
 * kern/offsets.c - numbers for the assembly files, from the C structures.
 *
 * Compiled to text and never linked; scripts/offsets.py turns each line into
 * a NASM %define.  No number is written twice.
 */
#include <pinenut/x2.h>

#include "kern/layout.h"
#include "kern/thread.h"
#include "kern/x86.h"
#include "mm/space.h"
#include "seg/desc.h"

#define SYM(name, value)                                                       \
    __asm__ volatile("\n.asmsym " #name " %c0" : : "i"(value))

void offsets(void);
void
offsets(void)
{
    SYM(SPACE_DESC_LO, offsetof(struct space, desc_lo));
    SYM(SPACE_DESC_HI, offsetof(struct space, desc_hi));
    SYM(SPACE_CR3_DUE, offsetof(struct space, cr3_due));
    SYM(SPACE_CR3, offsetof(struct space, cr3));

    SYM(TCB_SIZE, TCB_SIZE);
    SYM(TCB_REGS, offsetof(struct thread, regs));
    SYM(TCB_FRAME, offsetof(struct thread, frame));
    SYM(TCB_FRAME_END, THREAD_FRAME_END);
    SYM(TCB_ID, offsetof(struct thread, id));
    SYM(TCB_WAIT, offsetof(struct thread, wait));
    SYM(TCB_SPACE, offsetof(struct thread, space));
    SYM(TCB_LOCAL_ID, offsetof(struct thread, local_id));
    SYM(TCB_UTCB, offsetof(struct thread, utcb));
    SYM(TCB_NO_SENDERS, offsetof(struct thread, no_senders));
    SYM(TCB_PRIORITY, offsetof(struct thread, priority));
    SYM(TCB_RESTART, offsetof(struct thread, restart));
    SYM(TCB_SEG_DS_ES, offsetof(struct thread, seg_ds_es));
    SYM(TCB_SEG_FS_GS, offsetof(struct thread, seg_fs_gs));

    SYM(SEL_KERNEL_CODE, SEL_KERNEL_CODE);
    SYM(SEL_KERNEL_DATA, SEL_KERNEL_DATA);
    SYM(SEL_USER_CODE, SEL_USER_CODE);
    SYM(SEL_USER_DATA, SEL_USER_DATA);
    SYM(SEL_USER_GS, SEL_USER_GS);
    SYM(SEL_TSS, SEL_TSS);
    SYM(DESC_CODE_BIT, DESC_CODE);

    SYM(KERNEL_STACK_TOP, KERNEL_STACK_TOP);
    SYM(HOT_BASE, HOT_BASE);
    SYM(HOT_PDE, (HOT_BASE >> 22) * 4);
    SYM(WINDOW_PDE, (WINDOW_BASE >> 22) * 4);
    SYM(WINDOW_MAX, WINDOW_MAX);
    SYM(VECTOR_IRQ, VECTOR_IRQ);
    SYM(VECTOR_IPC, VECTOR_IPC);
    SYM(VECTORS, VECTORS);
    SYM(THREAD_BITS_MAX, THREAD_BITS_MAX);
    SYM(CR0_BITS, 0x80000000u | CR0_PE | CR0_MP | CR0_NE | CR0_TS | CR0_WP
                      | CR0_AM);
    SYM(CR4_PSE, CR4_PSE);
    SYM(EFLAGS_ONE, EFLAGS_ONE);
    SYM(EFLAGS_TF, EFLAGS_TF);
    SYM(EFLAGS_IF, EFLAGS_IF);
    SYM(EFLAGS_NT, EFLAGS_NT);
    SYM(X2_MRS, X2_MRS);
    SYM(X2_TAG_U, X2_TAG_U);
    SYM(X2_TAG_TYPED_OR_FLAGS, X2_TAG_T | X2_TAG_FLAGS);
    SYM(X2_UTCB_MY_GLOBAL_ID, 4 * X2_UTCB_MY_GLOBAL_ID);
}
