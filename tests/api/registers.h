/*
 * tests/api/registers.h - one instruction with all registers under control.
 *
 *   INSTRUCTION(do_ud2, "ud2");
 *   struct registers r = {...};
 *   do_ud2(&r);
 *
 * loads all registers and flags from r, executes the instruction, which is at
 * do_ud2_at, goes on at do_ud2_on (a handler may send it there), and stores
 * them in r again.
 */
#pragma once

#include <l4/types.h>

struct registers {
    L4_Word_t eax, ebx, ecx, edx, esi, edi, ebp, eflags;
};

/* clang-format off */
#define INSTRUCTION(name, text)                        \
    extern char name##_at[], name##_on[];              \
    void name(struct registers *r);                    \
    __asm__("        .text\n"                          \
            "        .globl " #name "\n"               \
            "        .globl " #name "_at\n"            \
            "        .globl " #name "_on\n"            \
            #name ":\n"                                \
            "        pushl  %ebx\n"                    \
            "        pushl  %esi\n"                    \
            "        pushl  %edi\n"                    \
            "        pushl  %ebp\n"                    \
            "        movl   20(%esp), %eax\n"          \
            "        pushl  %eax\n"                    \
            "        pushl  28(%eax)\n"                \
            "        movl   4(%eax), %ebx\n"           \
            "        movl   8(%eax), %ecx\n"           \
            "        movl   12(%eax), %edx\n"          \
            "        movl   16(%eax), %esi\n"          \
            "        movl   20(%eax), %edi\n"          \
            "        movl   24(%eax), %ebp\n"          \
            "        movl   (%eax), %eax\n"            \
            "        popfl\n"                          \
            #name "_at:\n"                             \
            "        " text "\n"                       \
            #name "_on:\n"                             \
            "        pushfl\n"                         \
            "        cld\n"                            \
            "        pushl  %eax\n"                    \
            "        movl   8(%esp), %eax\n"           \
            "        movl   %ebx, 4(%eax)\n"           \
            "        movl   %ecx, 8(%eax)\n"           \
            "        movl   %edx, 12(%eax)\n"          \
            "        movl   %esi, 16(%eax)\n"          \
            "        movl   %edi, 20(%eax)\n"          \
            "        movl   %ebp, 24(%eax)\n"          \
            "        popl   (%eax)\n"                  \
            "        popl   28(%eax)\n"                \
            "        popl   %eax\n"                    \
            "        popl   %ebp\n"                    \
            "        popl   %edi\n"                    \
            "        popl   %esi\n"                    \
            "        popl   %ebx\n"                    \
            "        ret\n")
/* clang-format on */
