/*
 * l4/ia32/vregs.h - virtual registers: where the UTCB is and what is in it.
 *
 * %gs:0 holds the address of the caller's MR0, which is its local id. Words
 * are counted from there: MR i at +i, thread control registers and buffer
 * registers below (X.2 IA-32 "UTCB").
 */
#pragma once

#include <l4/types.h>

#define L4_MRS 64 /* MR0..MR63 */
#define L4_BRS 33 /* BR0..BR32 */

enum l4_tcr {
    L4_TCR_THREAD_WORD_0 = -4,
    L4_TCR_THREAD_WORD_1 = -5,
    L4_TCR_VIRTUAL_SENDER = -6, /* ActualSender after a receive */
    L4_TCR_INTENDED_RECEIVER = -7,
    L4_TCR_XFER_TIMEOUTS = -8,
    L4_TCR_ERROR_CODE = -9,
    L4_TCR_FLAGS = -10, /* byte 0 preemption, byte 1 coprocessor */
    L4_TCR_EXCEPTION_HANDLER = -11,
    L4_TCR_PAGER = -12,
    L4_TCR_USER_DEFINED_HANDLE = -13,
    L4_TCR_PROCESSOR_NO = -14,
    L4_TCR_MY_GLOBAL_ID = -15,
    L4_TCR_BR0 = -16 /* BR i at -16 - i */
};

/* The caller's MR0. Constant for a thread as long as it stays in its space. */
L4_INLINE L4_Word_t *l4_utcb(void)
{
    L4_Word_t *mr0;

    __asm__("movl %%gs:0, %0" : "=r"(mr0));
    return mr0;
}

L4_INLINE L4_Word_t l4_tcr_get(enum l4_tcr index)
{
    return l4_utcb()[index];
}

L4_INLINE void l4_tcr_set(enum l4_tcr index, L4_Word_t value)
{
    l4_utcb()[index] = value;
}

L4_INLINE void L4_StoreMR(int i, L4_Word_t *w)
{
    *w = l4_utcb()[i];
}

L4_INLINE void L4_LoadMR(int i, L4_Word_t w)
{
    l4_utcb()[i] = w;
}

L4_INLINE void L4_StoreMRs(int i, int k, L4_Word_t *w)
{
    const L4_Word_t *mr = l4_utcb() + i;

    while (k-- > 0)
        *w++ = *mr++;
}

L4_INLINE void L4_LoadMRs(int i, int k, const L4_Word_t *w)
{
    L4_Word_t *mr = l4_utcb() + i;

    while (k-- > 0)
        *mr++ = *w++;
}

L4_INLINE void L4_StoreBR(int i, L4_Word_t *w)
{
    *w = l4_utcb()[L4_TCR_BR0 - i];
}

L4_INLINE void L4_LoadBR(int i, L4_Word_t w)
{
    l4_utcb()[L4_TCR_BR0 - i] = w;
}

L4_INLINE void L4_StoreBRs(int i, int k, L4_Word_t *w)
{
    const L4_Word_t *br = l4_utcb() + L4_TCR_BR0 - i;

    while (k-- > 0)
        *w++ = *br--;
}

L4_INLINE void L4_LoadBRs(int i, int k, const L4_Word_t *w)
{
    L4_Word_t *br = l4_utcb() + L4_TCR_BR0 - i;

    while (k-- > 0)
        *br-- = *w++;
}
