/*
 * tests/api/ipc.c - IPC that works: contents, ids, all forms, queues and the
 * atomic step from send to receive (sheet sections 5 and 6), in every
 * placement.
 */
#include "stage.h"

#include <pn/program.h>
#include <pn/space.h>

static L4_ThreadId_t me;
static const char *where;

static L4_Word_t
word(L4_Word_t seed, L4_Word_t i)
{
    return seed * 0x01010101 + i * 0x10001;
}

/* Load u words of a pattern, poison behind them. */
static void
load(L4_Word_t label, L4_Word_t u, L4_Word_t seed)
{
    for (L4_Word_t i = 1; i < L4_MRS; i++)
        L4_LoadMR((int)i, i <= u ? word(seed, i) : 0xbad00000 + i);
    L4_Set_MsgTag(l4_tag(label << 16 | u));
}

static void
arrived(L4_MsgTag_t tag, L4_Word_t label, L4_Word_t u, L4_Word_t seed)
{
    EQUAL(tag.raw, label << 16 | u);
    EQUAL(l4_utcb()[0], tag.raw);
    for (L4_Word_t i = 1; i <= u; i++)
        EQUAL(l4_utcb()[i], word(seed, i));
}

/* How the partner of a shows up in `from`. */
static L4_Word_t
seen_as(L4_ThreadId_t id, L4_Word_t same)
{
    return same ? stage_utcb(id) + 0x100 : id.raw;
}

/* --- contents both ways --- */

static void
ask_words(L4_Word_t same)
{
    (void)same;
    for (L4_Word_t u = 0; u < L4_MRS; u++) {
        load(0x1000 + u, u, u + 1);
        arrived(L4_Call_Timeouts(pair_b, ms(500), ms(500)), 0x2000 + u, 63 - u,
                u + 100);
    }
}

static void
answer_words(L4_Word_t same)
{
    L4_ThreadId_t from;
    L4_MsgTag_t tag = L4_Wait_Timeout(ms(500), &from);

    for (L4_Word_t u = 0; u < L4_MRS; u++) {
        EQUAL(from.raw, seen_as(pair_a, same));
        arrived(tag, 0x1000 + u, u, u + 1);
        load(0x2000 + u, 63 - u, u + 100);
        if (u < 63)
            tag = L4_ReplyWait_Timeout(from, ms(500), &from);
        else
            EXPECT(L4_IpcSucceeded(L4_Reply(from)));
    }
}

/* Words behind the message are nobody's business but the receiver's. */
static void
receive_poisoned(L4_Word_t same)
{
    (void)same;
    for (L4_Word_t u = 0; u < L4_MRS; u += 7) {
        for (L4_Word_t i = 0; i < L4_MRS; i++)
            L4_LoadMR((int)i, 0xfee10000 + i);
        arrived(L4_Receive_Timeout(pair_b, ms(500)), 0xffff, u, 3);
        for (L4_Word_t i = u + 1; i < L4_MRS; i++)
            EQUAL(l4_utcb()[i], 0xfee10000 + i);
    }
}

static void
send_poisoned(L4_Word_t same)
{
    (void)same;
    for (L4_Word_t u = 0; u < L4_MRS; u += 7) {
        load(0xffff, u, 3);
        EXPECT(L4_IpcSucceeded(L4_Send_Timeout(pair_a, ms(500))));
        EQUAL(l4_utcb()[63], u == 63 ? word(3, 63) : 0xbad0003f);
    }
}

/* --- forms --- */

static L4_ThreadId_t
local_id(L4_ThreadId_t id)
{
    return l4_id(stage_utcb(id) + 0x100);
}

static void
ask_forms(L4_Word_t same)
{
    L4_ThreadId_t from = L4_nilthread;

    load(1, 3, 1);
    EXPECT(L4_IpcSucceeded(L4_Send_Timeout(pair_b, ms(500))));
    load(2, 3, 2);
    arrived(L4_Call_Timeouts(pair_b, ms(500), ms(500)), 12, 1, 12);
    load(3, 5, 3);
    arrived(L4_Ipc(pair_b, L4_anythread, L4_Timeouts(ms(500), ms(500)), &from),
            13, 2, 13);
    EQUAL(from.raw, seen_as(pair_b, same));
    load(4, 0, 4);
    arrived(L4_Lipc(pair_b, pair_b, L4_Timeouts(ms(500), ms(500)), &from), 14,
            4, 14);
    EQUAL(from.raw, seen_as(pair_b, same));
}

static void
answer_forms(L4_Word_t same)
{
    L4_ThreadId_t from = L4_nilthread;

    arrived(L4_Receive_Timeout(pair_a, ms(500)), 1, 3, 1);
    arrived(L4_Wait_Timeout(ms(500), &from), 2, 3, 2);
    EQUAL(from.raw, seen_as(pair_a, same));
    load(12, 1, 12);
    arrived(L4_Ipc(pair_a, pair_a, L4_Timeouts(L4_ZeroTime, ms(500)), &from), 3,
            5, 3);
    EQUAL(from.raw, seen_as(pair_a, same));
    load(13, 2, 13);
    arrived(L4_ReplyWait_Timeout(from, ms(500), &from), 4, 0, 4);
    load(14, 4, 14);
    EXPECT(L4_IpcSucceeded(L4_Reply(from)));
}

static void
ask_local(L4_Word_t unused)
{
    L4_ThreadId_t from, b = local_id(pair_b);

    (void)unused;
    load(1, 3, 1);
    arrived(L4_Lcall(b), 11, 1, 11);
    load(2, 2, 2);
    arrived(L4_Call_Timeouts(b, ms(500), ms(500)), 12, 2, 12);
    load(3, 1, 3);
    arrived(L4_Ipc(pair_b, b, L4_Timeouts(ms(500), ms(500)), &from), 13, 3, 13);
    EQUAL(from.raw, b.raw);
    load(4, 0, 4);
    arrived(L4_Ipc(b, pair_b, L4_Timeouts(ms(500), ms(500)), &from), 14, 3, 14);
    EQUAL(from.raw, b.raw);
    load(5, 0, 5);
    arrived(L4_Ipc(b, L4_anylocalthread, L4_Timeouts(ms(500), ms(500)), &from),
            15, 3, 15);
    EQUAL(from.raw, b.raw);
}

static void
answer_local(L4_Word_t unused)
{
    L4_ThreadId_t from, a = local_id(pair_a);

    (void)unused;
    arrived(L4_Lipc(L4_nilthread, L4_anylocalthread,
                    L4_Timeouts(L4_Never, ms(500)), &from),
            1, 3, 1);
    EQUAL(from.raw, a.raw);
    load(11, 1, 11);
    arrived(L4_LreplyWait(a, &from), 2, 2, 2);
    EQUAL(from.raw, a.raw);
    load(12, 2, 12);
    arrived(L4_Ipc(pair_a, a, L4_Timeouts(L4_ZeroTime, ms(500)), &from), 3, 1,
            3);
    EQUAL(from.raw, a.raw);
    load(13, 3, 13);
    arrived(L4_Ipc(a, pair_a, L4_Timeouts(L4_ZeroTime, ms(500)), &from), 4, 0,
            4);
    load(14, 3, 14);
    arrived(L4_ReplyWait_Timeout(a, ms(500), &from), 5, 0, 5);
    load(15, 3, 15);
    EXPECT(L4_IpcSucceeded(L4_Reply(a)));
}

/* --- registers --- */

static void
ask_registers(L4_Word_t same)
{
    for (L4_Word_t u = 0; u <= 4; u++) {
        struct raw r = {.ebx = 0xb, .ebp = 0xb9};

        load(7, u, 5);
        raw_ipc(pair_b, pair_b, 0, &r);
        EQUAL(r.eax, seen_as(pair_b, same));
        EQUAL(r.esi, 8UL << 16 | u);
        EQUAL(r.edi, (L4_Word_t)l4_utcb());
        EQUAL(r.ebx, l4_utcb()[1]);
        EQUAL(r.ebp, l4_utcb()[2]);
        EQUAL(l4_utcb()[0], r.esi);
        EQUAL(r.ebx, u >= 1 ? word(6, 1) : 0xbad00001);
        EQUAL(r.ebp, u >= 2 ? word(6, 2) : 0xbad00002);
        EQUAL(r.eflags & 0x400, 0);
    }
}

static void
answer_registers(L4_Word_t same)
{
    L4_ThreadId_t to = L4_nilthread;

    for (L4_Word_t u = 0; u <= 5; u++) {
        struct raw r = {.ebx = 0xb, .ebp = 0xb9};

        raw_ipc(to, u < 5 ? L4_anythread : L4_nilthread, 0x400UL << 16, &r);
        EQUAL(r.edi, (L4_Word_t)l4_utcb());
        EQUAL(r.esi & L4_TagError, 0);
        if (u < 5) {
            EQUAL(r.eax, seen_as(pair_a, same));
            EQUAL(r.esi, 7UL << 16 | u);
            EQUAL(r.ebx, l4_utcb()[1]);
            EQUAL(r.ebp, l4_utcb()[2]);
            if (u >= 1)
                EQUAL(r.ebx, word(5, 1));
            load(8, u, 6);
            to = l4_id(r.eax);
        }
    }
}

/* --- flags in the tag --- */

static void
send_flags(L4_Word_t flags)
{
    load(9, 2, 9);
    L4_Set_MsgTag(l4_tag(9UL << 16 | flags | 2));
    EXPECT(L4_IpcSucceeded(L4_Send_Timeout(pair_b, ms(500))));
}

static void
receive_flags(L4_Word_t flags)
{
    (void)flags;
    arrived(L4_Receive_Timeout(pair_a, ms(500)), 9, 2, 9);
}

/* --- many at one: FIFO --- */

enum { SENDERS = 5 };

static L4_ThreadId_t sender[SENDERS];

static void
send_number(L4_Word_t number)
{
    load(number, 1, number);
    EXPECT(L4_IpcSucceeded(L4_Send_Timeout(pair_b, ms(500))));
}

static volatile L4_Word_t order[SENDERS], ordered, may_receive;

static void
collect(L4_Word_t count)
{
    while (!may_receive)
        sleep_ms(1);
    for (ordered = 0; ordered < count; ordered++) {
        L4_ThreadId_t from;
        L4_MsgTag_t tag = L4_Wait_Timeout(ms(300), &from);

        EXPECT(L4_IpcSucceeded(tag));
        order[ordered] = L4_Label(tag);
        EQUAL(from.raw, seen_as(sender[L4_Label(tag)], L4_IsLocalId(from)));
    }
}

/* Closed receives take the third and the last out of the queue first. */
static void
collect_chosen(L4_Word_t unused)
{
    (void)unused;
    while (!may_receive)
        sleep_ms(1);
    for (ordered = 0; ordered < SENDERS; ordered++) {
        L4_ThreadId_t from = ordered == 0   ? sender[2]
                             : ordered == 1 ? sender[SENDERS - 1]
                                            : L4_anythread;
        L4_MsgTag_t tag =
            L4_Ipc(L4_nilthread, from, L4_Timeouts(L4_Never, ms(300)), &from);

        EXPECT(L4_IpcSucceeded(tag));
        order[ordered] = L4_Label(tag);
    }
}

static void
collect_local(L4_Word_t unused)
{
    (void)unused;
    while (!may_receive)
        sleep_ms(1);
    for (ordered = 0; ordered < SENDERS; ordered++) {
        L4_ThreadId_t from = ordered < 2 ? L4_anylocalthread : L4_anythread;
        L4_MsgTag_t tag =
            L4_Ipc(L4_nilthread, from, L4_Timeouts(L4_Never, ms(300)), &from);

        EXPECT(L4_IpcSucceeded(tag));
        order[ordered] = L4_Label(tag);
    }
}

/* Sender i lives with the receiver if bit i of `local` is set, else in a
 * space of its own, small and large in turn. */
static void
queue_up(act_t receiver, L4_Word_t local, const char *expected)
{
    may_receive = 0;
    pair_b = stage_space(local & 0x100 ? LARGE : SMALL);
    stage_start(pair_b, receiver, SENDERS);
    for (L4_Word_t i = 0; i < SENDERS; i++) {
        sender[i] = local & 1UL << i ? stage_thread(pair_b)
                                     : stage_space(i % 2 ? LARGE : SMALL);
        stage_start(sender[i], send_number, i);
        stage_until_state(sender[i], L4_SchedPendingSend);
    }
    may_receive = 1;
    stage_wait(pair_b);
    for (L4_Word_t i = 0; i < SENDERS; i++) {
        EQUAL(order[i], (L4_Word_t)(expected[i] - '0'));
        stage_wait(sender[i]);
        stage_kill(sender[i]);
    }
    stage_kill(pair_b);
}

static void
queues(void)
{
    queue_up(collect, 0, "01234");
    verdict("senders of other spaces are received in the order they came");
    queue_up(collect, 0x11f, "01234");
    verdict("senders of the same space are received in the order they came");
    queue_up(collect, 0x10a, "01234");
    verdict("a mixed queue is received in the order they came");
    queue_up(collect_chosen, 0x00a, "24013");
    verdict("closed receives take the named sender, the others keep their "
            "order");
    queue_up(collect_local, 0x10a, "13024");
    verdict("anylocalthread takes the first sender of the same space");
}

/* --- atomic send to receive --- */

enum { ROUNDS = 300 };

static volatile L4_Word_t priority_b;

/* The server answers with zero timeout: the client must be receiving. */
static void
serve_zero(L4_Word_t same)
{
    L4_ThreadId_t from;
    L4_MsgTag_t tag = L4_Wait(&from);

    (void)same;
    for (int i = 1; i < ROUNDS; i++) {
        EXPECT(L4_IpcSucceeded(tag));
        L4_Set_MsgTag(l4_tag(tag.raw & 0xffff003f));
        tag = L4_ReplyWait_Timeout(from, ms(500), &from);
    }
    EXPECT(L4_IpcSucceeded(L4_Reply(from)));
}

static void
call_often(L4_Word_t same)
{
    (void)same;
    for (L4_Word_t i = 0; i < ROUNDS; i++) {
        L4_MsgTag_t tag;

        load(i, 3, i);
        tag = L4_Call_Timeouts(pair_b, ms(500), ms(500));
        EQUAL(tag.raw, i << 16 | 3);
        if (L4_IpcFailed(tag))
            return;
    }
}

static void
atomic(enum placement p, L4_Word_t server_priority)
{
    pair_make(p);
    EXPECT(L4_Set_Priority(pair_b, server_priority));
    stage_start(pair_b, serve_zero, 0);
    stage_start(pair_a, call_often, 0);
    stage_wait(pair_a);
    stage_wait(pair_b);
    pair_kill();
}

/* --- propagation --- */

static L4_ThreadId_t virtual_sender;

static void
send_propagated(L4_Word_t unused)
{
    L4_MsgTag_t tag;

    (void)unused;
    L4_Set_VirtualSender(virtual_sender);
    load(31, 2, 31);
    tag = l4_tag(31UL << 16 | 2);
    L4_Set_Propagation(&tag);
    L4_Set_MsgTag(tag);
    EXPECT(L4_IpcSucceeded(L4_Send_Timeout(pair_b, ms(500))));
}

static volatile L4_Word_t seen_from, seen_tag, seen_actual;

static void
receive_propagated(L4_Word_t unused)
{
    L4_ThreadId_t from;
    L4_MsgTag_t tag = L4_Wait_Timeout(ms(500), &from);

    (void)unused;
    seen_from = from.raw;
    seen_tag = tag.raw;
    seen_actual = L4_ActualSender().raw;
    EQUAL(l4_utcb()[1], word(31, 1));
    EQUAL(l4_utcb()[2], word(31, 2));
}

/* `helper` is whose message it pretends to be. */
static void
propagate(enum placement p, int helper_beside_sender)
{
    pair_make(p);
    virtual_sender =
        helper_beside_sender ? stage_thread(pair_a) : stage_space(LARGE);
    stage_start(pair_b, receive_propagated, 0);
    stage_start(pair_a, send_propagated, 0);
    stage_wait(pair_a);
    stage_wait(pair_b);
    stage_kill(virtual_sender);
    pair_kill();
}

/* The client calls a, which passes its words on to b, which answers. */
static void
call_a(L4_Word_t unused)
{
    (void)unused;
    load(40, 2, 40);
    arrived(L4_Call_Timeouts(pair_a, ms(500), ms(500)), 41, 3, 41);
}

static void
pass_on(L4_Word_t unused)
{
    L4_ThreadId_t from;
    L4_MsgTag_t tag = L4_Wait_Timeout(ms(500), &from);

    (void)unused;
    arrived(tag, 40, 2, 40);
    L4_Set_VirtualSender(virtual_sender);
    L4_Set_Propagation(&tag);
    L4_Set_MsgTag(tag);
    EXPECT(L4_IpcSucceeded(L4_Send_Timeout(pair_b, ms(500))));
}

static void
answer_straight(L4_Word_t same)
{
    L4_ThreadId_t from;
    L4_MsgTag_t tag = L4_Wait_Timeout(ms(500), &from);

    EQUAL(tag.raw, (40UL << 16 | 2) | L4_TagPropagated);
    EQUAL(from.raw, seen_as(virtual_sender, same));
    load(41, 3, 41);
    EXPECT(L4_IpcSucceeded(L4_Reply(from)));
}

static void
straight_answer(enum placement p)
{
    pair_make(p);
    virtual_sender = stage_thread(pair_a);
    stage_start(pair_b, answer_straight, (L4_Word_t)placement_is_same(p));
    stage_start(pair_a, pass_on, 0);
    stage_start(virtual_sender, call_a, 0);
    stage_wait(virtual_sender);
    stage_wait(pair_a);
    stage_wait(pair_b);
    stage_kill(virtual_sender);
    pair_kill();
}

static void
propagation(void)
{
    FOR_PLACEMENTS(p)
    {
        L4_Word_t same = (L4_Word_t)placement_is_same(p);

        propagate(p, 1);
        EQUAL(seen_from, seen_as(virtual_sender, same));
        EQUAL(seen_tag, (31UL << 16 | 2) | L4_TagPropagated);
        EQUAL(seen_actual, pair_a.raw);
        verdict("%s: a message is propagated for a thread of the sender's "
                "space",
                placement_name[p]);
        straight_answer(p);
        verdict("%s: the answer to a propagated call goes straight to the "
                "caller",
                placement_name[p]);
        propagate(p, 0);
        if (same) {
            EQUAL(seen_from, virtual_sender.raw);
            EQUAL(seen_tag, (31UL << 16 | 2) | L4_TagPropagated);
            EQUAL(seen_actual, pair_a.raw);
            verdict("%s: within the receiver's space for a thread of a third",
                    placement_name[p]);
            continue;
        }
        EQUAL(seen_from, seen_as(pair_a, same));
        EQUAL(seen_tag, 31UL << 16 | 2);
        verdict("%s: for a thread of a third space it is an ordinary message",
                placement_name[p]);
    }
}

/* --- under way --- */

static volatile L4_Word_t stop, calls_made;

static void
call_until_stopped(L4_Word_t pace)
{
    for (L4_Word_t i = 0; !stop; i++) {
        L4_Word_t u = i % 40;

        load(i & 0xffff, u, i);
        arrived(L4_Call(pair_b), i & 0xffff, u, i + 1);
        calls_made = i + 1;
        if (pace != 0 && i % pace == 0)
            sleep_ms(1);
    }
}

static void
answer_for_ever(L4_Word_t unused)
{
    L4_ThreadId_t from;
    L4_MsgTag_t tag = L4_Wait(&from);

    (void)unused;
    for (L4_Word_t i = 0;; i++) {
        arrived(tag, i & 0xffff, i % 40, i);
        load(i & 0xffff, i % 40, i + 1);
        tag = L4_ReplyWait(from, &from);
    }
}

static void
begin_calls(enum placement p, L4_Word_t pace)
{
    stop = calls_made = 0;
    pair_make(p);
    stage_start(pair_b, answer_for_ever, 0);
    stage_start(pair_a, call_until_stopped, pace);
    stage_until(&calls_made);
}

static void
end_calls(void)
{
    stop = 1;
    stage_wait(pair_a);
    pair_kill();
}

/* Every kind becomes every other, of ever new size, between any two calls. */
static void
change_kinds(enum placement p)
{
    L4_Word_t pages = stage_small_pages();

    begin_calls(p, 10);
    for (L4_Word_t i = 0; i < 60; i++) {
        L4_ThreadId_t id = i % 3 == 0 ? pair_b : pair_a;
        L4_Word_t before = calls_made;

        EXPECT(pn_space_resize(id, i % 4 == 3 ? 0 : pages + i));
        if (i % 4 != 3)
            EXPECT(pn_space_move(id));
        for (int n = 0; n < 100 && calls_made == before; n++)
            sleep_ms(1);
        EXPECT(calls_made != before);
    }
    end_calls();
    verdict("%s: two talk on while their spaces change size and kind",
            placement_name[p]);
}

static volatile L4_Word_t spun;

static void
spin(L4_Word_t unused)
{
    (void)unused;
    while (!stop)
        spun++;
}

static void
share_processor(enum placement p)
{
    L4_ThreadId_t spinner = stage_space(SMALL);
    L4_Word_t calls_before, spun_before;

    spun = 0;
    begin_calls(p, 0);
    (void)L4_Set_Timeslice(pair_a, ms(2), L4_Never);
    (void)L4_Set_Timeslice(pair_b, ms(2), L4_Never);
    (void)L4_Set_Timeslice(spinner, ms(2), L4_Never);
    stage_start(spinner, spin, 0);
    stage_until(&spun);
    calls_before = calls_made;
    spun_before = spun;
    sleep_ms(60);
    EXPECT(calls_made > calls_before + 10);
    EXPECT(spun > spun_before + 10);
    end_calls();
    stage_wait(spinner);
    stage_kill(spinner);
    verdict("%s: a pair that calls without end shares the processor with a "
            "third of equal priority",
            placement_name[p]);
}

/* --- odds and ends --- */

static void
nothing(L4_Word_t unused)
{
    struct raw r = {.ebx = 1, .ebp = 2};
    L4_Word_t before = l4_tcr_get(L4_TCR_ERROR_CODE);

    (void)unused;
    l4_utcb()[1] = 11;
    raw_ipc(L4_nilthread, L4_nilthread, 0, &r);
    EQUAL(r.esi & L4_TagError, 0);
    EQUAL(r.edi, (L4_Word_t)l4_utcb());
    EQUAL(l4_utcb()[1], 11);
    EQUAL(l4_tcr_get(L4_TCR_ERROR_CODE), before);
}

/* BR0, the handle and other registers are not part of a message. */
static void
keep_registers(L4_Word_t same)
{
    L4_Word_t *mr = l4_utcb();

    (void)same;
    mr[L4_TCR_THREAD_WORD_0] = 0x10;
    mr[L4_TCR_THREAD_WORD_1] = 0x11;
    mr[L4_TCR_USER_DEFINED_HANDLE] = 0x12;
    mr[L4_TCR_ERROR_CODE] = 0x13;
    for (int i = 1; i < L4_BRS; i++)
        L4_LoadBR(i, 0x2000 + (L4_Word_t)i);
    load(5, 20, 5);
    arrived(L4_Call_Timeouts(pair_b, ms(500), ms(500)), 6, 20, 6);
    EQUAL(mr[L4_TCR_THREAD_WORD_0], 0x10);
    EQUAL(mr[L4_TCR_THREAD_WORD_1], 0x11);
    EQUAL(mr[L4_TCR_USER_DEFINED_HANDLE], 0x12);
    EQUAL(mr[L4_TCR_ERROR_CODE], 0x13);
    for (int i = 1; i < L4_BRS; i++)
        EQUAL(l4_utcb()[L4_TCR_BR0 - i], 0x2000 + (L4_Word_t)i);
}

static void
answer_twenty(L4_Word_t same)
{
    L4_ThreadId_t from;

    (void)same;
    arrived(L4_Wait_Timeout(ms(500), &from), 5, 20, 5);
    load(6, 20, 6);
    EXPECT(L4_IpcSucceeded(L4_Reply(from)));
}

static void
partner_in_director(void)
{
    L4_ThreadId_t id = stage_thread(me);

    stage_start(id, nothing, 0);
    stage_wait(id);
    stage_kill(id);
    verdict("an Ipc without any phase succeeds and changes nothing");
}

static void
send_to_director(L4_Word_t label)
{
    load(label, 2, label);
    EXPECT(L4_IpcSucceeded(L4_Send_Timeout(me, ms(500))));
}

static void
director_receives(void)
{
    for (enum kind kind = LARGE; kind <= SMALL; kind++) {
        L4_ThreadId_t id = stage_space(kind), home = stage_thread(me), from;

        stage_start(id, send_to_director, 21);
        arrived(L4_Wait_Timeout(ms(500), &from), 21, 2, 21);
        EQUAL(from.raw, id.raw);
        stage_wait(id);
        stage_start(home, send_to_director, 22);
        arrived(L4_Wait_Timeout(ms(500), &from), 22, 2, 22);
        EQUAL(from.raw, L4_LocalIdOf(home).raw);
        stage_wait(home);
        stage_kill(home);
        stage_kill(id);
    }
    verdict("the root server sees a global id from elsewhere, a local one "
            "from its own space");
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
        L4_Word_t same = (L4_Word_t)placement_is_same(p);

        where = placement_name[p];
        pair_run(p, ask_words, answer_words, same);
        verdict("%s: 0 to 63 words arrive both ways, with label and sender",
                where);
        pair_run(p, receive_poisoned, send_poisoned, same);
        verdict("%s: registers behind the message stay the receiver's own",
                where);
        pair_run(p, ask_forms, answer_forms, same);
        verdict("%s: Send, Call, Ipc, Lipc, Receive, Wait, ReplyWait, Reply",
                where);
        pair_run(p, ask_registers, answer_registers, same);
        verdict("%s: EAX = from, ESI = MR0, EBX = MR1, EBP = MR2, EDI = UTCB, "
                "as in memory",
                where);
        pair_run(p, send_flags, receive_flags, 0xe000);
        verdict("%s: r, X and E in the sender's tag do not arrive", where);
        pair_run(p, keep_registers, answer_twenty, same);
        verdict("%s: an IPC leaves ErrorCode, buffer and other registers",
                where);
        atomic(p, 50);
        verdict("%s: a caller is ready for the answer of a server of lower "
                "priority",
                where);
        atomic(p, 100);
        verdict("%s: a caller is ready for the answer of a server of equal "
                "priority",
                where);
        atomic(p, 150);
        verdict("%s: a caller is ready for the answer of a server of higher "
                "priority",
                where);
        if (!same)
            continue;
        pair_run(p, ask_local, answer_local, same);
        verdict("%s: local ids, Lcall, LreplyWait and anylocalthread", where);
    }
    FOR_PLACEMENTS(p)
    {
        change_kinds(p);
        share_processor(p);
    }
    partner_in_director();
    director_receives();
    queues();
    propagation();
    done();
}
