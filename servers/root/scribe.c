/*
 * scribe.c - the thread that prints (scribe.h).
 */
#include "scribe.h"
#include "devices.h"
#include "log.h"
#include "program.h"

#include <l4/ipc.h>
#include <l4/kdebug.h>
#include <l4/schedule.h>
#include <pn/console.h>
#include <pn/libc.h>
#include <pn/notify.h>
#include <pn/ports.h>
#include <pn/program.h>
#include <pn/space.h>

#define PRIORITY 210 /* above the monitor, below the drivers */
#define SLOT     3   /* of UTCBs, behind the monitor's and the prober's */
#define WORK     1   /* a notification: look at the queue */
#define LOOK     1   /* the label of scribe_look, from our own threads */

static char stack[2048] __attribute__((aligned(16)));
static L4_ThreadId_t tid;
static L4_ThreadId_t driver; /* nil: the kernel */
static L4_ThreadId_t failed; /* a driver that is one no more */

/* The supervisor's text. It alone adds, the scribe alone takes. */
static char queue[8192];
static volatile size_t in, out;

static volatile int is_ending;
static L4_Word_t end_status;

L4_ThreadId_t scribe_thread(void)
{
    return tid;
}

L4_ThreadId_t scribe_driver(void)
{
    return driver;
}

void scribe_open(L4_ThreadId_t new)
{
    driver = L4_IsNilThread(tid) ? L4_nilthread : new;
}

/* --- the driver --- */

/* Is there another one than the last? */
static int is_back(void)
{
    struct program *p = program_named(PN_CONSOLE_NAME);

    if (!p || !program_lives(p) || L4_IsThreadEqual(p->thread, failed))
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

static int is_coming(void)
{
    struct program *p = program_named(PN_CONSOLE_NAME);

    return p && p->state == PROGRAM_RESTARTING;
}

/* The driver has not done what it was asked for. 1: there is another one. One
 * that is to be started again stays the driver, if we are patient; what is
 * printed meanwhile the kernel prints. */
static int is_replaced(int patient)
{
    failed = driver;
    if (is_back())
        return 1;
    if (patient && is_coming())
        return 0;
    driver = L4_nilthread;
    show_kernels_screen();
    L4_KDB_PrintString("\nroot: the console's driver is gone: from here on "
                       "it is the kernel's\n");
    return 0;
}

static void by_kernel(const char *text, size_t n)
{
    (void)n;
    L4_KDB_PrintString(text);
}

static void by_driver(const char *text, size_t n)
{
    while (!L4_IsNilThread(driver)) {
        if (pn_console_write(driver, text, n))
            return;
        if (!is_replaced(1))
            break;
    }
    by_kernel(text, n);
}

/* --- lines --- */

/* Whose text was printed last, and was that the end of a line? */
static L4_Word_t last;
static int is_in_line;

/* The last line of the shell, as far as it was printed. */
static char line[512];
static size_t line_bytes;

static void put(L4_Word_t whose, const char *text, size_t n,
                void (*print)(const char *text, size_t n))
{
    if (n == 0)
        return;
    if (is_in_line && whose != last)
        print("\n", 1);
    print(text, n);
    last = whose;
    is_in_line = text[n - 1] != '\n';
}

/* Others may have printed since, below what was typed so far. */
static void put_shells(L4_Word_t whose, const char *text, size_t n)
{
    if (whose != last && line_bytes > 0)
        put(whose, line, line_bytes, by_driver);
    put(whose, text, n, by_driver);
    for (size_t i = 0; i < n; i++) {
        if (text[i] == '\n' || line_bytes + 1 == sizeof line)
            line_bytes = 0;
        else
            line[line_bytes++] = text[i];
    }
    line[line_bytes] = '\0';
}

/* --- the supervisor's text --- */

#define SUPERVISOR 0 /* put: whose */

void scribe_queue(const char *text, size_t n)
{
    if (L4_IsNilThread(driver) || n > sizeof queue - (in - out)) {
        put(SUPERVISOR, text, n, by_kernel);
        return;
    }
    for (size_t i = 0; i < n; i++)
        queue[(in + i) % sizeof queue] = text[i];
    in += n;
    (void)PN_Notify(tid, WORK);
}

void scribe_end(L4_Word_t status)
{
    if (L4_IsNilThread(driver))
        pn_exit(status);
    end_status = status;
    is_ending = 1;
    (void)PN_Notify(tid, WORK);
}

static void work(void)
{
    char text[PN_CONSOLE_BYTES + 1];
    size_t n;

    while ((n = in - out) > 0) {
        if (n > PN_CONSOLE_BYTES)
            n = PN_CONSOLE_BYTES;
        for (size_t i = 0; i < n; i++)
            text[i] = queue[(out + i) % sizeof queue];
        text[n] = '\0';
        out += n;
        put(SUPERVISOR, text, n, by_driver);
    }
    if (!is_ending)
        return;
    if (!L4_IsNilThread(driver))
        (void)pn_console_flush(driver);
    pn_exit(end_status);
}

/* --- requests --- */

static void answer(L4_Word_t word)
{
    L4_Set_MsgTag(l4_tag(1));
    L4_LoadMR(1, word);
}

static void write(L4_ThreadId_t from, L4_MsgTag_t tag)
{
    char text[PN_CONSOLE_BYTES + 1];
    L4_Word_t n;

    if (!pn_console_written(tag, &n)) {
        L4_Set_MsgTag(L4_Niltag);
        return;
    }
    memcpy(text, pn_console_text(), n);
    text[n] = '\0';
    work();
    if (L4_IsLocalId(from)) {
        put_shells(from.raw, text, n);
    } else {
        log_add(text, n);
        put(from.raw, text, n, by_driver);
    }
    answer(n);
}

static void look(L4_ThreadId_t known, int patient)
{
    work();
    if (L4_IsNilThread(driver))
        (void)is_back();
    else if (L4_IsThreadEqual(driver, known))
        (void)is_replaced(patient);
    answer(0);
}

static void handle(L4_ThreadId_t from, L4_MsgTag_t tag)
{
    if (L4_Label(tag) == PN_CONSOLE_WRITE)
        write(from, tag);
    else if (L4_IsLocalId(from) && tag.raw == (LOOK << 16 | 2))
        look(l4_id(l4_utcb()[1]), l4_utcb()[2] != 0);
    else
        L4_Set_MsgTag(L4_Niltag);
}

static void scribe(void *unused)
{
    L4_ThreadId_t to = L4_nilthread;

    (void)unused;
    PN_SetNotifyMask(WORK);
    for (;;) {
        L4_ThreadId_t from;
        L4_MsgTag_t tag =
            L4_Ipc(to, L4_anythread, L4_Timeouts(L4_ZeroTime, L4_Never), &from);

        to = L4_nilthread;
        if (L4_IpcFailed(tag))
            continue;
        if (PN_IsNotification(tag)) {
            work();
            continue;
        }
        handle(from, tag);
        to = from;
    }
}

int scribe_start(void)
{
    tid = pn_new_tid();
    if (!pn_thread_run(tid, SLOT, scribe, NULL, stack + sizeof stack)) {
        tid = L4_nilthread;
        return 0;
    }
    (void)L4_Set_Priority(tid, PRIORITY);
    return 1;
}

/* --- the other threads --- */

void scribe_print(const char *text, size_t n)
{
    /* The scribe, and no other, knows when to wait no more. */
    if (L4_IsNilThread(tid) ||
        !pn_console_write_timeout(tid, text, n, L4_Never))
        L4_KDB_PrintString(text);
}

L4_ThreadId_t scribe_look(L4_ThreadId_t known, int patient)
{
    L4_Set_MsgTag(l4_tag(LOOK << 16 | 2));
    L4_LoadMR(1, known.raw);
    L4_LoadMR(2, (L4_Word_t)patient);
    if (!L4_IsNilThread(tid))
        (void)L4_Call(tid);
    return driver;
}
