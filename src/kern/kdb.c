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
#include "kern/sched.h"
#include "kern/user.h"

enum {
    OPCODE_JMP_SHORT = 0xeb,
    OPCODE_MOV_EAX = 0xb8,
    OPCODE_NOP = 0x90,
    LONGEST_STRING = 1024,
    BEHIND_MOV = 7, /* EB d8 B8 a32 */
    COM1_LINE = 4,
};

/* What a driver's UART receives is the driver's. */
static int
read_char(void)
{
    return tcb_array[COM1_LINE].id != 0 ? -1 : console_get();
}

/* --- ReadChar_Blocked: its callers wait, the machine does not -------------- */

static struct thread *waiting; /* the latest first */

static void
kdb_wait(struct thread *t)
{
    t->state = THREAD_CONSOLE;
    t->send.next = waiting;
    waiting = t;
}

void
kdb_wait_cancel(struct thread *t)
{
    struct thread **at = &waiting;

    while (*at != t)
        at = &(*at)->send.next;
    *at = t->send.next;
    t->send.next = NULL;
    t->state = THREAD_READY;
}

void
kdb_poll(void)
{
    struct thread *t = waiting;
    int c;

    if (t == NULL || (c = read_char()) < 0)
        return;
    kdb_wait_cancel(t);
    t->regs.eax = (uint32_t)c;
    sched_wake(t);
}

/* --- the calls ------------------------------------------------------------- */

/* Twice: first whether it is all there, so that nothing is printed twice. */
static bool
print_user_string(const struct thread *t, vaddr_t at, vaddr_t *missing)
{
    uint32_t length = 0;
    uint8_t c;

    for (; length < LONGEST_STRING; length++) {
        *missing = at + length;
        if (user_read(t, at + length, &c, 1) == 0)
            return false;
        if (c == 0)
            break;
    }
    for (uint32_t i = 0; i < length; i++) {
        (void)user_read(t, at + i, &c, 1);
        console_put((char)c);
    }
    return true;
}

static bool
numbered_call(struct thread *t, uint8_t number, vaddr_t *missing)
{
    switch (number) {
    case X2_KDB_PRINT_CHAR:
        console_put((char)t->regs.eax);
        break;
    case X2_KDB_PRINT_STRING:
        return print_user_string(t, t->regs.eax, missing);
    case X2_KDB_READ_CHAR:
        t->regs.eax = (uint32_t)read_char();
        break;
    case X2_KDB_READ_CHAR_BLOCKED:
        t->regs.eax = (uint32_t)read_char();
        if ((int32_t)t->regs.eax < 0)
            kdb_wait(t);
        break;
    case PN_KDB_EXIT:
        if (t->space->privileged)
            machine_exit(t->regs.eax);
    }
    return true;
}

/* The marker `EB d8 B8 a32`; a bare EB is the end of main(). */
static bool
enter_call(const struct thread *t, const uint8_t *code, uint32_t n,
           vaddr_t *missing)
{
    uint32_t text;

    if (n < BEHIND_MOV || code[2] != OPCODE_MOV_EAX)
        return true;
    text = (uint32_t)code[3] | (uint32_t)code[4] << 8 | (uint32_t)code[5] << 16
        | (uint32_t)code[6] << 24;
    if (!print_user_string(t, text, missing))
        return false;
    console_put('\n');
    return true;
}

bool
kdb_call(struct thread *t, vaddr_t *missing)
{
    uint8_t code[BEHIND_MOV + 1];
    uint32_t n = user_read(t, t->frame.eip, code, sizeof code);

    *missing = t->frame.eip + n;
    if (n < 2 || (code[0] == OPCODE_NOP && n < 3))
        return false;
    if (code[0] == X2_KDB_CMP_AL)
        return numbered_call(t, code[1], missing);
    if (code[0] == OPCODE_NOP && code[1] == OPCODE_JMP_SHORT)
        return enter_call(t, code + 1, n - 1, missing);
    if (code[0] == OPCODE_JMP_SHORT)
        return enter_call(t, code, n, missing);
    return true;
}
