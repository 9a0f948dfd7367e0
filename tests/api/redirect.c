/*
 * tests/api/redirect.c - a space's redirector (X.2 "SpaceControl", sheet 6.7):
 * it gets what the space sends and is sent, and answers for either side.
 */
#include "stage.h"

#include <l4/protocol.h>
#include <pn/notify.h>

static const char *where;
static L4_ThreadId_t redirector, a, b;
static volatile L4_Word_t got, got_from, got_tag, got_intended, got_actual;

enum { REDIRECTED = 1 << 13, PROPAGATED = 1 << 12 };

/* --- actors who take their orders from shared memory: a message of the
 *     director's would be redirected, too ------------------------------------ */

static volatile struct box {
    errand_t order;
    L4_Word_t argument[3], result;
    int is_done;
} boxes[3];

static void
obey(L4_Word_t index)
{
    volatile struct box *box = &boxes[index];

    for (;;) {
        while (box->order == 0)
            sleep_ms(1);
        box->result = box->order(box->argument[0], box->argument[1],
                                 box->argument[2]);
        box->order = 0;
        box->is_done = 1;
    }
}

static volatile struct box *
box_of(L4_ThreadId_t id)
{
    return &boxes[L4_IsThreadEqual(id, a) ? 0 : L4_IsThreadEqual(id, b) ? 1 : 2];
}

static void
order_begin(L4_ThreadId_t id, errand_t f, L4_Word_t x, L4_Word_t y, L4_Word_t z)
{
    volatile struct box *box = box_of(id);

    box->argument[0] = x;
    box->argument[1] = y;
    box->argument[2] = z;
    box->is_done = 0;
    box->order = f;
    sleep_ms(5);
}

static L4_Word_t
order_end(L4_ThreadId_t id)
{
    volatile struct box *box = box_of(id);

    for (int i = 0; i < 1000 && !box->is_done; i++)
        sleep_ms(1);
    EXPECT(box->is_done);
    return box->is_done ? box->result : 0xdead;
}

static L4_Word_t
order(L4_ThreadId_t id, errand_t f, L4_Word_t x, L4_Word_t y, L4_Word_t z)
{
    order_begin(id, f, x, y, z);
    return order_end(id);
}

static L4_ThreadId_t
actor(enum kind kind, L4_Word_t index)
{
    L4_ThreadId_t id = stage_space(kind);

    boxes[index].order = 0;
    EXPECT(stage_start(id, obey, index));
    return id;
}

static L4_Word_t
call(L4_Word_t to, L4_Word_t word, L4_Word_t unused)
{
    L4_MsgTag_t tag;

    (void)unused;
    L4_Set_MsgTag(l4_tag(1));
    L4_LoadMR(1, word);
    tag = L4_Call(l4_id(to));
    return L4_IpcSucceeded(tag) ? l4_utcb()[1] : L4_ErrorCode() << 16;
}

/* Take one message and look at it. */
static L4_Word_t
take(L4_Word_t unused, L4_Word_t unused2, L4_Word_t unused3)
{
    L4_ThreadId_t from;
    L4_MsgTag_t tag;

    (void)unused;
    (void)unused2;
    (void)unused3;
    l4_utcb()[L4_TCR_INTENDED_RECEIVER] = 0;
    tag = L4_Wait(&from);
    got_tag = tag.raw;
    got_from = from.raw;
    got_intended = l4_utcb()[L4_TCR_INTENDED_RECEIVER];
    got_actual = l4_utcb()[L4_TCR_VIRTUAL_SENDER];
    return got = l4_utcb()[1];
}

static L4_Word_t
answer_as(L4_Word_t whose, L4_Word_t to, L4_Word_t word)
{
    l4_utcb()[L4_TCR_VIRTUAL_SENDER] = whose;
    L4_Set_MsgTag(l4_tag(1 | (whose != 0 ? PROPAGATED : 0)));
    L4_LoadMR(1, word);
    return L4_IpcSucceeded(L4_Reply(l4_id(to)));
}

static L4_Word_t
set_bits(L4_Word_t to, L4_Word_t bits, L4_Word_t unused)
{
    (void)unused;
    return PN_Notify(l4_id(to), bits) ? 0 : L4_ErrorCode();
}

static void
set_redirector(L4_ThreadId_t member, L4_ThreadId_t id)
{
    L4_Word_t control;

    EQUAL(L4_SpaceControl(member, 0, L4_Nilpage, L4_Nilpage, id, &control), 1);
}

/* a calls b; the redirector sees it, passes it on, and answers for b. */
static void
through(const char *which)
{
    order_begin(redirector, take, 0, 0, 0);
    EXPECT(stage_until_state(redirector, L4_SchedWaiting));
    order_begin(a, call, b.raw, 1234, 0);
    EQUAL(order_end(redirector), 1234);
    EQUAL(got_tag, 1 | REDIRECTED);
    EQUAL(got_from, a.raw);
    EQUAL(got_intended, b.raw);

    order_begin(b, take, 0, 0, 0);
    EXPECT(stage_until_state(b, L4_SchedWaiting));
    EQUAL(order(redirector, answer_as, a.raw, b.raw, 1235), 1);
    EQUAL(order_end(b), 1235);
    EQUAL(got_from, a.raw);
    EQUAL(got_tag, 1 | PROPAGATED);
    EQUAL(got_actual, redirector.raw);

    EQUAL(order(redirector, answer_as, b.raw, a.raw, 1236), 1);
    EQUAL(order_end(a), 1236);
    EQUAL(order(a, set_bits, b.raw, 1, 0), 1);
    verdict("%s: a call through the redirector of %s", where, which);
}

static void
straight(void)
{
    order_begin(b, take, 0, 0, 0);
    EXPECT(stage_until_state(b, L4_SchedWaiting));
    order_begin(a, call, b.raw, 99, 0);
    EQUAL(order_end(b), 99);
    EQUAL(got_tag, 1);
    EQUAL(order(b, answer_as, 0, a.raw, 100), 1);
    EQUAL(order_end(a), 100);
}

/* With the redirector itself everybody talks as usual. */
static void
with_the_redirector(void)
{
    order_begin(redirector, take, 0, 0, 0);
    EXPECT(stage_until_state(redirector, L4_SchedWaiting));
    order_begin(a, call, redirector.raw, 55, 0);
    EQUAL(order_end(redirector), 55);
    EQUAL(got_tag, 1);
    EQUAL(got_from, a.raw);
    EQUAL(order(redirector, answer_as, 0, a.raw, 56), 1);
    EQUAL(order_end(a), 56);
    verdict("%s: the redirector is called as anybody", where);
}

/* --- the kernel's messages --- */

#define EXCEPTION_LABEL 0xffbUL /* -5: INT n, unknown instructions */

static L4_Word_t
suffer(L4_Word_t handler, L4_Word_t unused, L4_Word_t unused2)
{
    (void)unused;
    (void)unused2;
    L4_Set_ExceptionHandler(l4_id(handler));
    __asm__ volatile("ud2");
    return 77;
}

/* Take a fault's message, and answer it. */
static L4_Word_t
relieve(L4_Word_t unused, L4_Word_t unused2, L4_Word_t unused3)
{
    (void)take(unused, unused2, unused3);
    l4_utcb()[L4_ExcEip] += 2;
    L4_Set_MsgTag(l4_tag(L4_ExceptionWords));
    return L4_IpcSucceeded(L4_Reply(l4_id(got_from)));
}

/* a's faults go to `taker`, though their handler is `handler`. */
static void
faults_go(L4_ThreadId_t taker, L4_ThreadId_t handler)
{
    int is_redirected = !L4_IsThreadEqual(taker, handler);

    order_begin(taker, relieve, 0, 0, 0);
    EXPECT(stage_until_state(taker, L4_SchedWaiting));
    order_begin(a, suffer, handler.raw, 0, 0);
    EQUAL(order_end(taker), 1);
    EQUAL(order_end(a), 77);
    EQUAL(got_tag, EXCEPTION_LABEL << 20 | L4_ExceptionWords
                       | (is_redirected ? REDIRECTED : 0));
    EQUAL(got_from, a.raw);
    EQUAL(got_intended, is_redirected ? handler.raw : 0);
}

static void
faults(void)
{
    faults_go(b, b); /* their pages are there, too */
    faults_go(redirector, redirector);
    set_redirector(a, redirector);
    faults_go(redirector, b);
    faults_go(redirector, redirector);
    set_redirector(a, L4_anythread);
    set_redirector(b, redirector);
    faults_go(redirector, b);
    set_redirector(b, L4_anythread);
    faults_go(b, b);
    verdict("%s: faults go to the redirector of either side", where);
}

/* --- a string whose first page is fetched on the way --- */

static char room[64] __attribute__((aligned(4)));

static L4_Word_t
send_string(L4_Word_t to, L4_Word_t at, L4_Word_t bytes)
{
    L4_StringItem_t item = L4_StringItem(bytes, (void *)at);

    L4_LoadMRs(1, 2, item.raw);
    L4_Set_MsgTag(l4_tag(2UL << 6));
    return L4_IpcSucceeded(L4_Send(l4_id(to)));
}

static L4_Word_t
take_string(L4_Word_t unused, L4_Word_t unused2, L4_Word_t unused3)
{
    L4_StringItem_t item = L4_StringItem(sizeof room, room);
    L4_Word_t result;

    L4_Accept(L4_StringItemsAcceptor);
    L4_LoadBR(1, item.raw[0]);
    L4_LoadBR(2, item.raw[1]);
    result = take(unused, unused2, unused3);
    L4_Accept(L4_UntypedWordsAcceptor);
    return result;
}

static void
strings(void)
{
    set_redirector(b, redirector);
    order_begin(redirector, take_string, 0, 0, 0);
    EXPECT(stage_until_state(redirector, L4_SchedWaiting));
    fault_count = 0;
    EQUAL(order(a, send_string, b.raw, FREE_LOW, sizeof room), 1);
    (void)order_end(redirector);
    EQUAL(fault_count, 1);
    EQUAL(got_tag, 2UL << 6 | REDIRECTED);
    EQUAL(got_from, a.raw);
    EQUAL(got_intended, b.raw);
    EQUAL(*(L4_Word_t *)(void *)room, HOLE);
    set_redirector(b, L4_anythread);
    verdict("%s: whom a string is meant for outlasts a page fault", where);
}

static void
errors(void)
{
    L4_Word_t control;
    L4_ThreadId_t none = {0x3fff4001};

    EQUAL(L4_SpaceControl(a, 0, L4_Nilpage, L4_Nilpage, none, &control), 0);
    EQUAL(L4_ErrorCode(), 5);
    stage_kill(redirector);
    EQUAL(order(a, call, b.raw, 1, 0), 4UL << 16);
    verdict("%s: a redirector that is none, or no more", where);
}

int
main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    stage_open();
    FOR_PLACEMENTS (p) {
        if (placement_is_same(p))
            continue;
        where = placement_name[p];
        for (enum kind k = LARGE; k <= SMALL; k++) {
            a = actor(placement_kind_a(p), 0);
            b = actor(placement_kind_b(p), 1);
            redirector = actor(k, 2);
            straight();
            faults();
            strings();
            set_redirector(a, redirector);
            through("the sender");
            with_the_redirector();
            set_redirector(a, L4_anythread);
            set_redirector(b, redirector);
            through("the receiver");
            set_redirector(a, redirector);
            through("both");
            set_redirector(b, L4_anythread);
            set_redirector(a, L4_nilthread);
            through("the sender again");
            set_redirector(a, L4_anythread);
            straight();
            verdict("%s: and without one again", where);
            set_redirector(a, redirector);
            errors();
            stage_kill(a);
            stage_kill(b);
        }
    }
    done();
}
