/*
 * tests/api/interrupts.c - interrupts as messages (X.2 "Interrupts", sheet 8.3
 * and 13.4).
 *
 * The real-time clock is the device: its periodic interrupt is line 8, its
 * ports are 0x70 and 0x71. A handler in a small and in a large space attaches,
 * counts, and acknowledges; the line stays masked until it does. A second
 * device is the keyboard's controller, which can be told to press a key itself.
 */
#include "rtc.h"

#include <pn/image.h>

enum {
    RECEIVE_TIMEOUT = 3,
    SEND_TIMEOUT = 2,
    NO_PARTNER_SENT = 4,
    OVERFLOW_SENT = 8,
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

/* Acknowledge with this tag and these words; 0 or ErrorCode. */
static L4_Word_t
acknowledge(L4_Word_t tag, L4_Word_t mr1, L4_Word_t mr2)
{
    L4_LoadMR(1, mr1);
    L4_LoadMR(2, mr2);
    L4_Set_MsgTag(l4_tag(tag));
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

enum { TWO_WORDS = 2, TWO_TYPED = 2 << 6 };

/* The line has no use for a message, but it is told that there was one. */
static void
odd_acknowledgements(void)
{
    L4_Word_t at = (L4_Word_t)arena;
    L4_MapItem_t map = L4_MapItem(
        L4_FpageAddRights(L4_FpageLog2(at, 12), L4_FullyAccessible), 0);
    L4_StringItem_t string = L4_StringItem(64, (void *)at);
    struct {
        L4_Word_t tag, mr1, mr2, error;
    } odd[] = {
        {TWO_WORDS, 1, 2, 0},
        {TWO_TYPED, map.raw[0], map.raw[1], OVERFLOW_SENT},
        {TWO_TYPED, string.raw[0], string.raw[1], OVERFLOW_SENT},
        {TWO_TYPED, 0, 0, OVERFLOW_SENT},
    };

    EQUAL(errand(handler, device, RATE_1024, 0, 0), 1);
    for (unsigned i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        EQUAL(errand(handler, receive_one, 0, 200000, 0), INTERRUPT);
        EQUAL(errand(handler, acknowledge, odd[i].tag, odd[i].mr1, odd[i].mr2),
              odd[i].error);
    }
    EQUAL(errand(handler, serve, 5, 0, 0), 0);
    verdict("%s: an acknowledgement with typed items is one, and an overflow",
            where);
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

/* --- priorities --------------------------------------------------------------
 */

static volatile L4_Word_t spinning, late, order[2], arrived;

static void
spin(L4_Word_t unused)
{
    (void)unused;
    pn_image_touch();
    for (;;)
        spinning++;
}

static void
wake_often(L4_Word_t unused)
{
    (void)unused;
    pn_image_touch();
    for (int i = 0; i < 20; i++) {
        L4_Word64_t begin = now_us();

        sleep_ms(2);
        late += now_us() - begin > 2000 + 1500;
    }
}

/*
 * Interrupts as fast as the device can, for a handler that stands below a
 * thread that only computes, and another that wants to wake in time.
 */
static void
storm(enum kind kind)
{
    L4_ThreadId_t above = stage_space(kind), sleeper = stage_space(kind);
    L4_Word_t before;

    spinning = late = 0;
    stage_start(above, spin, 0);
    stage_until(&spinning);
    (void)L4_Set_Priority(handler, 60);
    (void)L4_Set_Priority(above, 50);
    (void)L4_Set_Priority(sleeper, 80);
    EQUAL(errand(handler, device, RATE_8192, 0, 0), 1);
    errand_begin(handler, serve, 400, 0, 0);
    sleep_ms(10);
    EXPECT(count > 0 && count < 400);
    (void)L4_Set_Priority(above, 70);
    sleep_ms(1);
    before = count;
    spinning = 0;
    stage_start(sleeper, wake_often, 0);
    stage_wait(sleeper);
    EXPECT(late <= 4); /* Bochs is late by itself now and then */
    EXPECT(spinning > 100);
    EQUAL(count, before);
    stage_kill(above);
    EQUAL(errand_end(handler), 0);
    EQUAL(count, 400);
    verdict("%s: a storm of interrupts starves nobody above its handler",
            where);
    (void)L4_Set_Priority(handler, 100);
    EQUAL(errand(handler, device, 0, 0, 0), 1);
    stage_kill(sleeper);
}

enum {
    KEYBOARD_LINE = 1,
    KEYBOARD_DATA = 0x60,
    KEYBOARD_COMMAND = 0x64,
    AS_IF_PRESSED = 0xd2, /* the next byte comes from the keyboard */
};

/* Serve one interrupt of a line, and say who one is. */
static L4_Word_t
arrive(L4_Word_t from, L4_Word_t who, L4_Word_t unused)
{
    L4_MsgTag_t tag = L4_Receive_Timeout(l4_id(from), ms(500));

    (void)unused;
    if (L4_IpcFailed(tag))
        return L4_ErrorCode();
    order[arrived++ % 2] = who;
    if (who == KEYBOARD_LINE)
        pn_in8(KEYBOARD_DATA);
    else
        rtc_read(REGISTER_C);
    L4_Set_MsgTag(l4_tag(0));
    (void)L4_Reply(l4_id(from));
    return tag.raw;
}

/* The keyboard's interrupt comes first, then the clock's; nobody runs yet. */
static void
both_at_once(L4_Word_t first, L4_Word_t keyboard_priority)
{
    L4_ThreadId_t keyboard = L4_GlobalId(KEYBOARD_LINE, 1);
    L4_Word64_t begin;

    while (errand(handler, receive_one, 0, 3000, 0) == INTERRUPT)
        errand(handler, acknowledge, 0, 0, 0); /* it had come already */
    (void)L4_Set_Priority(other, keyboard_priority);
    (void)L4_Set_Priority(handler, 150);
    arrived = 0;
    errand_begin(handler, arrive, line.raw, RTC_LINE, 0);
    errand_begin(other, arrive, keyboard.raw, KEYBOARD_LINE, 0);
    sleep_ms(20);
    rtc_start(RATE_1024);
    pn_out8(KEYBOARD_COMMAND, AS_IF_PRESSED);
    pn_out8(KEYBOARD_DATA, 0x1e);
    begin = now_us();
    while (now_us() - begin < 5000)
        ;
    EQUAL(arrived, 0);
    rtc_stop();
    EQUAL(errand_end(handler), INTERRUPT);
    EQUAL(errand_end(other), INTERRUPT);
    EQUAL(arrived, 2);
    EQUAL(order[0], first);
}

static void
two_drivers(void)
{
    L4_ThreadId_t keyboard = L4_GlobalId(KEYBOARD_LINE, 1);

    while ((pn_in8(KEYBOARD_COMMAND)&1) != 0) /* what is left from boot */
        pn_in8(KEYBOARD_DATA);
    EXPECT(L4_AssociateInterrupt(keyboard, other));
    both_at_once(KEYBOARD_LINE, 160);
    both_at_once(RTC_LINE, 140);
    EXPECT(L4_DeassociateInterrupt(keyboard));
    (void)L4_Set_Priority(handler, 100);
    (void)L4_Set_Priority(other, 100);
    verdict("%s: of two drivers the one of higher priority is first, whichever "
            "interrupt came first",
            where);
}

static void
get_ports(L4_Word_t port, L4_Word_t log2)
{
    L4_Fpage_t ports = L4_IoFpageLog2(port, log2);

    EQUAL(L4_Sigma0_GetPage(L4_nilthread, ports).raw, ports.raw);
}

int
main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    stage_open();
    line = rtc_line();
    rtc_open();
    get_ports(KEYBOARD_DATA, 0);
    get_ports(KEYBOARD_COMMAND, 0);
    for (enum kind k = LARGE; k <= SMALL; k++) {
        where = k == SMALL ? "small" : "large";
        handler = servant_space(k);
        other = servant_space(k == SMALL ? LARGE : SMALL);
        attaching();
        one_by_one();
        odd_acknowledgements();
        stream();
        storm(k == SMALL ? LARGE : SMALL);
        two_drivers();
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
