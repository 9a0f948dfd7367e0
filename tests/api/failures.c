/*
 * tests/api/failures.c - IPC that fails: timeouts, missing partners, aborts
 * and overflows, each with its error code in both phases (sheet 6.5, 6.9).
 */
#include "stage.h"

#include <pn/program.h>

enum {
    SEND_TIMEOUT = 2,
    RECEIVE_TIMEOUT,
    SEND_NO_PARTNER,
    RECEIVE_NO_PARTNER,
    SEND_CANCELLED,
    RECEIVE_CANCELLED,
    SEND_OVERFLOW,
    RECEIVE_OVERFLOW,
};

static L4_ThreadId_t me;
static const char *where;
static volatile L4_Word_t error_a, error_b, from_a, took;

/* ErrorCode of an Ipc, 0 if it succeeded. */
static L4_Word_t
error_of(L4_MsgTag_t tag)
{
    if (L4_IpcSucceeded(tag))
        return 0;
    EQUAL(l4_utcb()[0] & L4_TagError, L4_TagError);
    return L4_ErrorCode();
}

static L4_Word_t
ipc_error(L4_ThreadId_t to, L4_ThreadId_t from, L4_Time_t send,
          L4_Time_t receive)
{
    L4_Set_MsgTag(l4_tag(1));
    L4_LoadMR(1, 0x1111);
    return error_of(L4_Ipc(to, from, L4_Timeouts(send, receive), 0));
}

static void
idle(L4_Word_t unused)
{
    (void)unused;
}

/* --- timeouts --- */

static void
time_out(L4_Word_t unused)
{
    L4_ThreadId_t self = L4_Myself(), none = L4_nilthread;

    (void)unused;
    EQUAL(ipc_error(pair_b, none, L4_ZeroTime, L4_Never), SEND_TIMEOUT);
    EQUAL(ipc_error(pair_b, pair_b, L4_ZeroTime, L4_Never), SEND_TIMEOUT);
    EQUAL(ipc_error(none, pair_b, L4_Never, L4_ZeroTime), RECEIVE_TIMEOUT);
    EQUAL(ipc_error(none, L4_anythread, L4_Never, L4_ZeroTime),
          RECEIVE_TIMEOUT);
    EQUAL(ipc_error(none, L4_anylocalthread, L4_Never, L4_ZeroTime),
          RECEIVE_TIMEOUT);
    EQUAL(ipc_error(none, self, L4_Never, L4_ZeroTime), RECEIVE_TIMEOUT);
    EQUAL(ipc_error(self, none, L4_ZeroTime, L4_Never), SEND_TIMEOUT);
}

/* Every period with mantissa 0 is zero. */
static void
other_zeros(L4_Word_t unused)
{
    (void)unused;
    for (L4_Word_t e = 1; e < 32; e += 6)
        EQUAL(ipc_error(L4_nilthread, pair_b, L4_Never, l4_time(e << 10)),
              RECEIVE_TIMEOUT);
}

static void
measure(L4_Word_t us, int sending)
{
    L4_Time_t period = L4_TimePeriod(us);
    L4_Word64_t begin = now_us();

    EQUAL(sending ? ipc_error(pair_b, L4_nilthread, period, L4_Never)
                  : ipc_error(L4_nilthread, pair_b, L4_Never, period),
          sending ? SEND_TIMEOUT : RECEIVE_TIMEOUT);
    took = (L4_Word_t)(now_us() - begin);
    EXPECT(took >= l4_period_us(period));
    EXPECT(took < us + 4000);
}

static void
finite(L4_Word_t unused)
{
    static const L4_Word_t periods[] = {1,    50,   999,   1000,
                                        1001, 5000, 20000, 123456};

    (void)unused;
    for (unsigned i = 0; i < sizeof periods / sizeof *periods; i++) {
        measure(periods[i], 0);
        measure(periods[i], 1);
    }
}

/* The point of time `us`, in units of 2^e us: its low bits, and one more. */
static L4_Time_t
time_point(L4_Word64_t us, L4_Word_t e)
{
    L4_Word_t low = (L4_Word_t)(us >> e);

    return l4_time(0x8000 | e << 11 | (low & 0x7ff));
}

/* In this round of the bits that a point tells, and in the next. */
static void
time_points(L4_Word_t unused)
{
    static const L4_Word_t units[] = {3, 4, 5, 8, 15};

    (void)unused;
    for (unsigned i = 0; i < sizeof units / sizeof *units; i++)
        for (int sending = 0; sending < 2; sending++) {
            L4_Word_t e = units[i];
            L4_Word64_t then = now_us() + 7000, now;
            L4_Time_t point = time_point(then, e);

            EQUAL(sending ? ipc_error(pair_b, L4_nilthread, point, L4_Never)
                          : ipc_error(L4_nilthread, pair_b, L4_Never, point),
                  sending ? SEND_TIMEOUT : RECEIVE_TIMEOUT);
            now = now_us();
            EXPECT(now >= then >> e << e);
            EXPECT(now < then + 4000);
        }
}

/* A point of this round that is over. */
static void
past_points(L4_Word_t unused)
{
    L4_Word64_t now = now_us();

    (void)unused;
    while ((now & 0x3fff) < 0x2000 || (now & 0x3fff) > 0x3000) {
        sleep_ms(1);
        now = now_us();
    }
    EQUAL(ipc_error(L4_nilthread, pair_b, L4_Never, time_point(now - 2000, 4)),
          RECEIVE_TIMEOUT);
    EQUAL(ipc_error(pair_b, L4_nilthread, time_point(now - 2000, 4), L4_Never),
          SEND_TIMEOUT);
    EXPECT(now_us() - now < 8000);
}

/* The send phase uses up its own timeout only. */
static void
both_phases(L4_Word_t unused)
{
    L4_Word64_t begin;

    (void)unused;
    sleep_ms(2);
    begin = now_us();
    EQUAL(ipc_error(pair_b, pair_b, ms(200), ms(10)), RECEIVE_TIMEOUT);
    took = (L4_Word_t)(now_us() - begin);
}

static void
receive_late(L4_Word_t unused)
{
    (void)unused;
    sleep_ms(20);
    EQUAL(ipc_error(L4_nilthread, pair_a, L4_Never, ms(200)), 0);
    EQUAL(l4_utcb()[1], 0x1111);
    sleep_ms(50);
}

static void
timeouts(enum placement p)
{
    pair_run(p, time_out, idle, 0);
    verdict("%s: zero timeouts fail at once, with the code of their phase",
            where);
    pair_run(p, other_zeros, idle, 0);
    verdict("%s: a period of mantissa 0 is zero, whatever its exponent", where);
    pair_run(p, finite, idle, 0);
    verdict("%s: finite timeouts fire, never early and not late", where);
    pair_run(p, time_points, idle, 0);
    verdict("%s: points of time, coarse and fine, come when they are due",
            where);
    pair_run(p, past_points, idle, 0);
    verdict("%s: points of time that are over are zero", where);
    pair_run(p, both_phases, receive_late, 0);
    EXPECT(took >= 15000 && took < 60000);
    verdict("%s: each phase has its own timeout", where);
}

/* --- partners that do not exist --- */

static void
no_partner(L4_Word_t unused)
{
    L4_Word_t no = L4_ThreadNo(pair_b), version = L4_Version(pair_b);
    L4_ThreadId_t wrong[] = {
        L4_GlobalId(no, version + 64), L4_GlobalId(no, version ^ 0x2000),
        L4_GlobalId(1000, 1),          L4_GlobalId(no | 0x1000, version),
        L4_GlobalId(0x3ffff, 1),       L4_GlobalId(20, 1),
    };

    (void)unused;
    for (unsigned i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        EQUAL(ipc_error(wrong[i], L4_nilthread, L4_Never, L4_Never),
              SEND_NO_PARTNER);
        EQUAL(ipc_error(wrong[i], wrong[i], L4_Never, L4_Never),
              SEND_NO_PARTNER);
        EQUAL(ipc_error(L4_nilthread, wrong[i], L4_Never, ms(20)),
              RECEIVE_NO_PARTNER);
    }
    EQUAL(ipc_error(L4_anythread, L4_nilthread, L4_Never, L4_Never),
          SEND_NO_PARTNER);
}

/* The message goes out before the receive phase finds nobody. */
static void
send_then_nobody(L4_Word_t unused)
{
    (void)unused;
    EQUAL(ipc_error(pair_b, L4_GlobalId(1000, 1), ms(100), L4_Never),
          RECEIVE_NO_PARTNER);
}

static void
receive_once(L4_Word_t unused)
{
    (void)unused;
    EQUAL(ipc_error(L4_nilthread, pair_a, L4_Never, ms(200)), 0);
}

static void
not_started(void)
{
    L4_ThreadId_t id = stage_space(SMALL), inactive = stage_new_id();

    EQUAL(ipc_error(id, L4_nilthread, ms(5), L4_Never), SEND_TIMEOUT);
    EXPECT(!stage_finished(id));
    stage_start(id, idle, 0);
    stage_wait(id);
    stage_kill(id);
    verdict("a thread that waits for its start takes messages from its pager "
            "alone");
    EXPECT(L4_ThreadControl(inactive, inactive, me, L4_nilthread, (void *)-1));
    EQUAL(ipc_error(inactive, L4_nilthread, L4_ZeroTime, L4_Never),
          SEND_NO_PARTNER);
    EQUAL(ipc_error(L4_nilthread, inactive, L4_Never, ms(5)),
          RECEIVE_NO_PARTNER);
    stage_kill(inactive);
    verdict("an inactive thread does not exist for IPC, in either phase");
}

/* --- partners that go away --- */

static void
wait_for_b(L4_Word_t sending)
{
    error_a = sending ? ipc_error(pair_b, pair_b, L4_Never, L4_Never)
                      : ipc_error(L4_nilthread, pair_b, L4_Never, L4_Never);
}

static void
take_and_keep(L4_Word_t unused)
{
    (void)unused;
    (void)ipc_error(L4_nilthread, pair_a, L4_Never, ms(200));
    pn_sleep_forever();
}

static void
die(enum placement p, L4_Word_t sending, act_t b, L4_Word_t error)
{
    error_a = 0xff;
    pair_make(p);
    stage_start(pair_b, b, 0);
    stage_start(pair_a, wait_for_b, sending);
    sleep_ms(20);
    EQUAL(error_a, 0xff);
    stage_kill(pair_b);
    stage_wait(pair_a);
    EQUAL(error_a, error);
    stage_kill(pair_a);
}

static void
sleeper(L4_Word_t unused)
{
    (void)unused;
    pn_sleep_forever();
}

/* A new version is another thread: who waits for the old one is told. */
static void
rename_b(enum placement p, L4_Word_t sending, L4_Word_t error)
{
    L4_ThreadId_t renamed;

    error_a = 0xff;
    pair_make(p);
    stage_start(pair_b, sleeper, 0);
    stage_start(pair_a, wait_for_b, sending);
    sleep_ms(20);
    renamed = L4_GlobalId(L4_ThreadNo(pair_b), L4_Version(pair_b) + 64);
    EXPECT(L4_ThreadControl(renamed, pair_b, L4_nilthread, L4_nilthread,
                            (void *)-1));
    stage_wait(pair_a);
    EQUAL(error_a, error);
    stage_kill(pair_a);
    stage_kill(renamed);
}

static void
going_away(enum placement p)
{
    die(p, 1, sleeper, SEND_NO_PARTNER);
    verdict("%s: the partner dies while one queues at it: error 2, send",
            where);
    die(p, 1, take_and_keep, RECEIVE_NO_PARTNER);
    verdict("%s: a server dies with the request: error 2, receive", where);
    die(p, 0, sleeper, RECEIVE_NO_PARTNER);
    verdict("%s: the partner dies while one receives from it: error 2, "
            "receive",
            where);
    rename_b(p, 1, SEND_NO_PARTNER);
    rename_b(p, 0, RECEIVE_NO_PARTNER);
    verdict("%s: a partner's change of version ends the wait for its old id",
            where);
}

/* A sender that dies leaves the queue whole. */
static void
dead_senders(void)
{
    L4_ThreadId_t s[3];

    for (int i = 0; i < 3; i++) {
        s[i] = stage_space(i == 1 ? SMALL : LARGE);
        pair_b = me;
        stage_start(s[i], wait_for_b, 1);
        sleep_ms(10);
    }
    stage_kill(s[1]);
    for (int i = 0; i < 3; i += 2) {
        L4_ThreadId_t from;

        EQUAL(error_of(L4_Wait_Timeout(ms(5), &from)), 0);
        EQUAL(from.raw, s[i].raw);
    }
    EQUAL(ipc_error(L4_nilthread, L4_anythread, L4_Never, L4_ZeroTime),
          RECEIVE_TIMEOUT);
    stage_kill(s[0]);
    stage_kill(s[2]);
    verdict("a dead sender is out of the queue, the others are not");
}

/* --- cancelled --- */

static void
cancel_a(L4_Word_t control)
{
    sleep_ms(20);
    EQUAL(error_a, 0xff);
    (void)l4_exregs_call(pair_a, control, 0, 0, 0);
}

static void
cancelled_by(enum placement p, L4_Word_t sending, L4_Word_t control,
             L4_Word_t error)
{
    L4_ThreadId_t helper;

    error_a = 0xff;
    pair_make(p);
    helper = stage_thread(pair_a);
    stage_start(pair_b, idle, 0);
    stage_start(pair_a, wait_for_b, sending);
    stage_start(helper, cancel_a, control);
    stage_wait(helper);
    stage_wait(pair_a);
    EQUAL(error_a, error);
    stage_kill(helper);
    pair_kill();
}

static void
cancelling(enum placement p)
{
    cancelled_by(p, 1, L4_ExReg_AbortSend, SEND_CANCELLED);
    cancelled_by(p, 1, L4_ExReg_AbortSend | L4_ExReg_AbortRecv, SEND_CANCELLED);
    verdict("%s: ExchangeRegisters' S ends a send with error 3", where);
    cancelled_by(p, 0, L4_ExReg_AbortRecv, RECEIVE_CANCELLED);
    cancelled_by(p, 0, L4_ExReg_AbortSend | L4_ExReg_AbortRecv,
                 RECEIVE_CANCELLED);
    verdict("%s: ExchangeRegisters' R ends a receive with error 3", where);
}

/* --- overflow --- */

static void
send_tag(L4_Word_t tag)
{
    for (int i = 1; i < L4_MRS; i++)
        L4_LoadMR(i, 0x100 + (L4_Word_t)i);
    L4_Set_MsgTag(l4_tag(tag));
    error_a = error_of(L4_Send_Timeout(pair_b, ms(200)));
    from_a = l4_utcb()[0];
}

static void
receive_tag(L4_Word_t tag)
{
    for (int i = 1; i < L4_MRS; i++)
        L4_LoadMR(i, 0x200 + (L4_Word_t)i);
    error_b = error_of(L4_Receive_Timeout(pair_a, ms(200)));
    EQUAL(l4_utcb()[0], (tag & 0xffff0fff) | L4_TagError);
}

static void
overflowing(enum placement p)
{
    static const L4_Word_t tags[] = {
        0xabcd0000 | 1UL << 6 | 62, /* one word of an item */
        0x12340000 | 2UL << 6 | 62, /* u + t = 64 */
        0x00010000 | 63UL << 6,     /* words that are no items */
        0x00020000 | 63UL << 6 | 63,
    };

    for (unsigned i = 0; i < sizeof tags / sizeof *tags; i++) {
        pair_run(p, send_tag, receive_tag, tags[i]);
        EQUAL(error_a, SEND_OVERFLOW);
        EQUAL(error_b, RECEIVE_OVERFLOW);
        EQUAL(from_a, (tags[i] & 0xffff0fff) | L4_TagError);
    }
    verdict("%s: too many words, or half an item: overflow on both sides, "
            "label, u and t kept",
            where);
}

/* --- after a failure --- */

static void
registers_after_error(L4_Word_t unused)
{
    struct raw r = {.ebx = 1, .ebp = 2};

    (void)unused;
    L4_LoadMR(1, 0xaaaa);
    L4_LoadMR(2, 0xbbbb);
    L4_Set_MsgTag(l4_tag(2));
    raw_ipc(L4_GlobalId(1000, 1), L4_anythread, 0, &r);
    EQUAL(r.esi & L4_TagError, L4_TagError);
    EQUAL(r.ebx, 0xaaaa);
    EQUAL(r.ebp, 0xbbbb);
    EQUAL(r.edi, (L4_Word_t)l4_utcb());
    EQUAL(r.eax, 0);
}

static void
sleeps(void)
{
    static const unsigned times[] = {1, 2, 7, 30};

    for (unsigned i = 0; i < sizeof times / sizeof *times; i++) {
        L4_Word64_t begin = now_us();

        sleep_ms(times[i]);
        EXPECT(now_us() - begin >= l4_period_us(ms(times[i])));
        EXPECT(now_us() - begin < times[i] * 1000 + 3000);
    }
    verdict("L4_Sleep sleeps as long as it was told, and a tick more at most");
}

/* Many sleepers at once, the later ones often due earlier. */
static void
sleep_for(L4_Word_t index)
{
    unsigned n = (unsigned)(10 + index * 5 % 8 * 10);

    for (int i = 0; i < 3; i++) {
        L4_Word64_t begin = now_us();

        sleep_ms(n);
        EXPECT(now_us() - begin >= l4_period_us(ms(n)));
        EXPECT(now_us() - begin < n * 1000 + 20000);
    }
}

static void
many_sleepers(void)
{
    L4_ThreadId_t s[8];

    for (L4_Word_t i = 0; i < 8; i++) {
        s[i] = stage_space(i % 2 ? SMALL : LARGE);
        stage_start(s[i], sleep_for, i);
    }
    for (L4_Word_t i = 0; i < 8; i++) {
        stage_wait(s[i]);
        stage_kill(s[i]);
    }
    verdict("of eight sleepers each wakes in its own time");
}

int
main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    me = L4_Myself();
    stage_open();
    FOR_PLACEMENTS(p)
    {
        where = placement_name[p];
        timeouts(p);
        pair_run(p, no_partner, idle, 0);
        verdict("%s: wrong versions, unused and kernel numbers are no "
                "partners",
                where);
        pair_run(p, send_then_nobody, receive_once, 0);
        verdict("%s: a call may send well and then find nobody to receive "
                "from",
                where);
        going_away(p);
        cancelling(p);
        overflowing(p);
        pair_run(p, registers_after_error, idle, 0);
        verdict("%s: after an error MR1 and MR2 are in EBX and EBP, EAX is nil",
                where);
    }
    not_started();
    dead_senders();
    sleeps();
    many_sleepers();
    done();
}
