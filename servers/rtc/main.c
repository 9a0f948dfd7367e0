/*
 * rtc - the timer's driver: time of day, sleeping, ticks (pn/timer.h).
 *
 * One thread, which waits for its interrupt and its clients at once. A sleeper
 * is a client without an answer yet; answers don't wait, so that no client can
 * stop it. With nobody in the table the clock does not interrupt.
 */
#include "clock.h"

#include <l4/ipc.h>
#include <pn/interrupt.h>
#include <pn/libc.h>
#include <pn/notify.h>
#include <pn/server.h>
#include <pn/timer.h>

int main(int argc, char **argv);

#define CLIENTS 64

struct client {
    L4_ThreadId_t thread; /* nil: free */
    L4_Word_t left;       /* ticks until its turn */
    L4_Word_t period; /* 0: a sleeper, else ticks between two notifications */
    L4_Word_t bits;
};

static struct client clients[CLIENTS];
static unsigned waiting; /* clients in the table */
static L4_Word_t interrupts;

static void set_waiting(unsigned n)
{
    if ((waiting == 0) != (n == 0))
        clock_run(n != 0);
    waiting = n;
}

static struct client *find(L4_ThreadId_t thread, int periodic)
{
    for (unsigned i = 0; i < CLIENTS; i++)
        if (L4_IsThreadEqual(clients[i].thread, thread) &&
            (clients[i].period != 0) == periodic)
            return &clients[i];
    return NULL;
}

static void leave(struct client *c)
{
    *c = (struct client){.thread = L4_nilthread};
    set_waiting(waiting - 1);
}

/* Enter a client, in its old place if it has one; 0 if the table is full. */
static int enter(L4_ThreadId_t thread, L4_Word_t ticks, L4_Word_t period,
                 L4_Word_t bits)
{
    struct client *c = find(thread, period != 0);

    if (!c) {
        c = find(L4_nilthread, 0);
        if (!c)
            return 0;
        set_waiting(waiting + 1);
    }
    *c = (struct client){thread, ticks, period, bits};
    return 1;
}

static void load_word(L4_Word_t word)
{
    L4_Set_MsgTag(l4_tag(1));
    L4_LoadMR(1, word);
}

/* Its turn; one who has gone, or does not wait any more, is forgotten. */
static void serve(struct client *c)
{
    c->left = c->period;
    if (c->period == 0) {
        load_word(1);
        (void)L4_Reply(c->thread);
        leave(c);
    } else if (!PN_Notify(c->thread, c->bits)) {
        leave(c);
    }
}

static void tick(void)
{
    for (unsigned i = 0; i < CLIENTS && waiting > 0; i++)
        if (!L4_IsNilThread(clients[i].thread) && --clients[i].left == 0)
            serve(&clients[i]);
}

static int ticks(L4_ThreadId_t from, L4_Word_t n, L4_Word_t bits)
{
    struct client *c = find(from, 1);

    if (n != 0)
        return enter(from, n, n, bits);
    if (c)
        leave(c);
    return 1;
}

/* Do a request; 1 if the MRs hold an answer for now. */
static int handle(L4_ThreadId_t from, L4_MsgTag_t tag)
{
    static L4_Word_t served;
    L4_Word_t n, bits;

    L4_StoreMR(1, &n);
    L4_StoreMR(2, &bits);
    if (tag.raw == (L4_Word_t)PN_LABEL_SERVED << 16) {
        load_word(served);
        return 1;
    }
    served += L4_Label(tag) != PN_LABEL_ALIVE;
    switch (tag.raw & 0xffff0fff) {
    case PN_TIMER_TIME << 16:
        load_word(clock_time());
        return 1;
    case PN_TIMER_SLEEP << 16 | 1:
        if (n != 0 && enter(from, n, 0, 0))
            return 0;
        load_word(n == 0);
        return 1;
    case PN_TIMER_TICKS << 16 | 2:
        load_word((L4_Word_t)ticks(from, n, bits));
        return 1;
    case PN_TIMER_INFO << 16:
        load_word(interrupts);
        return 1;
    }
    L4_Set_MsgTag(L4_Niltag);
    return 1;
}

int main(int argc, char **argv)
{
    L4_ThreadId_t line = L4_GlobalId(CLOCK_LINE, 1);
    L4_ThreadId_t from, to = L4_nilthread;
    L4_MsgTag_t tag;

    (void)argc;
    (void)argv;
    if (!pn_line_is_mine(line)) {
        printf("rtc: interrupt %u is not mine: it wants irq=%u\n", CLOCK_LINE,
               CLOCK_LINE);
        return 1;
    }
    clock_run(0);
    for (;;) {
        tag = L4_ReplyWait(to, &from);
        to = L4_nilthread;
        if (L4_IpcFailed(tag))
            continue;
        if (L4_IsThreadEqual(from, line)) {
            interrupts++;
            if (clock_interrupt())
                tick();
            L4_Set_MsgTag(L4_Niltag);
            to = line;
        } else if (handle(from, tag)) {
            to = from;
        }
    }
}
