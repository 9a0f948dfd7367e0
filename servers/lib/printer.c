/*
 * printer.c - where text for the console goes (printer.h): to pn_print_sink, or,
 * if that is null, to the thread that the root server names, or to the kernel.
 *
 * Programs print in the middle of anything: when the text has been sent, message
 * registers and thread control registers are what they were.
 */
#include "pager.h"
#include "printer.h"

#include <pn/console.h>
#include <pn/libc.h>
#include <pn/program.h>
#include <l4/ipc.h>
#include <l4/kdebug.h>

void (*pn_print_sink)(const char *text, size_t length);

static L4_ThreadId_t printer; /* nil: the kernel */
static int is_found;

struct registers {
    L4_Word_t mr[L4_MRS];
    L4_Word_t sender, receiver, error;
};

static void save(struct registers *r)
{
    L4_StoreMRs(0, L4_MRS, r->mr);
    r->sender = l4_tcr_get(L4_TCR_VIRTUAL_SENDER);
    r->receiver = l4_tcr_get(L4_TCR_INTENDED_RECEIVER);
    r->error = l4_tcr_get(L4_TCR_ERROR_CODE);
}

static void restore(const struct registers *r)
{
    L4_LoadMRs(0, L4_MRS, r->mr);
    l4_tcr_set(L4_TCR_VIRTUAL_SENDER, r->sender);
    l4_tcr_set(L4_TCR_INTENDED_RECEIVER, r->receiver);
    l4_tcr_set(L4_TCR_ERROR_CODE, r->error);
}

static void find(void)
{
    const L4_Word_t nothing = 0;

    is_found = 1;
    if (pn_is_program() && pager_ask(PN_LABEL_PRINTER, &nothing, 1, 1))
        L4_StoreMR(1, &printer.raw);
}

static int send(const char *text, size_t n)
{
    struct registers r;
    int done;

    save(&r);
    if (!is_found)
        find();
    done = !L4_IsNilThread(printer) &&
           pn_console_write_timeout(printer, text, n, L4_Never);
    restore(&r);
    return done;
}

void printer_put(const char *text, size_t n)
{
    if (pn_print_sink)
        pn_print_sink(text, n);
    else if ((is_found && L4_IsNilThread(printer)) || !send(text, n))
        L4_KDB_PrintString(text);
}
