/*
 * kern/kdb.c - print, read, enter.
 *
 * Layer 6.  A call is int3 and a marker behind it that does nothing when run:
 * CC 3C ib (cmp $ib, %al) or CC EB 05 B8 a32 (jump over mov $a32, %eax).  There
 * is no debugger in this kernel, so "enter" prints its text and goes on.
 */
#include "kern/kdb.h"

#include <pinenut/x2.h>

#include "kern/console.h"
#include "kern/user.h"

enum {
    OPCODE_JMP_SHORT = 0xeb,
    OPCODE_MOV_EAX = 0xb8,
    OPCODE_NOP = 0x90,
    LONGEST_STRING = 1024,
    BEHIND_MOV = 7, /* EB d8 B8 a32 */
};

static void
print_user_string(const struct thread *t, vaddr_t at)
{
    uint8_t c;

    for (uint32_t i = 0; i < LONGEST_STRING; i++) {
        if (user_read(t, at + i, &c, 1) == 0 || c == 0)
            return;
        console_put((char)c);
    }
}

static void
numbered_call(struct thread *t, uint8_t number)
{
    switch (number) {
    case X2_KDB_PRINT_CHAR:
        console_put((char)t->regs.eax);
        break;
    case X2_KDB_PRINT_STRING:
        print_user_string(t, t->regs.eax);
        break;
    case X2_KDB_READ_CHAR:
        t->regs.eax = (uint32_t)console_get();
        break;
    case X2_KDB_READ_CHAR_BLOCKED:
        t->regs.eax = (uint32_t)console_get();
        if ((int32_t)t->regs.eax < 0)
            console_wait(t);
        break;
    case PN_KDB_EXIT:
        if (!t->space->privileged)
            break;
        machine_exit(t->regs.eax);
    }
}

/* The marker `EB d8 B8 a32`; a bare EB is the end of main(). */
static void
enter_call(const struct thread *t, const uint8_t *code, uint32_t n)
{
    if (n >= BEHIND_MOV && code[2] == OPCODE_MOV_EAX) {
        print_user_string(t, (uint32_t)code[3] | (uint32_t)code[4] << 8
                                 | (uint32_t)code[5] << 16
                                 | (uint32_t)code[6] << 24);
        console_put('\n');
    }
}

void
kdb_call(struct thread *t)
{
    uint8_t code[BEHIND_MOV + 1];
    uint32_t n = user_read(t, t->frame.eip, code, sizeof code);

    if (n >= 2 && code[0] == X2_KDB_CMP_AL)
        numbered_call(t, code[1]);
    else if (n >= 2 && code[0] == OPCODE_JMP_SHORT)
        enter_call(t, code, n);
    else if (n >= 3 && code[0] == OPCODE_NOP && code[1] == OPCODE_JMP_SHORT)
        enter_call(t, code + 1, n - 1);
}
