/*
 * tests/api/notify.c - Pinenut's notification bits, in every placement.
 */
#include "stage.h"

#include <pn/notify.h>

static const char *where;
static volatile L4_Word_t got, got_from, got_tag, done_waiting;

enum { OPEN, SELF, CLOSED };

/* Receive as told; leave what came. */
static L4_Word_t
wait_for(L4_Word_t how, L4_Word_t mask, L4_Word_t timeout)
{
    L4_ThreadId_t from = L4_nilthread;
    L4_MsgTag_t tag;

    PN_SetNotifyMask(mask);
    L4_LoadMR(1, 0);
    if (how == OPEN)
        tag = L4_Wait_Timeout(l4_time(timeout), &from);
    else
        tag = L4_Receive_Timeout(how == SELF ? L4_Myself() : pair_a,
                                 l4_time(timeout));
    PN_SetNotifyMask(0);
    got_tag = tag.raw;
    got = l4_utcb()[1];
    got_from = from.raw;
    return L4_IpcSucceeded(tag) ? 0 : L4_ErrorCode();
}

static L4_Word_t
set_bits(L4_Word_t to, L4_Word_t bits, L4_Word_t unused)
{
    (void)unused;
    return PN_Notify(l4_id(to), bits);
}

static L4_Word_t
poll(L4_Word_t bits, L4_Word_t unused, L4_Word_t unused2)
{
    (void)unused;
    (void)unused2;
    return PN_TakeBits(bits);
}

static L4_Word_t
send_word(L4_Word_t to, L4_Word_t word, L4_Word_t unused)
{
    (void)unused;
    L4_Set_MsgTag(l4_tag(1));
    L4_LoadMR(1, word);
    return L4_IpcSucceeded(L4_Send(l4_id(to)));
}

/* Begin to wait in pair_b; returns when it does. */
static void
begin_wait(L4_Word_t how, L4_Word_t mask, L4_Word_t timeout)
{
    got = got_tag = got_from = 0xdead;
    errand_begin(pair_b, wait_for, how, mask, timeout);
    EXPECT(stage_until_state(pair_b, L4_SchedWaiting));
}

static void
waking(L4_Word_t how, L4_Word_t timeout)
{
    begin_wait(how, 0x80000001, timeout);
    EQUAL(errand(pair_a, set_bits, pair_b.raw, 0x6, 0), 1); /* not in the mask */
    EQUAL(got_tag, 0xdead);
    EQUAL(errand(pair_a, set_bits, pair_b.raw, 0x80000009, 0), 1);
    EQUAL(errand_end(pair_b), 0);
    EQUAL(got, 0x80000001);
    EQUAL(got_tag, PN_NotificationTag);
    EQUAL(got_from, 0);
    EQUAL(errand(pair_b, poll, ~0UL, 0, 0), 0xe);
    EQUAL(errand(pair_b, poll, ~0UL, 0, 0), 0);
}

static void
pending(void)
{
    EQUAL(errand(pair_a, set_bits, pair_b.raw, 0x30, 0), 1);
    EQUAL(errand(pair_a, set_bits, pair_b.raw, 0x50, 0), 1);
    EQUAL(errand(pair_b, wait_for, OPEN, 0x60, 0), 0);
    EQUAL(got, 0x60);
    EQUAL(got_tag, PN_NotificationTag);
    EQUAL(errand(pair_b, wait_for, SELF, 0x60, 0x400), 3); /* none is left */
    EQUAL(errand(pair_b, wait_for, SELF, 0x10, 0x400), 0);
    EQUAL(got, 0x10);
    verdict("%s: bits that are set already end the next receive", where);
}

/* A closed receive is for its partner, a message for whoever waits. */
static void
messages_still_come(void)
{
    begin_wait(CLOSED, ~0UL, 0);
    EQUAL(errand(pair_a, set_bits, pair_b.raw, 0x100, 0), 1);
    EQUAL(got_tag, 0xdead);
    EQUAL(errand(pair_a, send_word, pair_b.raw, 77, 0), 1);
    EQUAL(errand_end(pair_b), 0);
    EQUAL(got, 77);
    EQUAL(errand(pair_b, poll, ~0UL, 0, 0), 0x100);

    begin_wait(OPEN, 0x1, 0);
    EQUAL(errand(pair_a, send_word, pair_b.raw, 78, 0), 1);
    EQUAL(errand_end(pair_b), 0);
    EQUAL(got, 78);
    verdict("%s: messages come as before, and bits wait", where);
}

static void
timeouts(void)
{
    EQUAL(errand(pair_b, wait_for, SELF, 0xff, L4_TimePeriod(3000).raw), 3);
    EQUAL(errand(pair_b, wait_for, OPEN, 0xff, L4_TimePeriod(3000).raw), 3);
    waking(SELF, L4_TimePeriod(800000).raw);
    waking(OPEN, L4_TimePeriod(800000).raw);
    verdict("%s: with a timeout, too", where);
}

static void
bad_ids(void)
{
    static const L4_Word_t ids[] = {0, ~0UL, 0x00040001, 0xffffc001, 0x7fff4005};

    for (unsigned i = 0; i < sizeof ids / sizeof *ids; i++)
        EQUAL(errand(pair_a, set_bits, ids[i], 1, 0), 0);
    verdict("%s: threads that are none are not notified", where);
}

int
main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    stage_open();
    FOR_PLACEMENTS (p) {
        where = placement_name[p];
        pair_make_servants(p);
        waking(OPEN, 0);
        waking(SELF, 0);
        verdict("%s: bits in the mask wake who waits, others stay", where);
        pending();
        messages_still_come();
        timeouts();
        bad_ids();
        pair_kill();
    }
    done();
}
