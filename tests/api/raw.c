/*
 * tests/api/raw.c - system calls register by register.
 */
#include "stage.h"

/* raw_call(entry, r): load all seven registers from *r, call, store them and
 * EFLAGS. While it runs, the stack holds what is needed afterwards. */
__asm__("        .text\n"
        "        .globl  raw_call\n"
        "raw_call:\n"
        "        pushl   %ebx\n"
        "        pushl   %esi\n"
        "        pushl   %edi\n"
        "        pushl   %ebp\n"
        "        movl    24(%esp), %eax\n"
        "        pushl   %eax\n"     /* 4(%esp) at the call: r */
        "        pushl   24(%esp)\n" /* (%esp): entry */
        "        movl    4(%eax), %ebx\n"
        "        movl    8(%eax), %ecx\n"
        "        movl    12(%eax), %edx\n"
        "        movl    16(%eax), %esi\n"
        "        movl    20(%eax), %edi\n"
        "        movl    24(%eax), %ebp\n"
        "        movl    (%eax), %eax\n"
        "        call    *(%esp)\n"
        "        pushl   %eax\n"
        "        movl    8(%esp), %eax\n"
        "        movl    %ebx, 4(%eax)\n"
        "        movl    %ecx, 8(%eax)\n"
        "        movl    %edx, 12(%eax)\n"
        "        movl    %esi, 16(%eax)\n"
        "        movl    %edi, 20(%eax)\n"
        "        movl    %ebp, 24(%eax)\n"
        "        popl    (%eax)\n"
        "        pushfl\n"
        "        popl    28(%eax)\n"
        "        addl    $8, %esp\n"
        "        popl    %ebp\n"
        "        popl    %edi\n"
        "        popl    %esi\n"
        "        popl    %ebx\n"
        "        ret\n");

void
raw_ipc(L4_ThreadId_t to, L4_ThreadId_t from, L4_Word_t timeouts, struct raw *r)
{
    L4_Word_t *mr = l4_utcb();

    r->eax = to.raw;
    r->edx = from.raw;
    r->ecx = timeouts;
    r->esi = mr[0];
    r->edi = (L4_Word_t)mr;
    raw_call(l4_entries[L4_ENTRY_IPC], r);
}
