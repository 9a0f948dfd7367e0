/*
 * tests/api/interrupts.c - interrupts as messages (X.2 "Interrupts", sheet 8.3
 * and 13.4).
 *
 * The real-time clock is the device: its periodic interrupt is line 8, its
 * ports are 0x70 and 0x71. A handler in a small and in a large space attaches,
 * counts, and acknowledges; the line stays masked until it does.
 */
#include "rtc.h"

enum {
    RECEIVE_TIMEOUT = 3,
    SEND_TIMEOUT = 2,
    NO_PARTNER_SENT = 4,
};

static L4_ThreadId_t line, handler, other;
static const char *where;
static volatile L4_Word_t count;

/* --- errands of the handler -------------------------------------------------
 */

static L4_Word_t
error_of(L4_MsgTag_t tag)
{
    return L4_IpcSucceeded(tag) ? 0 : L4_ErrorCode();
}

static L4_Word_t
device(L4_Word_t rate, L4_Word_t unused, L4_Word_t unused2)
{
    (void)unused;
    (void)unused2;
    if (rate != 0)
        rtc_start(rate);
    else
        rtc_stop();
    return 1;
}

/* Receive one, in an open or in a closed wait; the result is its tag. */
static L4_Word_t
receive_one(L4_Word_t open, L4_Word_t us, L4_Word_t unused)
{
    L4_ThreadId_t from = line;
    L4_MsgTag_t tag;

    (void)unused;
    tag = open ? L4_Wait_Timeout(L4_TimePeriod(us), &from)
               : L4_Receive_Timeout(line, L4_TimePeriod(us));
    if (!L4_IpcSucceeded(tag))
        return L4_ErrorCode();
    EQUAL(from.raw, line.raw);
    rtc_read(REGISTER_C);
    return tag.raw;
}

/* Acknowledge; 0 or ErrorCode. */
static L4_Word_t
acknowledge(L4_Word_t unused, L4_Word_t unused2, L4_Word_t unused3)
{
    (void)unused;
    (void)unused2;
    (void)unused3;
    L4_Set_MsgTag(l4_tag(0));
    return error_of(L4_Reply(line));
}

/* Acknowledge with the next receive, n times. */
static L4_Word_t
serve(L4_Word_t n, L4_Word_t unused, L4_Word_t unused2)
{
    L4_ThreadId_t from;
    L4_MsgTag_t tag = L4_Wait_Timeout(ms(500), &from);

    (void)unused;
    (void)unused2;
    for (count = 0; L4_IpcSucceeded(tag) && count < n;) {
        if (tag.raw != INTERRUPT || from.raw != line.raw)
            return 0xbad;
        count++;
        rtc_read(REGISTER_C);
        L4_Set_MsgTag(l4_tag(0));
        if (count == n)
            return error_of(L4_Reply(line));
        tag = L4_Ipc(line, L4_anythread, L4_Timeouts(L4_ZeroTime, ms(500)),
                     &from);
    }
    return count;
}

/* --- what the director asks --------------------------------------------------
 */

static void
attaching(void)
{
    L4_ThreadId_t nobody = L4_GlobalId(200, 9);

    EQUAL(L4_AssociateInterrupt(line, nobody), 0);
    EQUAL(L4_ErrorCode(), 2);
    EQUAL(L4_AssociateInterrupt(L4_GlobalId(RTC_LINE, 2), handler), 0);
    EQUAL(L4_AssociateInterrupt(L4_GlobalId(0, 1), handler), 0);
    EQUAL(L4_AssociateInterrupt(L4_GlobalId(2, 1), handler), 0);
    EQUAL(L4_AssociateInterrupt(L4_GlobalId(16, 1), handler), 0);
    EQUAL(L4_DeassociateInterrupt(line), 0);
    EQUAL(L4_ErrorCode(), 2);
    verdict("%s: lines and handlers that are not to be had", where);
    EQUAL(stage_state(line), L4_SchedErr);
    EQUAL(errand(handler, acknowledge, 0, 0, 0), NO_PARTNER_SENT);
    EQUAL(L4_AssociateInterrupt(line, handler), 1);
    EQUAL(stage_state(line), L4_SchedInactive);
    verdict("%s: a line is there while it is attached", where);
}

static void
one_by_one(void)
{
    EQUAL(errand(handler, receive_one, 1, 3000, 0), RECEIVE_TIMEOUT);
    EQUAL(errand(handler, acknowledge, 0, 0, 0), SEND_TIMEOUT);
    EQUAL(errand(handler, device, RATE_64, 0, 0), 1);
    for (L4_Word_t i = 0; i < 6; i++) {
        EQUAL(errand(handler, receive_one, i % 2, 200000, 0), INTERRUPT);
        EQUAL(errand(handler, receive_one, i % 2, 40000, 0), RECEIVE_TIMEOUT);
        EQUAL(errand(handler, acknowledge, 0, 0, 0), 0);
        EQUAL(errand(handler, acknowledge, 0, 0, 0), SEND_TIMEOUT);
    }
    verdict("%s: one interrupt for each acknowledgement", where);
}

static void
stream(void)
{
    EQUAL(errand(handler, device, RATE_1024, 0, 0), 1);
    EQUAL(errand(handler, serve, 300, 0, 0), 0);
    EQUAL(count, 300);
    verdict("%s: 300 interrupts, acknowledged with the next receive", where);
}

static void
other_handler(void)
{
    EQUAL(L4_AssociateInterrupt(line, other), 1);
    EQUAL(errand(handler, receive_one, 1, 20000, 0), RECEIVE_TIMEOUT);
    EQUAL(errand(other, serve, 20, 0, 0), 0);
    EQUAL(L4_DeassociateInterrupt(line), 1);
    EQUAL(stage_state(line), L4_SchedErr);
    EQUAL(errand(other, receive_one, 1, 20000, 0), RECEIVE_TIMEOUT);
    verdict("%s: another handler, and none", where);
}

/* A handler that dies with an interrupt on its hands; the next one starts
 * afresh. */
static void
dying_handler(enum kind kind)
{
    L4_ThreadId_t victim = servant_space(kind);

    EQUAL(L4_AssociateInterrupt(line, victim), 1);
    EQUAL(errand(victim, device, RATE_1024, 0, 0), 1); /* another edge */
    EQUAL(errand(victim, receive_one, 0, 200000, 0), INTERRUPT);
    stage_kill(victim);
    sleep_ms(5);
    EQUAL(L4_AssociateInterrupt(line, handler), 1);
    EQUAL(errand(handler, device, RATE_1024, 0, 0), 1);
    EQUAL(errand(handler, serve, 20, 0, 0), 0);

    victim = servant_space(kind);
    EQUAL(L4_AssociateInterrupt(line, victim), 1);
    EQUAL(errand(victim, device, RATE_1024, 0, 0), 1); /* another edge */
    sleep_ms(20); /* its message waits in the queue of the victim */
    stage_kill(victim);
    EQUAL(L4_AssociateInterrupt(line, handler), 1);
    EQUAL(errand(handler, device, RATE_1024, 0, 0), 1);
    EQUAL(errand(handler, serve, 20, 0, 0), 0);
    verdict("%s: a handler dies, its successor serves", where);
}

/* Others may name the interrupt's thread as they like. */
static void
abuse(void)
{
    L4_Word_t control;
    L4_ThreadId_t pager;

    EQUAL(L4_ThreadControl(L4_GlobalId(230, 1), line, L4_Myself(), L4_nilthread,
                           (void *)-1),
          0);
    EQUAL(L4_SpaceControl(line, 0, L4_Nilpage, L4_Nilpage, L4_nilthread,
                          &control),
          0);
    EXPECT(L4_IsNilThread(
        L4_ExchangeRegisters(line, 0, 0, 0, 0, 0, L4_nilthread, &control,
                             &control, &control, &control, &control, &pager)));
    L4_ThreadSwitch(line);
    EQUAL(errand(handler, serve, 5, 0, 0), 0);
    verdict("%s: an interrupt's thread is no thread with a space", where);
}

int
main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    stage_open();
    line = rtc_line();
    rtc_open();
    for (enum kind k = LARGE; k <= SMALL; k++) {
        where = k == SMALL ? "small" : "large";
        handler = servant_space(k);
        other = servant_space(k == SMALL ? LARGE : SMALL);
        attaching();
        one_by_one();
        stream();
        other_handler();
        dying_handler(k);
        abuse();
        EQUAL(errand(handler, device, 0, 0, 0), 1);
        (void)L4_DeassociateInterrupt(line);
        EQUAL(stage_is_small(handler), k == SMALL);
        verdict("%s: and it is still %s", where, where);
        stage_kill(handler);
        stage_kill(other);
    }
    done();
}
