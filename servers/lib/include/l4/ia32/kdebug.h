/*
 * l4/ia32/kdebug.h - kernel debugger calls: int3 and a marker behind it.
 *
 * The kernel looks at the bytes behind the int3 and does not skip them: 3C nn
 * is `cmp $nn, %al`, EB is a jump; both do no harm when they are executed.
 */
#pragma once

#include <l4/types.h>

/* Print the string and stop in the debugger, if there is one, else go on. The
 * instruction that names the string is jumped over. */
#define L4_KDB_Enter(str)                                                   \
    __asm__ volatile("int3\n\t"                                             \
                     "jmp 1f\n\t"                                           \
                     "movl $2f, %%eax\n"                                    \
                     "1:\n\t"                                               \
                     ".pushsection .rodata.str1.1, \"aMS\", @progbits, 1\n" \
                     "2:\t.string \"" str "\"\n\t"                          \
                     ".popsection"                                          \
                     :                                                      \
                     :                                                      \
                     : "cc", "memory")

L4_INLINE void L4_KDB_PrintChar(char c)
{
    __asm__ volatile("int3\n\tcmpb $0, %%al" : : "a"(c) : "cc");
}

/* The kernel prints as far as it finds pages and asks no pager, so the string
 * is read here first. */
L4_INLINE void L4_KDB_PrintString(const char *s)
{
    const volatile char *p = s;

    while (*p)
        p++;
    __asm__ volatile("int3\n\tcmpb $1, %%al" : : "a"(s) : "cc", "memory");
}

/* -1 if no character has come. */
L4_INLINE int L4_KDB_ReadChar(void)
{
    int c;

    __asm__ volatile("int3\n\tcmpb $8, %%al" : "=a"(c) : : "cc");
    return c == 0xff ? -1 : c;
}

/* Waits; other threads run on. */
L4_INLINE char L4_KDB_ReadChar_Blocked(void)
{
    int c;

    __asm__ volatile("int3\n\tcmpb $0x0d, %%al" : "=a"(c) : : "cc");
    return (char)c;
}
