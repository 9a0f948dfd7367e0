/*
 * console - the console's driver: line, keyboard and screen as messages
 * (pn/console.h).
 *
 * One thread. It waits for its interrupts and its clients at once; while there
 * is no room for another message of output, for the line's interrupt alone, and
 * the clients queue up in the kernel. Answers don't wait, so that no client can
 * stop it. A message of output takes longer than the UART has room for what
 * comes in, so that is looked at meanwhile.
 */
#include "i8042.h"
#include "input.h"
#include "uart.h"
#include "vga.h"

#include <l4/ipc.h>
#include <l4/protocol.h>
#include <pn/libc.h>
#include <pn/server.h>

int main(int argc, char **argv);

#define WAITING  80 /* readers; as many who wait for the last byte to go */
#define MOST_OUT (2 * PN_CONSOLE_BYTES) /* all line feeds */

#define LOOK_EVERY 32 /* bytes of output */

struct waiter {
    L4_ThreadId_t thread;
    unsigned most; /* bytes */
};

struct queue {
    unsigned count;
    struct waiter waiter[WAITING];
};

struct ring input;
struct pn_console_info counters;
static struct queue readers, flushers;
static enum part line, keyboard, vga;
static struct screen screen;
static int is_shown; /* ours, instead of the kernel's */

/* Who has given up waiting and asks again keeps its place. */
static int join(struct queue *q, L4_ThreadId_t thread, unsigned most)
{
    unsigned i = 0;

    while (i < q->count && !L4_IsThreadEqual(q->waiter[i].thread, thread))
        i++;
    if (i == WAITING)
        return 0;
    q->waiter[i] = (struct waiter){thread, most};
    q->count += i == q->count;
    return 1;
}

static void leave(struct queue *q)
{
    q->count--;
    memmove(q->waiter, q->waiter + 1, q->count * sizeof q->waiter[0]);
}

/* An answer with one word, in the MRs. */
static void load_word(L4_Word_t word)
{
    L4_Set_MsgTag(l4_tag(1));
    L4_LoadMR(1, word);
}

static unsigned load_input(unsigned most)
{
    char *text = pn_console_text();
    unsigned n = ring_used(&input);

    if (n > most)
        n = most;
    for (unsigned i = 0; i < n; i++)
        text[i] = ring_look(&input, i);
    L4_Set_MsgTag(l4_tag(1 + (n + 3) / 4));
    L4_LoadMR(1, n);
    return n;
}

static void input_taken(unsigned n)
{
    ring_drop(&input, n);
    if (line == PART_WORKS)
        uart_taken();
}

/* Who has gone gets nothing: its input is the next one's. */
static void give_input(L4_ThreadId_t client, unsigned most)
{
    unsigned n = load_input(most);

    if (L4_IpcSucceeded(L4_Reply(client)))
        input_taken(n);
}

static void serve_readers(void)
{
    while (readers.count > 0 && ring_used(&input) > 0) {
        give_input(readers.waiter[0].thread, readers.waiter[0].most);
        leave(&readers);
    }
}

static void serve_flushers(void)
{
    while (flushers.count > 0 && uart_is_idle()) {
        load_word(1);
        (void)L4_Reply(flushers.waiter[0].thread);
        leave(&flushers);
    }
}

static void look_at_line(void)
{
    if (line == PART_WORKS)
        uart_receive();
}

static void write_line(const char *text, L4_Word_t n)
{
    for (L4_Word_t i = 0; i < n; i++) {
        if (i % LOOK_EVERY == 0)
            uart_receive();
        if (text[i] == '\n')
            uart_send('\r');
        uart_send(text[i]);
    }
}

static void write_screen(const char *text, L4_Word_t n)
{
    if (!is_shown)
        vga_take_over(&screen);
    is_shown = 1;
    for (L4_Word_t i = 0; i < n; i++) {
        if (i % LOOK_EVERY == 0 || text[i] == '\n')
            look_at_line();
        screen_put(&screen, text[i]);
    }
    while (vga_show(&screen))
        look_at_line();
}

static void write(L4_Word_t n)
{
    const char *text = pn_console_text();

    if (line == PART_WORKS)
        write_line(text, n);
    if (vga == PART_WORKS)
        write_screen(text, n);
    load_word(n);
}

static void load_info(void)
{
    L4_Set_MsgTag(l4_tag(PN_CONSOLE_INFO_WORDS));
    L4_LoadMR(1, counters.interrupts);
    L4_LoadMR(2, counters.received);
    L4_LoadMR(3, counters.sent);
    L4_LoadMR(4, counters.lost);
}

/* Do a request; 1 if the MRs hold an answer for now. */
static int handle(L4_ThreadId_t from, L4_MsgTag_t tag)
{
    static L4_Word_t served;
    L4_Word_t words = L4_UntypedWords(tag);
    L4_Word_t n = words > 0 ? l4_utcb()[1] : 0;
    int fits = words > 0 && n <= PN_CONSOLE_BYTES;

    served += L4_Label(tag) != PN_LABEL_ALIVE &&
              L4_Label(tag) != PN_LABEL_SERVED;
    switch (L4_Label(tag)) {
    case PN_LABEL_SERVED:
        load_word(served);
        return 1;
    case PN_CONSOLE_WRITE:
        if (!pn_console_written(tag, &n))
            break;
        write(n);
        return 1;
    case PN_CONSOLE_READ:
        if (!fits || n == 0)
            break;
        if (join(&readers, from, (unsigned)n))
            return 0;
        load_word(0);
        return 1;
    case PN_CONSOLE_POLL:
        if (!fits)
            break;
        give_input(from, (unsigned)n);
        return 0;
    case PN_CONSOLE_FLUSH:
        if (!uart_is_idle() && join(&flushers, from, 0))
            return 0;
        load_word(uart_is_idle() ? 1 : 0);
        return 1;
    case PN_CONSOLE_INFO:
        load_info();
        return 1;
    }
    L4_Set_MsgTag(L4_Niltag);
    return 1;
}

/* Was it an interrupt? Then it is answered, but for the message. */
static int interrupt(L4_ThreadId_t from)
{
    if (L4_IsThreadEqual(from, L4_GlobalId(UART_LINE, 1)))
        uart_interrupt();
    else if (L4_IsThreadEqual(from, L4_GlobalId(I8042_LINE, 1)))
        i8042_interrupt();
    else
        return 0;
    serve_readers();
    serve_flushers();
    L4_Set_MsgTag(L4_Niltag);
    return 1;
}

/* For ever: `to` gets what is in the MRs. */
__attribute__((noreturn)) static void serve(void)
{
    const L4_ThreadId_t uart = L4_GlobalId(UART_LINE, 1);
    L4_ThreadId_t to = L4_nilthread, from;
    L4_MsgTag_t tag;

    for (;;) {
        L4_ThreadId_t who = uart_send_room() < MOST_OUT ? uart : L4_anythread;

        tag = L4_Ipc(to, who, L4_Timeouts(L4_ZeroTime, L4_Never), &from);
        to = L4_nilthread;
        if (L4_IpcFailed(tag))
            continue;
        if (interrupt(from) || handle(from, tag))
            to = from;
        else
            serve_readers();
    }
}

/* --- what it serves --- */

static const char *what(enum part part)
{
    static const char *const texts[] = {
        [PART_NOT_GIVEN] = "not given",
        [PART_IN_PIECES] = "given in part",
        [PART_ABSENT] = "not there",
        [PART_WORKS] = "works",
    };

    return texts[part];
}

static void complain(const char *name, const char *wants, enum part part)
{
    if (part == PART_IN_PIECES)
        printf("console: the %s wants all of this: %s\n", name, wants);
}

int main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    line = uart_open();
    keyboard = i8042_open();
    vga = vga_open();
    printf("console: line %s, keyboard %s, screen %s\n", what(line),
           what(keyboard), what(vga));
    complain("line", UART_WANTS, line);
    complain("keyboard", I8042_WANTS, keyboard);
    complain("screen", VGA_WANTS, vga);
    if (line == PART_WORKS || keyboard == PART_WORKS || vga == PART_WORKS)
        serve();
    printf("console: nothing to serve: give it " UART_WANTS ", or " I8042_WANTS
           " " VGA_WANTS "\n");
    return 1;
}
