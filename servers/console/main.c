/*
 * console - the console's driver: the UART's bytes as messages (pn/console.h).
 *
 * One thread. It waits for its interrupt and its clients at once; while there
 * is no room for another message of output, for the interrupt alone, and the
 * clients queue up in the kernel. Answers don't wait, so that no client can
 * stop it.
 */
#include "uart.h"

#include <l4/ipc.h>
#include <l4/protocol.h>
#include <pn/interrupt.h>
#include <pn/libc.h>

int main(int argc, char **argv);

#define WAITING  80 /* readers; as many who wait for the last byte to go */
#define TEXT_MR  2
#define MOST_OUT (2 * PN_CONSOLE_BYTES) /* all line feeds */

struct waiter {
    L4_ThreadId_t thread;
    unsigned most; /* bytes */
};

struct queue {
    unsigned count;
    struct waiter waiter[WAITING];
};

static struct queue readers, flushers;

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
    char *text = (char *)(l4_utcb() + TEXT_MR);
    unsigned n = ring_used(&uart_input);

    if (n > most)
        n = most;
    for (unsigned i = 0; i < n; i++)
        text[i] = ring_look(&uart_input, i);
    L4_Set_MsgTag(l4_tag(1 + (n + 3) / 4));
    L4_LoadMR(1, n);
    return n;
}

static void input_taken(unsigned n)
{
    ring_drop(&uart_input, n);
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
    while (readers.count > 0 && ring_used(&uart_input) > 0) {
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

static void write(L4_Word_t n)
{
    const char *text = (const char *)(l4_utcb() + TEXT_MR);

    for (L4_Word_t i = 0; i < n; i++) {
        if (text[i] == '\n')
            uart_send('\r');
        uart_send(text[i]);
    }
    load_word(n);
}

static void load_info(void)
{
    L4_Set_MsgTag(l4_tag(PN_CONSOLE_INFO_WORDS));
    L4_LoadMR(1, uart_info.interrupts);
    L4_LoadMR(2, uart_info.received);
    L4_LoadMR(3, uart_info.sent);
    L4_LoadMR(4, uart_info.lost);
}

/* Do a request; 1 if the MRs hold an answer for now. */
static int handle(L4_ThreadId_t from, L4_MsgTag_t tag)
{
    L4_Word_t words = L4_UntypedWords(tag);
    L4_Word_t n = words > 0 ? l4_utcb()[1] : 0;
    int fits = words > 0 && n <= PN_CONSOLE_BYTES;

    switch (L4_Label(tag)) {
    case PN_CONSOLE_WRITE:
        if (!fits || 1 + (n + 3) / 4 > words)
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

/* For ever: `to` gets what is in the MRs. */
__attribute__((noreturn)) static void serve(L4_ThreadId_t line)
{
    L4_ThreadId_t to = L4_nilthread, from;
    L4_MsgTag_t tag;

    for (;;) {
        L4_ThreadId_t who = uart_send_room() < MOST_OUT ? line : L4_anythread;

        tag = L4_Ipc(to, who, L4_Timeouts(L4_ZeroTime, L4_Never), &from);
        to = L4_nilthread;
        if (L4_IpcFailed(tag))
            continue;
        if (L4_IsThreadEqual(from, line)) {
            uart_interrupt();
            serve_readers();
            serve_flushers();
            L4_Set_MsgTag(L4_Niltag);
            to = line;
        } else if (handle(from, tag)) {
            to = from;
        } else {
            serve_readers();
        }
    }
}

int main(int argc, char **argv)
{
    L4_ThreadId_t line = L4_GlobalId(UART_LINE, 1);

    (void)argc;
    (void)argv;
    if (!pn_line_is_mine(line)) {
        printf("console: interrupt %u is not mine: it wants irq=%u\n",
               UART_LINE, UART_LINE);
        return 1;
    }
    if (!uart_open()) {
        printf("console: there is no UART at COM1\n");
        return 1;
    }
    serve(line);
}
