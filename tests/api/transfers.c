/*
 * tests/api/transfers.c - something happens to a party of a string transfer
 * (sheet 6.4, 6.5, 10.2): the message arrives whole, or both sides are told.
 *
 * A sends B a string. At one of the stages below the director stops the clock,
 * so to speak, since nobody's priority is as high as his: he strikes at the
 * sender or the receiver, and lets them go on. What may happen to a space, to
 * being halted or to an id does no harm; what ends the message ends it for
 * both, with error 7, the phase of each and the bytes that were over.
 */
#include "stage.h"

#include <pn/image.h>
#include <pn/share.h>
#include <pn/space.h>

enum stage {
    SENDER_WAITS,   /* its fault is at its pager */
    RECEIVER_WAITS, /* likewise */
    SENDER_QUEUES,  /* its fault is in its pager's queue */
    RECEIVER_QUEUES,
    SENDER_SERVED, /* the pager has answered, nothing is copied yet */
    RECEIVER_SERVED,
    MAPPING, /* the string is over, pages of the same message come over */
    GIVING,  /* they come first, before there is a transfer (IPC-8) */
    STAGES
};

static const char *const stage_name[STAGES] = {
    "the sender waits for its pager",    "the receiver waits for its pager",
    "the sender queues at its pager",    "the receiver queues at its pager",
    "between two pages of the sender",   "between two pages of the receiver",
    "among the pages behind the string", "among the pages ahead of it",
};

enum outcome { NOT_HERE, WHOLE, ABORTED, GONE };

enum {
    SENDER,
    RECEIVER,
    FIRST = 100, /* bytes ahead of the page that is missing */
    HELD = 500,  /* in it */
    LAST = 3000,
    HELD_AT = FREE_LOW + 0x20000 + 100,
    MAPPED_AT = 0x200000,
    SOURCE = 0,
    TARGET = 16 * PAGE,
    ITEMS = 21,
    NOBODY_SENT = 4,
    NOBODY_GOT,
    SENT_CANCELLED,
    GOT_CANCELLED,
    SENT_ABORTED = 14,
    GOT_ABORTED = 15,
    OFFSET_SHIFT = 4,
    RELEASE = 0x4e1e,
    BE_BUSY,
    SERVICE = 200, /* priority of who is to be faster than the parties */
    TRIES = 10,
    LABEL = 0x5a5a,
    NOT_YET = 0xdead,
};

static enum placement place;
static enum stage stage;
static L4_ThreadId_t *const party[] = {&pair_a, &pair_b};
static L4_ThreadId_t helper[2], keeper, elsewhere;

/* --- the message --- */

static L4_Word_t message[64], message_words; /* MR1 and up */
static L4_Word_t buffers[33], buffer_words;  /* BR0 and up */
static volatile L4_Word_t sent_error, got_error, got_tag;

static unsigned char held_page[PAGE] __attribute__((aligned(PAGE)));

static unsigned char *
byte_at(L4_Word_t offset)
{
    return (unsigned char *)arena + offset;
}

static void
put(L4_Word_t *words, L4_Word_t *count, L4_Word_t length, L4_Word_t at,
    int more)
{
    words[(*count)++] = length << 10 | (L4_Word_t)more << 9;
    words[(*count)++] = at;
}

/* A string of three parts, the one in the middle in `held`. */
static void
put_parts(L4_Word_t *words, L4_Word_t *count, L4_Word_t base, L4_Word_t held)
{
    put(words, count, FIRST, (L4_Word_t)byte_at(base), 1);
    put(words, count, HELD, held, 1);
    put(words, count, LAST, (L4_Word_t)byte_at(base + FIRST + HELD), 0);
}

static L4_Word_t
held_or(int held, L4_Word_t base)
{
    return held ? HELD_AT : (L4_Word_t)byte_at(base + FIRST);
}

static int
is_senders(void)
{
    return stage < MAPPING && stage % 2 == 0;
}

static int
is_receivers(void)
{
    return stage < MAPPING && stage % 2 == 1;
}

/* Who lacks a page. */
static int
faulter(void)
{
    return is_senders() ? SENDER : RECEIVER;
}

/* Each item maps over the last one, which takes its time. */
static void
put_map_items(void)
{
    for (L4_Word_t i = 0; i < ITEMS; i++) {
        L4_Word_t half = (L4_Word_t)byte_at(i % 2 * 0x20000);
        L4_MapItem_t item = L4_MapItem(
            L4_FpageAddRights(L4_FpageLog2(half, 17), L4_FullyAccessible),
            MAPPED_AT);

        message[message_words++] = item.raw[0];
        message[message_words++] = item.raw[1];
    }
}

static void
lay_out(void)
{
    for (L4_Word_t i = 0; i < PAGE; i++) {
        *byte_at(SOURCE + i) = (unsigned char)(i * 7 + i / 251);
        *byte_at(TARGET + i) = 0xee;
        held_page[i] = (unsigned char)(i * 5 + i / 127);
    }
    message_words = 0;
    buffers[0] = 0x11; /* any page, and strings */
    buffer_words = 1;
    if (stage >= MAPPING) {
        if (stage == GIVING)
            put_map_items();
        put(message, &message_words, FIRST, (L4_Word_t)byte_at(SOURCE), 0);
        put(buffers, &buffer_words, FIRST, (L4_Word_t)byte_at(TARGET), 0);
        if (stage == MAPPING)
            put_map_items();
        return;
    }
    put_parts(message, &message_words, SOURCE, held_or(is_senders(), SOURCE));
    put_parts(buffers, &buffer_words, TARGET, held_or(is_receivers(), TARGET));
}

static void
expect_bytes(const unsigned char *got, const unsigned char *sent,
             L4_Word_t count)
{
    for (L4_Word_t i = 0; i < count; i++)
        if (got[i] != sent[i]) {
            EQUAL(got[i], sent[i]);
            return;
        }
}

static void
expect_copied(void)
{
    unsigned char *held = held_page + HELD_AT % PAGE;

    expect_bytes(byte_at(TARGET), byte_at(SOURCE), FIRST);
    if (stage >= MAPPING)
        return;
    expect_bytes(is_receivers() ? held : byte_at(TARGET + FIRST),
                 is_senders() ? held : byte_at(SOURCE + FIRST), HELD);
    expect_bytes(byte_at(TARGET + FIRST + HELD), byte_at(SOURCE + FIRST + HELD),
                 LAST);
}

/* --- errands --- */

static L4_Word_t
send(L4_Word_t to, L4_Word_t b, L4_Word_t c)
{
    L4_MsgTag_t tag;

    (void)b, (void)c;
    L4_Set_XferTimeouts(0);
    L4_LoadMRs(1, (int)message_words, message);
    L4_Set_MsgTag(l4_tag((L4_Word_t)LABEL << 16 | message_words << 6));
    tag = L4_Send(l4_id(to));
    sent_error = L4_IpcSucceeded(tag) ? 0 : L4_ErrorCode();
    return 1;
}

static L4_Word_t
receive(L4_Word_t from, L4_Word_t b, L4_Word_t c)
{
    L4_MsgTag_t tag;

    (void)b, (void)c;
    L4_Set_XferTimeouts(0);
    L4_LoadBRs(0, (int)buffer_words, buffers);
    tag = L4_Receive(l4_id(from));
    got_error = L4_IpcSucceeded(tag) ? 0 : L4_ErrorCode();
    got_tag = tag.raw;
    L4_LoadBR(0, 0);
    return 1;
}

/* Have all pages of the arena that are needed. */
static L4_Word_t
settle_in(L4_Word_t pager, L4_Word_t pages, L4_Word_t c)
{
    (void)c;
    for (L4_Word_t i = 0; i < pages; i++)
        pn_touch((L4_Word_t)byte_at(i * PAGE));
    L4_Set_Pager(l4_id(pager));
    return 1;
}

static L4_Word_t
exchange(L4_Word_t id, L4_Word_t control, L4_Word_t c)
{
    (void)c;
    return l4_exregs_call(l4_id(id), control, 0, 0, 0).thread != 0;
}

static L4_Word_t
is_sending(L4_Word_t id, L4_Word_t b, L4_Word_t c)
{
    (void)b, (void)c;
    return l4_exregs_call(l4_id(id), 0, 0, 0, 0).control & L4_ExReg_AbortSend;
}

static L4_Word_t
say(L4_Word_t word, L4_Word_t b, L4_Word_t c)
{
    (void)b, (void)c;
    return word;
}

/* --- the parties' pager, who may take his time --- */

static volatile L4_Word_t held_from, held;
static L4_ThreadId_t director;

static void
keep(L4_Word_t unused)
{
    L4_ThreadId_t from;
    L4_MsgTag_t tag = L4_Wait(&from);
    L4_Word_t to, at = 0;

    (void)unused;
    for (;;) {
        int answer = 1;

        if (L4_Label(tag) == RELEASE) {
            L4_MapItem_t item = L4_MapItem(
                L4_FpageAddRights(L4_FpageLog2((L4_Word_t)held_page, 12),
                                  L4_FullyAccessible),
                at);

            L4_StoreMR(1, &to);
            L4_Set_MsgTag(l4_tag(2UL << 6));
            L4_LoadMRs(1, 2, item.raw);
            to = L4_IpcSucceeded(L4_Reply(l4_id(to)));
            L4_Set_MsgTag(l4_tag(1));
            L4_LoadMR(1, to);
        } else if (L4_Label(tag) == BE_BUSY) {
            (void)L4_Ipc(from, director, L4_Timeouts(L4_ZeroTime, ms(500)),
                         &from);
            answer = 0;
        } else if (!pn_share_fault(tag, STAGE_KIP)) {
            L4_StoreMR(1, &at);
            held_from = from.raw;
            held++;
            answer = 0;
        }
        tag = answer ? L4_ReplyWait(from, &from) : L4_Wait(&from);
    }
}

static int
is_queued(void)
{
    return stage == SENDER_QUEUES || stage == RECEIVER_QUEUES;
}

/* From here to there it takes no fault. */
static void
begin_business(void)
{
    L4_Set_MsgTag(l4_tag((L4_Word_t)BE_BUSY << 16));
    EXPECT(L4_IpcSucceeded(L4_Call_Timeouts(keeper, ms(500), ms(500))));
}

static void
end_business(void)
{
    if (!is_queued())
        return;
    L4_Set_MsgTag(l4_tag(0));
    (void)L4_Send_Timeout(keeper, ms(500));
}

/* Answer the fault, of a thread whose id is `to` by now: was it waiting? */
static int
release(L4_ThreadId_t to)
{
    L4_Word_t done = 0;

    end_business();

    L4_Set_MsgTag(l4_tag((L4_Word_t)RELEASE << 16 | 1));
    L4_LoadMR(1, to.raw);
    if (L4_IpcSucceeded(L4_Call_Timeouts(keeper, ms(500), ms(500))))
        L4_StoreMR(1, &done);
    return done == 1;
}

/* --- what happens to `who` --- */

static L4_Word_t
strange_pages(void)
{
    static L4_Word_t n;

    return stage_small_pages() + ++n % 8;
}

static enum outcome
slot_changes(int who)
{
    if (!stage_is_small(*party[who]))
        return NOT_HERE;
    EXPECT(pn_space_resize(*party[who], strange_pages()));
    return WHOLE;
}

static enum outcome
grows(int who)
{
    if (!stage_is_small(*party[who]))
        return NOT_HERE;
    EXPECT(pn_space_resize(*party[who], 0));
    return WHOLE;
}

static enum outcome
shrinks(int who)
{
    if (stage_is_small(*party[who]))
        return NOT_HERE;
    EXPECT(pn_space_resize(*party[who], strange_pages()));
    return WHOLE;
}

static enum outcome
goes_to_and_fro(int who)
{
    for (int i = 0; i < 3; i++) {
        EXPECT(pn_space_resize(*party[who], strange_pages()));
        EXPECT(pn_space_resize(*party[who], 0));
    }
    return WHOLE;
}

static enum outcome
gets_a_new_id(int who)
{
    L4_ThreadId_t old = *party[who];
    L4_ThreadId_t id = L4_GlobalId(L4_ThreadNo(old), L4_Version(old) + 64);

    EXPECT(L4_ThreadControl(id, old, L4_nilthread, L4_nilthread, (void *)-1));
    *party[who] = id;
    return WHOLE;
}

static void
control(int who, L4_Word_t bits)
{
    EQUAL(errand(helper[who], exchange, party[who]->raw, bits, 0), 1);
}

static int
is_held(void)
{
    return stage < SENDER_SERVED;
}

/* While it is halted nothing is copied, even if its pager answers. */
static enum outcome
is_halted(int who)
{
    control(who, L4_ExReg_SetHalt | L4_ExReg_Halt);
    EQUAL(stage_state(*party[who]), L4_SchedInactive);
    if (held) {
        EXPECT(release(*party[faulter()]));
        held = 0;
    }
    if (stage < MAPPING && who == faulter()) {
        sleep_ms(1);
        EQUAL(sent_error, NOT_YET);
        EQUAL(got_error, NOT_YET);
    }
    control(who, L4_ExReg_SetHalt);
    return WHOLE;
}

static enum outcome
is_cancelled(int who)
{
    control(who, who == SENDER ? L4_ExReg_AbortSend : L4_ExReg_AbortRecv);
    return ABORTED;
}

static enum outcome
is_cancelled_in_the_other_phase(int who)
{
    control(who, who == SENDER ? L4_ExReg_AbortRecv : L4_ExReg_AbortSend);
    return WHOLE;
}

static enum outcome
moves_to_another_space(int who)
{
    elsewhere = stage_space(place % 2 ? SMALL : LARGE);
    EXPECT(L4_ThreadControl(*party[who], elsewhere, L4_nilthread, L4_nilthread,
                            (void *)stage_utcb(*party[who])));
    return ABORTED;
}

static enum outcome
dies(int who)
{
    stage_kill(*party[who]);
    *party[who] = L4_nilthread;
    return GONE;
}

static enum outcome
loses_its_space(int who)
{
    if (placement_is_same(place))
        return NOT_HERE;
    stage_kill(helper[who]);
    helper[who] = L4_nilthread;
    return dies(who);
}

/* A fault that is not answered ends the message; another is not to come. */
static enum outcome
loses_its_pager(int who)
{
    if (stage >= MAPPING || who != faulter())
        return NOT_HERE;
    stage_kill(keeper);
    keeper = L4_nilthread;
    for (int i = 0; i < 2; i++)
        EXPECT(L4_ThreadControl(*party[i], *party[i], L4_nilthread,
                                stage_pager(), (void *)-1));
    return is_held() ? ABORTED : WHOLE;
}

/*
 * Ahead of the string there is no transfer yet: what ends one side's call is
 * told to that side, and the other still has a partner to wait for, or has
 * none. Who waits in the end is cancelled, so everybody has a code.
 */
struct codes {
    L4_Word_t sent, got;
};

static const struct {
    const char *name;
    enum outcome (*strike)(int who);
    struct codes giving[2]; /* if it is the sender's, the receiver's */
} events[] = {
    {"its slot changes", slot_changes, {{0}}},
    {"its space becomes large", grows, {{0}}},
    {"its space becomes small", shrinks, {{0}}},
    {"its space goes to and fro", goes_to_and_fro, {{0}}},
    {"it gets a new id",
     gets_a_new_id,
     {{SENT_CANCELLED, NOBODY_GOT}, {NOBODY_SENT, GOT_CANCELLED}}},
    {"it is halted and resumed", is_halted, {{0}}},
    {"it is cancelled",
     is_cancelled,
     {{SENT_CANCELLED, GOT_CANCELLED}, {SENT_CANCELLED, GOT_CANCELLED}}},
    {"it is cancelled in the other phase",
     is_cancelled_in_the_other_phase,
     {{0}}},
    {"it moves to another space",
     moves_to_another_space,
     {{SENT_CANCELLED, GOT_CANCELLED}, {SENT_CANCELLED, GOT_CANCELLED}}},
    {"it dies", dies, {{NOT_YET, NOBODY_GOT}, {NOBODY_SENT, NOT_YET}}},
    {"its space is deleted",
     loses_its_space,
     {{NOT_YET, NOBODY_GOT}, {NOBODY_SENT, NOT_YET}}},
    {"its pager dies", loses_its_pager, {{0}}},
};

enum { EVENTS = sizeof events / sizeof *events, HARMLESS = 6 };

/* --- a case --- */

static void
cast(void)
{
    pair_make_servants(place);
    keeper = stage_thread(L4_Myself());
    EXPECT(L4_Set_Priority(keeper, SERVICE));
    stage_start(keeper, keep, 0);
    elsewhere = L4_nilthread;
    for (int i = 0; i < 2; i++) {
        helper[i] = servant_thread(*party[i]);
        EXPECT(L4_Set_Priority(helper[i], SERVICE));
        EQUAL(errand(*party[i], settle_in, keeper.raw,
                     stage >= MAPPING ? ARENA_PAGES : TARGET / PAGE + 1, 0),
              1);
    }
}

/* What it takes to exchange strings is in place afterwards: from now on no
 * fault comes but the one that is wanted. */
static void
rehearse(void)
{
    message_words = 0;
    put(message, &message_words, FIRST, (L4_Word_t)byte_at(SOURCE), 0);
    buffers[0] = 1;
    buffer_words = 1;
    put(buffers, &buffer_words, FIRST, (L4_Word_t)byte_at(TARGET), 0);
    errand_begin(pair_b, receive, pair_a.raw, 0, 0);
    EQUAL(errand(pair_a, send, pair_b.raw, 0, 0), 1);
    EQUAL(errand_end(pair_b), 1);
    EQUAL(sent_error, 0);
    EQUAL(got_error, 0);
    sent_error = got_error = NOT_YET;
}

static void
dismiss(void)
{
    L4_ThreadId_t all[] = {pair_a,    pair_b, helper[0],
                           helper[1], keeper, elsewhere};

    for (unsigned i = 0; i < sizeof all / sizeof *all; i++)
        if (!L4_IsNilThread(all[i]))
            stage_kill(all[i]);
}

static void
begin_message(void)
{
    errand_begin(pair_b, receive, pair_a.raw, 0, 0);
    errand_begin(pair_a, send, pair_b.raw, 0, 0);
}

/* To the end of a tick, of which less is left each time. */
static void
begin_for_a_moment(int tries)
{
    L4_Word64_t now;

    sleep_ms(1);
    for (now = now_us(); now_us() < now + 600 + (L4_Word64_t)tries * 37;)
        ;
    begin_message();
    L4_Sleep(L4_TimePeriod(1));
}

/* Up to the stage; 0: the message was faster. */
static int
begin(int tries)
{
    cast();
    rehearse();
    lay_out();
    held = 0;
    if (stage == MAPPING) {
        begin_for_a_moment(tries);
        return stage_state(pair_a) == L4_SchedSending &&
               *byte_at(TARGET) == *byte_at(SOURCE);
    }
    if (stage == GIVING) {
        begin_for_a_moment(tries);
        return errand(helper[SENDER], is_sending, pair_a.raw, 0, 0) != 0;
    }
    if (is_queued())
        begin_business();
    begin_message();
    if (is_queued()) {
        sleep_ms(1);
        EQUAL(held, 0);
    } else {
        stage_until(&held);
        EQUAL(held_from, party[faulter()]->raw);
    }
    EQUAL(stage_state(pair_a), L4_SchedSending);
    EQUAL(stage_state(pair_b), L4_SchedReceiving);
    if (!is_held())
        EXPECT(release(*party[faulter()]));
    held = (L4_Word_t)is_held();
    return 1;
}

/* They go on; an answer that comes too late finds nobody. */
static void
let_go(enum outcome outcome)
{
    L4_ThreadId_t faulted = *party[faulter()];

    if (held && !L4_IsNilThread(keeper) && !L4_IsNilThread(faulted))
        EQUAL(release(faulted), outcome == WHOLE);
    for (int i = 0; i < 2; i++)
        if (!L4_IsNilThread(*party[i])) {
            EQUAL(errand_end(*party[i]), 1);
            EQUAL(errand(*party[i], say, 77, 0, 0), 77);
        }
}

static void
judge(enum outcome outcome)
{
    L4_Word_t over = FIRST << OFFSET_SHIFT;

    if (outcome == WHOLE) {
        EQUAL(sent_error, 0);
        EQUAL(got_error, 0);
        EQUAL(got_tag, (L4_Word_t)LABEL << 16 | message_words << 6);
        expect_copied();
        return;
    }
    EQUAL(sent_error,
          L4_IsNilThread(pair_a) ? NOT_YET : (L4_Word_t)SENT_ABORTED | over);
    EQUAL(got_error,
          L4_IsNilThread(pair_b) ? NOT_YET : (L4_Word_t)GOT_ABORTED | over);
}

/* Until the sender has an answer or none to expect; then end the waiting. */
static void
end_waiting(void)
{
    for (int i = 0; i < 500 && sent_error == NOT_YET; i++) {
        if (L4_IsNilThread(pair_a) ||
            stage_state(pair_a) == L4_SchedPendingSend)
            break;
        sleep_ms(1);
    }
    sleep_ms(1);
    if (sent_error == NOT_YET && !L4_IsNilThread(pair_a))
        control(SENDER, L4_ExReg_AbortSend);
    if (got_error == NOT_YET && !L4_IsNilThread(pair_b))
        control(RECEIVER, L4_ExReg_AbortRecv);
}

static void
judge_giving(enum outcome outcome, struct codes codes)
{
    if (outcome == NOT_HERE || codes.sent + codes.got == 0) {
        judge(WHOLE);
        return;
    }
    EQUAL(sent_error, codes.sent);
    EQUAL(got_error, codes.got);
}

/* Was there such a case? */
static int
happen(enum outcome (*strike)(int who), int who, struct codes giving)
{
    enum outcome outcome;
    int tries = 0;

    while (!begin(tries)) {
        EXPECT(++tries < TRIES);
        if (tries == TRIES)
            break;
        let_go(WHOLE);
        judge(WHOLE);
        dismiss();
    }
    outcome = strike(who);
    if (stage == GIVING)
        end_waiting();
    let_go(outcome == NOT_HERE ? WHOLE : outcome);
    if (stage == GIVING)
        judge_giving(outcome, giving);
    else
        judge(outcome == NOT_HERE ? WHOLE : outcome);
    dismiss();
    return outcome != NOT_HERE;
}

static void
each_event(void)
{
    for (unsigned i = 0; i < EVENTS; i++) {
        int senders =
            happen(events[i].strike, SENDER, events[i].giving[SENDER]);
        int receivers =
            happen(events[i].strike, RECEIVER, events[i].giving[RECEIVER]);

        if (senders || receivers)
            verdict("%s, %s: %s%s%s", placement_name[place], stage_name[stage],
                    events[i].name, senders ? ", the sender's" : "",
                    receivers ? ", the receiver's" : "");
    }
}

/* --- several things on end --- */

static L4_Word_t seed = 20261125;

static enum outcome
much_happens(int who)
{
    L4_Word_t n = 2 + random_word(&seed) % 6;

    (void)who;
    while (n-- > 0) {
        L4_Word_t what = random_word(&seed) % HARMLESS;

        (void)events[what].strike((int)(random_word(&seed) >> 7 & 1));
    }
    return WHOLE;
}

static enum outcome
much_happens_then_it_ends(int who)
{
    (void)much_happens(who);
    return random_word(&seed) & 1 ? is_cancelled(who) : dies(who);
}

static void
storms(int count)
{
    for (int i = 0; i < count; i++) {
        stage = random_word(&seed) % MAPPING;
        (void)happen(i % 2 ? much_happens : much_happens_then_it_ends,
                     (int)(random_word(&seed) >> 9 & 1), (struct codes){0, 0});
    }
    verdict("%s: %d transfers to whose parties much happens",
            placement_name[place], count);
}

int
main(int argc, char **argv)
{
    int count = has_argument(argc, argv, "full") ? 2000 : 20;

    director = L4_Myself();
    stage_open();
    FOR_PLACEMENTS(p)
    {
        place = p;
        for (unsigned s = 0; s < STAGES; s++) {
            stage = (enum stage)s;
            each_event();
        }
        storms(count);
    }
    done();
}
