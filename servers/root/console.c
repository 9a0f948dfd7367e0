/*
 * console.c - the monitor's console (console.h).
 */
#include "console.h"
#include "log.h"
#include "program.h"
#include "scribe.h"

#include <l4/ipc.h>
#include <l4/kdebug.h>
#include <l4/thread.h>
#include <pn/console.h>
#include <pn/libc.h>

#define POLL_US 1000

#define TRIES  100 /* to find a driver that is started again */
#define TRY_US 10000

#define INTERRUPT 0x03 /* Ctrl-C */

static L4_ThreadId_t monitor;

/* What was typed and not yet asked for when the driver was settled. */
static char typed[8192];
static size_t typed_in, typed_out;

static void print(const char *text, size_t n)
{
    if (L4_IsThreadEqual(L4_MyLocalId(), monitor)) {
        scribe_print(text, n);
        return;
    }
    log_add(text, n);
    scribe_queue(text, n);
}

void console_begin(void)
{
    pn_print_sink = print;
}

static void say_driver(void)
{
    printf("root: this console is its driver's\n");
}

void console_open(void)
{
    struct program *p = program_named(PN_CONSOLE_NAME);

    if (p && program_lives(p)) {
        say_driver();
        scribe_open(p->thread);
    } else {
        printf("root: no driver for the console: it is the kernel's\n");
    }
    monitor = L4_MyLocalId();
}

/* What it is instead of a driver that does not answer: one that is started again
 * is waited for, for a second. */
static L4_ThreadId_t next_driver(L4_ThreadId_t driver)
{
    L4_ThreadId_t next = scribe_look(driver, 1);

    for (unsigned i = 0; L4_IsThreadEqual(next, driver) && i < TRIES; i++) {
        L4_Sleep(L4_TimePeriod(TRY_US));
        next = scribe_look(driver, 1);
    }
    return L4_IsThreadEqual(next, driver) ? scribe_look(driver, 0) : next;
}

/* Is there one now, instead of the kernel? */
static int is_back(void)
{
    if (L4_IsNilThread(scribe_look(L4_nilthread, 1)))
        return 0;
    say_driver();
    return 1;
}

/* A driver that may be started again takes the line from under a blocking
 * read. */
static char kernel_read(void)
{
    struct program *p = program_named(PN_CONSOLE_NAME);
    int c;

    if (!p || !p->server)
        return L4_KDB_ReadChar_Blocked();
    while ((c = L4_KDB_ReadChar()) < 0) {
        L4_Sleep(L4_TimePeriod(POLL_US));
        if (is_back())
            return '\r';
    }
    return (char)c;
}

char console_read(void)
{
    L4_ThreadId_t driver;
    char c;

    if (typed_out < typed_in)
        return typed[typed_out++];
    for (driver = scribe_driver(); !L4_IsNilThread(driver);
         driver = next_driver(driver))
        if (pn_console_read(driver, &c, 1))
            return c;
    return kernel_read();
}

/* Keep what the driver, or the kernel, has of it. */
static void take_typed(void)
{
    L4_ThreadId_t driver = scribe_driver();
    L4_Word_t n;
    int c;

    memmove(typed, typed + typed_out, typed_in - typed_out);
    typed_in -= typed_out;
    typed_out = 0;
    if (L4_IsNilThread(driver)) {
        while (typed_in < sizeof typed && (c = L4_KDB_ReadChar()) >= 0)
            typed[typed_in++] = (char)c;
        return;
    }
    while ((n = pn_console_poll(driver, typed + typed_in,
                                sizeof typed - typed_in)) > 0)
        typed_in += n;
}

void console_settle(void)
{
    if (L4_IsNilThread(scribe_driver()))
        return;
    (void)pn_console_flush(scribe_look(L4_nilthread, 1));
    take_typed();
}

int console_typed(void)
{
    take_typed();
    return typed_in > 0;
}

int console_interrupted(void)
{
    size_t i;

    take_typed();
    for (i = 0; i < typed_in; i++)
        if (typed[i] == INTERRUPT) {
            typed_out = i + 1;
            printf("^C\n");
            return 1;
        }
    return 0;
}

void console_check(void)
{
    L4_ThreadId_t driver = scribe_driver();
    struct pn_console_info info;

    if (L4_IsNilThread(driver))
        (void)is_back();
    else if (!pn_console_info(driver, &info))
        (void)next_driver(driver);
}

void console_info(void)
{
    L4_ThreadId_t driver = scribe_driver();
    struct pn_console_info i;

    if (!L4_IsNilThread(driver) && pn_console_info(driver, &i))
        printf("console: %lu interrupts, %lu bytes in, %lu out, %lu "
               "overruns\n",
               i.interrupts, i.received, i.sent, i.lost);
}
