/*
 * start.c - from crt0 to main(), and the end of a program (pn/program.h).
 *
 * Who supervises a program, its pager, hears of its exceptions, too.
 */
#include "pager.h"

#include <pn/program.h>
#include <pn/bootinfo.h>
#include <pn/libc.h>
#include <l4/ipc.h>
#include <l4/kdebug.h>
#include <l4/kip.h>

int main(int argc, char **argv);

static char line[PN_ARGS_LENGTH];
static char *words[PN_MAX_ARGS + 1];

L4_Bool_t pn_is_root(void)
{
    return L4_IsThreadEqual(L4_MyGlobalId(), L4_RootServerId(0));
}

const char *pn_name(void)
{
    return words[0] ? words[0] : "?";
}

L4_Bool_t pn_is_program(void)
{
    return words[0] && !pn_is_root();
}

static int is_initial(void)
{
    L4_Word_t number = L4_ThreadNo(L4_MyGlobalId());
    L4_Word_t base = L4_ThreadIdUserBase(0);

    return number >= base && number <= base + 2;
}

/* The argument line: where the starter put it, or module 1's. */
static char *find_line(L4_Word_t sp)
{
    const struct pn_bootinfo *info;
    struct pn_module module;

    if (sp & 1)
        return (char *)(sp - 1);
    if (!pn_is_root())
        return line;
    info = pn_bootinfo_get();
    if (info && pn_bootinfo_module(info, 1, &module))
        memcpy(line, module.command, strnlen(module.command, sizeof line - 1));
    return line;
}

void pn_sleep_forever(void)
{
    for (;;)
        L4_Sleep(L4_Never);
}

/* Tell the pager. It may be anyone, so a failure changes nothing. */
static void send_end(L4_Word_t status)
{
    L4_Set_MsgTag(l4_tag(PN_LABEL_END << 16 | 1));
    L4_LoadMR(1, status);
    (void)L4_Send(pager_thread());
}

void pn_exit(L4_Word_t status)
{
    /* Pinenut's debugger call 0x10: no return from a privileged space. */
    __asm__ volatile("int3\n\tcmpb $0x10, %%al" : : "a"(status) : "cc");
    send_end(status);
    pn_sleep_forever();
}

void pn_main(L4_Word_t sp)
{
    int argc;
    int status;

    l4_init_space();
    if (!is_initial())
        L4_Set_ExceptionHandler(L4_Pager());
    argc = pn_split(find_line(sp), words, PN_MAX_ARGS + 1);
    status = main(argc, words);
    if (is_initial())
        L4_KDB_Enter("main returned");
    else
        send_end((L4_Word_t)status);
    pn_sleep_forever();
}
