/*
 * console.c - the monitor's console (console.h).
 */
#include "console.h"
#include "program.h"

#include <l4/kdebug.h>
#include <l4/thread.h>
#include <pn/console.h>
#include <pn/libc.h>

static L4_ThreadId_t driver; /* nil: the kernel */
static L4_ThreadId_t monitor;

/* What was typed and not yet asked for when the driver was settled. */
static char typed[8192];
static size_t typed_in, typed_out;

static void fall_back(void)
{
    driver = L4_nilthread;
    L4_KDB_PrintString("\nroot: the console's driver is gone: from here on "
                       "it is the kernel's\n");
}

static void print(const char *text, size_t n)
{
    if (!L4_IsNilThread(driver) && L4_IsThreadEqual(L4_MyLocalId(), monitor)) {
        if (pn_console_write(driver, text, n))
            return;
        fall_back();
    }
    L4_KDB_PrintString(text);
}

void console_open(void)
{
    struct program *p = program_named(PN_CONSOLE_NAME);

    if (p && program_lives(p)) {
        printf("root: this console is %s's\n", p->name);
        driver = p->thread;
    } else {
        printf("root: no driver for the console: it is the kernel's\n");
    }
    monitor = L4_MyLocalId();
    pn_print_sink = print;
}

char console_read(void)
{
    char c;

    if (typed_out < typed_in)
        return typed[typed_out++];
    if (!L4_IsNilThread(driver)) {
        if (pn_console_read(driver, &c, 1))
            return c;
        fall_back();
    }
    return L4_KDB_ReadChar_Blocked();
}

void console_settle(void)
{
    L4_Word_t n;

    if (L4_IsNilThread(driver))
        return;
    (void)pn_console_flush(driver);
    memmove(typed, typed + typed_out, typed_in - typed_out);
    typed_in -= typed_out;
    typed_out = 0;
    while ((n = pn_console_poll(driver, typed + typed_in,
                                sizeof typed - typed_in)) > 0)
        typed_in += n;
}

void console_check(void)
{
    struct pn_console_info info;

    if (!L4_IsNilThread(driver) && !pn_console_info(driver, &info))
        fall_back();
}

void console_info(void)
{
    struct pn_console_info i;

    if (!L4_IsNilThread(driver) && pn_console_info(driver, &i))
        printf("console: %s, %lu interrupts, %lu bytes in, %lu out, %lu "
               "overruns\n",
               PN_CONSOLE_NAME, i.interrupts, i.received, i.sent, i.lost);
}
