/*
 * tests/api/strings.c - string items (sheet 5.2, 5.3, 6.3 to 6.5): what is
 * copied where, what is cut, faults and timeouts on the way.
 *
 * In every placement an actor sends what the director has laid out in
 * `message` to another, whose buffers are laid out in `buffers`. Both are
 * drawn at random for the bulk of the test, with a model of what must come.
 */
#include "stage.h"

#include <pn/program.h>

enum {
    LONG = 10000, /* once is enough */
    ROOM = ARENA_PAGES * PAGE / 2, /* half is sent from, half received into */
    SENT_OVERFLOW = 8,
    RECEIVED_OVERFLOW,
    SENT_OWN_TIMEOUT,
    RECEIVED_OWN_TIMEOUT,
    SENT_PARTNERS_TIMEOUT,
    RECEIVED_PARTNERS_TIMEOUT,
    SENT_ABORTED,
    RECEIVED_ABORTED,
    OFFSET_SHIFT = 4,
    NEVER = 0,
    ZERO = 0x400,
};

static const char *where;
static L4_Word_t seed = 20261124;

/* --- what is sent and where it goes --- */

static L4_Word_t message[64], message_words; /* MR1 and up */
static L4_Word_t buffers[33], buffer_words;  /* BR0 and up */
static L4_Word_t sends_within, receives_within; /* transfer timeouts */

static volatile L4_Word_t sent_error, got_error, got_tag, got[64];

static unsigned char *
source(L4_Word_t offset)
{
    return (unsigned char *)arena + offset;
}

static unsigned char *
target(L4_Word_t offset)
{
    return source(ROOM + offset);
}

static void
begin_message(L4_Word_t acceptor)
{
    message_words = 0;
    buffers[0] = acceptor;
    buffer_words = 1;
    sends_within = receives_within = NEVER;
}

static void
put(L4_Word_t word)
{
    message[message_words++] = word;
}

static void
put_string(const void *at, L4_Word_t length)
{
    put(length << 10);
    put((L4_Word_t)at);
}

static void
put_buffer(const void *at, L4_Word_t length)
{
    static L4_Word_t last;

    if (buffer_words > 1)
        buffers[last] |= 1;
    last = buffer_words;
    buffers[buffer_words++] = length << 10;
    buffers[buffer_words++] = (L4_Word_t)at;
}

/* --- the errands --- */

static L4_Word_t
send(L4_Word_t to, L4_Word_t timeout, L4_Word_t unused)
{
    L4_ThreadId_t id = {to};
    L4_MsgTag_t tag;

    (void)unused;
    L4_Set_XferTimeouts(sends_within << 16);
    L4_LoadMRs(1, (int)message_words, message);
    L4_Set_MsgTag(l4_tag(0x5a5a0000 | message_words << 6));
    tag = L4_Ipc(id, L4_nilthread, L4_Timeouts(l4_time(timeout), L4_Never), 0);
    sent_error = L4_IpcSucceeded(tag) ? 0 : L4_ErrorCode();
    return 1;
}

static L4_Word_t
receive(L4_Word_t from, L4_Word_t unused, L4_Word_t unused2)
{
    L4_ThreadId_t id = {from};
    L4_MsgTag_t tag;

    (void)unused;
    (void)unused2;
    L4_Set_XferTimeouts(receives_within);
    L4_LoadBRs(0, (int)buffer_words, buffers);
    tag = L4_Receive(id);
    got_error = L4_IpcSucceeded(tag) ? 0 : L4_ErrorCode();
    got_tag = tag.raw;
    L4_StoreMRs(0, 64, (L4_Word_t *)got);
    L4_LoadBR(0, 0);
    return 1;
}

static void
carry(void)
{
    sent_error = got_error = 0xdead;
    errand_begin(pair_b, receive, pair_a.raw, 0, 0);
    EQUAL(errand(pair_a, send, pair_b.raw, NEVER, 0), 1);
    EQUAL(errand_end(pair_b), 1);
}

static void
expect_whole(void)
{
    EQUAL(sent_error, 0);
    EQUAL(got_error, 0);
    EQUAL(got_tag, 0x5a5a0000 | message_words << 6);
    for (L4_Word_t i = 0; i < message_words; i++)
        EQUAL(got[1 + i], message[i]);
}

static void
expect_cut(L4_Word_t bytes)
{
    EQUAL(sent_error, SENT_OVERFLOW | bytes << OFFSET_SHIFT);
    EQUAL(got_error, RECEIVED_OVERFLOW | bytes << OFFSET_SHIFT);
    EQUAL(got_tag, 0x5a5a8000 | message_words << 6);
}

/* --- bytes --- */

static void
fill(L4_Word_t room)
{
    for (L4_Word_t i = 0; i < room; i++) {
        *source(i) = (unsigned char)(i * 7 + i / 251);
        *target(i) = 0xee;
    }
}

/* target(at) .. is what source(from) .. is, and nothing around it changed. */
static int
is_copied(L4_Word_t at, L4_Word_t from, L4_Word_t length)
{
    for (L4_Word_t i = 0; i < length; i++)
        if (*target(at + i) != *source(from + i))
            return 0;
    for (L4_Word_t i = 1; i <= 64; i++)
        if ((at >= i && *target(at - i) != 0xee)
            || *target(at + length + i - 1) != 0xee)
            return 0;
    return 1;
}

static void
simple_strings(void)
{
    static const L4_Word_t lengths[] = {0,    1,    3,    4,    5,    64,
                                        4095, 4096, 4097, 8192, 70000};
    static const L4_Word_t offsets[][2] = {{128, 128}, {129, 4095}, {4093, 130}};

    for (unsigned i = 0; i < sizeof lengths / sizeof *lengths; i++)
        for (unsigned k = 0; k < 3; k++) {
            if (lengths[i] > LONG && k != 1)
                continue;
            fill(lengths[i] + 2 * PAGE);
            begin_message(1);
            put_string(source(offsets[k][0]), lengths[i]);
            put_buffer(target(offsets[k][1]), lengths[i] + k);
            carry();
            expect_whole();
            EXPECT(is_copied(offsets[k][1], offsets[k][0], lengths[i]));
        }
    verdict("%s: simple strings of 0 to 70000 bytes, aligned and not", where);
}

static void
several_strings(void)
{
    fill(30000);
    begin_message(1);
    for (L4_Word_t i = 0; i < 14; i++) {
        put_string(source(i * 1000), 100 + i);
        put_buffer(target(i * 2000 + 500), 600);
    }
    carry();
    expect_whole();
    for (L4_Word_t i = 0; i < 14; i++)
        EXPECT(is_copied(i * 2000 + 500, i * 1000, 100 + i));
    verdict("%s: fourteen strings go to fourteen buffers", where);
}

/* --- gather and scatter, at random --- */

static unsigned char stream[ROOM];

/* A logical string of random descriptors; returns its bytes. */
static L4_Word_t
random_pieces(L4_Word_t *words, L4_Word_t *count, L4_Word_t room,
              unsigned char *(*place)(L4_Word_t), L4_Word_t *at)
{
    L4_Word_t total = 0, header;

    do {
        L4_Word_t pieces = 1 + random_word(&seed) % 3;
        L4_Word_t length = random_word(&seed) % 900;

        if (*count + pieces + 1 + 5 > room)
            pieces = 1;
        header = *count;
        words[header] = length << 10 | (pieces - 1) << 4 | 1 << 9;
        for (L4_Word_t p = 0; p < pieces; p++) {
            words[header + 1 + p] = (L4_Word_t)place(*at);
            *at += length + random_word(&seed) % 70;
        }
        *count += pieces + 1;
        total += length * pieces;
    } while (*count + 7 <= room && random_word(&seed) % 4 != 0);
    words[header] &= ~(1UL << 9);
    return total;
}

/* Walk pieces and hand each byte's address to `visit`. */
static L4_Word_t
walk(const L4_Word_t *words, L4_Word_t limit, int store)
{
    L4_Word_t n = 0, more;

    do {
        L4_Word_t length = words[0] >> 10, pieces = (words[0] >> 4 & 31) + 1;

        more = words[0] & 1 << 9;
        for (L4_Word_t p = 0; p < pieces; p++)
            for (L4_Word_t i = 0; i < length && n < limit; i++, n++) {
                unsigned char *byte = (unsigned char *)words[1 + p] + i;

                if (store)
                    stream[n] = *byte;
                else
                    EXPECT(stream[n] == *byte);
            }
        words += pieces + 1;
    } while (more);
    return n;
}

static void
random_strings(int rounds)
{
    for (int round = 0; round < rounds; round++) {
        L4_Word_t from = 0, to = 0, bytes, room;

        fill(30000);
        begin_message(1);
        bytes = random_pieces(message, &message_words, 30, source, &from);
        room = random_pieces(buffers, &buffer_words, 30, target, &to);
        carry();
        if (bytes <= room)
            expect_whole();
        else
            expect_cut(room);
        walk(message, bytes, 1);
        walk(buffers + 1, bytes < room ? bytes : room, 0);
    }
    verdict("%s: %d random gathers and scatters", where, rounds);
}

/* --- everything at once --- */

static L4_Word_t
word_at(L4_Word_t at, L4_Word_t unused, L4_Word_t unused2)
{
    (void)unused;
    (void)unused2;
    return *(volatile L4_Word_t *)at;
}

static void
put_pages(L4_Word_t offset, L4_Word_t to)
{
    L4_MapItem_t item = L4_MapItem(
        L4_FpageAddRights(L4_FpageLog2((L4_Word_t)source(offset), 12),
                          L4_FullyAccessible),
        to);

    put(item.raw[0]);
    put(item.raw[1]);
}

/* Pages and strings in any order; bits 1 to 3 of BR0 mean nothing. */
static void
mixed_items(void)
{
    static const L4_Word_t acceptors[] = {0x11, 0x13, 0x1f};

    for (unsigned i = 0; i < sizeof acceptors / sizeof *acceptors; i++) {
        L4_Word_t at = FREE_LOW + 0x80000 + i * 0x10000;

        fill(30000);
        (void)errand(pair_a, word_at, (L4_Word_t)source(4 * PAGE), 0, 0);
        (void)errand(pair_a, word_at, (L4_Word_t)source(5 * PAGE), 0, 0);
        begin_message(acceptors[i]);
        put_string(source(128), 1000);
        put_pages(4 * PAGE, at);
        put_string(source(5000), 300);
        put_pages(5 * PAGE, at + PAGE);
        put_pages(4 * PAGE, at + 2 * PAGE);
        put_string(source(9), 77);
        put_buffer(target(500), 1000);
        put_buffer(target(2000), 400);
        put_buffer(target(3001), 77);
        carry();
        expect_whole();
        EXPECT(is_copied(500, 128, 1000));
        EXPECT(is_copied(2000, 5000, 300));
        EXPECT(is_copied(3001, 9, 77));
        for (L4_Word_t page = 0; page < 3; page++)
            EQUAL(errand(pair_b, word_at, at + page * PAGE, 0, 0),
                  *(L4_Word_t *)(void *)source((4 + page % 2) * PAGE));
    }
    begin_message(1);
    put_string(source(0), 100);
    put_pages(4 * PAGE, FREE_LOW);
    put_buffer(target(0), 100);
    carry();
    expect_cut(100);
    begin_message(0x10);
    put_pages(4 * PAGE, FREE_LOW + 0xf0000);
    put_string(source(0), 100);
    carry();
    expect_cut(0);
    verdict("%s: strings and pages in one message, as the acceptor has it",
            where);
}

/* --- what is cut --- */

static void
cut_messages(void)
{
    fill(30000);
    begin_message(0);
    put_string(source(0), 128);
    carry();
    expect_cut(0);

    begin_message(1);
    put_string(source(0), 128);
    put_string(source(128), 128);
    put_buffer(target(0), 128);
    carry();
    expect_cut(128);

    begin_message(1);
    put_string(source(0), 256);
    put_buffer(target(0), 252);
    carry();
    expect_cut(252);
    EXPECT(is_copied(0, 0, 252));

    fill(30000);
    begin_message(1);
    put_string(source(0), 100);
    put_string(source(100), 100);
    put_buffer(target(0), 4000);
    put_buffer(target(4096), 4000);
    carry();
    expect_whole();
    EXPECT(is_copied(0, 0, 100));
    EXPECT(is_copied(4096, 100, 100));
    verdict("%s: too few buffers and too small ones", where);
}

static void
malformed(void)
{
    fill(30000);
    begin_message(1);
    put(100 << 10 | 31 << 4); /* 32 pieces in two words */
    put((L4_Word_t)source(0));
    put_buffer(target(0), 4000);
    carry();
    expect_cut(0);

    begin_message(1);
    put(100 << 10 | 1 << 9); /* goes on, but does not */
    put((L4_Word_t)source(0));
    put_buffer(target(0), 4000);
    carry();
    expect_cut(100);

    begin_message(1);
    put_string(source(0), 0x3000);
    put_buffer((void *)0xc0000000, 0x3000); /* no user's */
    carry();
    expect_cut(0);

    begin_message(1);
    put_string((void *)0xfffff800, 0x3000);
    put_buffer(target(0), 0x3000);
    carry();
    expect_cut(0);
    verdict("%s: descriptors and addresses that cannot be", where);
}

/* --- faults --- */

static void
faulting(void)
{
    unsigned before;

    fill(30000);
    begin_message(1);
    put_string((void *)(FREE_LOW + 100), 5000); /* the pager's page of HOLE */
    put_buffer(target(0), 6000);
    before = fault_count;
    carry();
    expect_whole();
    EXPECT(fault_count > before);
    EQUAL(fault_log[before % FAULT_LOG].from, pair_a.raw);
    EQUAL(fault_log[before % FAULT_LOG].tag, 0xffe50002);
    EQUAL(fault_log[before % FAULT_LOG].address, FREE_LOW + 100);
    for (L4_Word_t i = 0; i < 5000; i++)
        EQUAL(*target(i), (unsigned char)(HOLE >> (i & 3) * 8));

    begin_message(1);
    put_string(source(3), 9000);
    put_buffer((void *)(FREE_LOW + 0x20123), 9000);
    before = fault_count;
    carry();
    expect_whole();
    EXPECT(fault_count > before);
    EQUAL(fault_log[before % FAULT_LOG].from, pair_b.raw);
    EQUAL(fault_log[before % FAULT_LOG].tag, 0xffe20002);
    EQUAL(fault_log[before % FAULT_LOG].address, FREE_LOW + 0x20123);
    EQUAL(fault_log[before % FAULT_LOG].ip, ~0UL);

    for (L4_Word_t i = 0; i < PAGE; i++) /* its page is as it was again */
        *source(i) = (unsigned char)(HOLE >> (i & 3) * 8);
    begin_message(1);
    put_string(source(0), PAGE);
    put_buffer((void *)(FREE_LOW + 0x30000), PAGE);
    carry();
    expect_whole();
    verdict("%s: page faults on either side are its pager's", where);
}

/* The pager does not answer. */
static int
no_answer(L4_ThreadId_t from, L4_MsgTag_t tag)
{
    (void)from;
    (void)tag;
    return -1;
}

static void
timeouts(void)
{
    stage_fault_hook = no_answer;
    begin_message(1);
    put_string((void *)(FREE_LOW + 0x40000), 500);
    put_buffer(target(0), 6000);
    sends_within = receives_within = ZERO;
    carry();
    EQUAL(sent_error, SENT_OWN_TIMEOUT);
    EQUAL(got_error, RECEIVED_PARTNERS_TIMEOUT);

    sends_within = NEVER;
    carry();
    EQUAL(sent_error, SENT_PARTNERS_TIMEOUT);
    EQUAL(got_error, RECEIVED_OWN_TIMEOUT);

    sends_within = L4_TimePeriod(20000).raw;
    receives_within = L4_TimePeriod(10000).raw;
    carry();
    EQUAL(sent_error, SENT_PARTNERS_TIMEOUT);
    EQUAL(got_error, RECEIVED_OWN_TIMEOUT);

    begin_message(1);
    put_string(source(0), 500);
    put_buffer((void *)(FREE_LOW + 0x41000), 500);
    sends_within = L4_TimePeriod(10000).raw;
    carry();
    EQUAL(sent_error, SENT_OWN_TIMEOUT);
    EQUAL(got_error, RECEIVED_PARTNERS_TIMEOUT);
    stage_fault_hook = 0;
    verdict("%s: transfer timeouts, and whose it was", where);
}

static L4_Word_t
cancel(L4_Word_t id, L4_Word_t unused, L4_Word_t unused2)
{
    L4_ThreadId_t victim = {id};

    (void)unused;
    (void)unused2;
    return L4_AbortIpc_and_stop(victim).raw;
}

static void
large_addresses(void)
{
    fill(30000);
    begin_message(1);
    put_string((void *)0xbf800000, 500); /* beyond any small space */
    put_buffer(target(0), 500);
    receives_within = ZERO;
    stage_fault_hook = no_answer;
    carry();
    EQUAL(got_error, RECEIVED_OWN_TIMEOUT);
    EQUAL(stage_is_small(pair_a), 0);
    stage_fault_hook = 0;
    verdict("%s: a string beyond the limit of a small space makes it large",
            where);
}

/* --- who runs next --- */

static volatile L4_Word_t turns, sent_turn, got_turn;

static void
take_turns(L4_Word_t unused)
{
    (void)unused;
    for (;;)
        turns++;
}

static L4_Word_t
call_in_turn(L4_Word_t to, L4_Word_t unused, L4_Word_t unused2)
{
    L4_ThreadId_t id = {to};

    (void)unused;
    (void)unused2;
    L4_LoadMRs(1, (int)message_words, message);
    L4_Set_MsgTag(l4_tag(message_words << 6));
    sent_turn = turns;
    return L4_IpcSucceeded(L4_Call(id));
}

static L4_Word_t
serve_in_turn(L4_Word_t unused, L4_Word_t unused2, L4_Word_t unused3)
{
    L4_ThreadId_t from;

    (void)unused;
    (void)unused2;
    (void)unused3;
    L4_LoadBRs(0, (int)buffer_words, buffers);
    (void)L4_Wait(&from);
    got_turn = turns;
    L4_Accept(L4_UntypedWordsAcceptor);
    L4_Set_MsgTag(l4_tag(0));
    return L4_IpcSucceeded(L4_Reply(from));
}

/* A tick may come between the two. */
static void
receiver_runs_next(void)
{
    L4_ThreadId_t third = stage_space(LARGE);
    int tries = 0;

    begin_message(1);
    put_string(source(0), 100);
    put_buffer(target(0), 100);
    stage_start(third, take_turns, 0);
    do {
        sent_turn = got_turn = 0;
        errand_begin(pair_b, serve_in_turn, 0, 0, 0);
        EXPECT(stage_until_state(pair_b, L4_SchedWaiting));
        EQUAL(errand(pair_a, call_in_turn, pair_b.raw, 0, 0), 1);
        EQUAL(errand_end(pair_b), 1);
    } while (sent_turn != got_turn && ++tries < 20);
    EQUAL(got_turn, sent_turn);
    EXPECT(turns > 0);
    stage_kill(third);
    verdict("%s: the receiver of a string runs ahead of its equals", where);
}

int
main(int argc, char **argv)
{
    int rounds = has_argument(argc, argv, "full") ? 2000 : 20;

    (void)cancel;
    stage_open();
    FOR_PLACEMENTS (p) {
        where = placement_name[p];
        pair_make_servants(p);
        simple_strings();
        several_strings();
        random_strings(rounds);
        mixed_items();
        cut_messages();
        malformed();
        faulting();
        timeouts();
        large_addresses();
        receiver_runs_next();
        pair_kill();
    }
    done();
}
