/*
 * console.c - the monitor's console (console.h).
 */
#include "console.h"
#include "devices.h"
#include "log.h"
#include "program.h"

#include <l4/ipc.h>
#include <l4/kdebug.h>
#include <l4/thread.h>
#include <pn/console.h>
#include <pn/libc.h>
#include <pn/ports.h>

#define TRIES  100
#define TRY_US 10000

#define POLL_US 1000

#define INTERRUPT 0x03 /* Ctrl-C */

static L4_ThreadId_t driver; /* nil: the kernel */
static L4_ThreadId_t monitor;

/* What was typed and not yet asked for when the driver was settled. */
static char typed[8192];
static size_t typed_in, typed_out;

/* The driver has stopped, and may be started again within a second or so. */
static int is_back(void)
{
    struct program *p = program_named(PN_CONSOLE_NAME);

    for (unsigned i = 0; p && p->state == PROGRAM_RESTARTING && i < TRIES; i++)
        L4_Sleep(L4_TimePeriod(TRY_US));
    if (!p || !program_lives(p) || L4_IsThreadEqual(p->thread, driver))
        return 0;
    driver = p->thread;
    return 1;
}

/* The driver's screen lies behind the kernel's, in the memory of the VGA
 * (servers/console/vga.h). The registers that say which is shown are the
 * driver's, and so ours, too. */
static void show_kernels_screen(void)
{
    enum { CRTC = 0x3d4, START_HIGH = 0x0c, START_LOW };
    const struct program *p = program_named(PN_CONSOLE_NAME);

    if (!p || !devices_has_ports(p, CRTC, 2))
        return;
    pn_out16(CRTC, START_HIGH);
    pn_out16(CRTC, START_LOW);
}

/* Again, with another driver? */
static int fall_back(void)
{
    if (is_back())
        return 1;
    driver = L4_nilthread;
    show_kernels_screen();
    L4_KDB_PrintString("\nroot: the console's driver is gone: from here on "
                       "it is the kernel's\n");
    return 0;
}

static void print(const char *text, size_t n)
{
    if (!L4_IsThreadEqual(L4_MyLocalId(), monitor)) {
        log_add(text, n);
        L4_KDB_PrintString(text);
        return;
    }
    while (!L4_IsNilThread(driver)) {
        if (pn_console_write(driver, text, n))
            return;
        if (!fall_back())
            break;
    }
    L4_KDB_PrintString(text);
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
        driver = p->thread;
    } else {
        printf("root: no driver for the console: it is the kernel's\n");
    }
    monitor = L4_MyLocalId();
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
        if (is_back()) {
            say_driver();
            return '\r';
        }
    }
    return (char)c;
}

char console_read(void)
{
    char c;

    if (typed_out < typed_in)
        return typed[typed_out++];
    while (!L4_IsNilThread(driver)) {
        if (pn_console_read(driver, &c, 1))
            return c;
        if (!fall_back())
            break;
    }
    return kernel_read();
}

/* Keep what the driver, or the kernel, has of it. */
static void take_typed(void)
{
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
    if (L4_IsNilThread(driver))
        return;
    (void)pn_console_flush(driver);
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
    struct pn_console_info info;

    if (L4_IsNilThread(driver)) {
        if (is_back())
            say_driver();
    } else if (!pn_console_info(driver, &info)) {
        (void)fall_back();
    }
}

void console_info(void)
{
    struct pn_console_info i;

    if (!L4_IsNilThread(driver) && pn_console_info(driver, &i))
        printf("console: %lu interrupts, %lu bytes in, %lu out, %lu "
               "overruns\n",
               i.interrupts, i.received, i.sent, i.lost);
}
