/*
 * tests/api/growth.c - accesses beyond the limit of a small space (docs/api.md,
 * "Extensions").
 *
 * A pager that is asked grows the space where it is, grows it by a move, makes
 * it large, refuses, or changes the registers; the thread that reached beyond
 * its limit must not be able to tell which but by what it finds there.
 *
 * Argument: limits, for a machine that enforces them (Bochs). Elsewhere the
 * access faults only if no page is behind the limit, always with number 13,
 * and a jump behind it when it has been made.
 */
#include "places.h"
#include "registers.h"

#include <pn/image.h>

#define NIL L4_nilthread
#define RWX L4_FullyAccessible

enum { STACK_FAULT = 12, PROTECTION_FAULT = 13, HEARD = 8 };

static L4_ThreadId_t me;
static int limits;

/* --- the pager --- */

enum answer { GROW, MAKE_LARGE, REFUSE, SKIP, JUMP, NOTHING, SILENCE };

struct message {
    L4_Word_t from, mr[L4_ExceptionWords + 1];
};

static enum answer answers[HEARD]; /* one a message */
static volatile struct message heard[HEARD];
static volatile unsigned asked, page_faults;
static volatile struct fault page_fault;
static L4_Word_t skip_to, control_word;

static L4_Word_t beyond_pages[2][PAGE / 4] __attribute__((aligned(PAGE)));

static void
pager_ready(enum answer a, enum answer b)
{
    answers[0] = a;
    answers[1] = b;
    for (unsigned i = 2; i < HEARD; i++)
        answers[i] = NOTHING;
    asked = page_faults = 0;
    for (unsigned i = 0; i < PAGE / 4; i++)
        beyond_pages[0][i] = beyond_pages[1][i] = 0;
    beyond_pages[0][0] = beyond_pages[1][0] = 0x000123b8; /* mov $0x123, %eax */
    beyond_pages[0][1] = beyond_pages[1][1] = 0x0000c300; /* ret */
}

static void
act(L4_ThreadId_t id, enum answer answer)
{
    struct state s;
    L4_Word_t control = control_word;

    if (answer == GROW) {
        s = state_of(id);
        control += s.place.size / PAGE + MORE;
    } else if (answer != MAKE_LARGE) {
        return;
    }
    EXPECT(PN_TookEffect(ask_at(id, control, 0).old));
}

/* An access beyond the limit. */
static int
hear(L4_ThreadId_t from)
{
    L4_Word_t *mr = l4_utcb();
    volatile struct message *m = &heard[asked % HEARD];
    enum answer answer = answers[asked % HEARD];

    m->from = from.raw;
    for (unsigned i = 1; i <= L4_ExceptionWords; i++)
        m->mr[i] = mr[i];
    asked++;
    act(from, answer);
    for (unsigned i = 1; i <= L4_ExceptionWords; i++)
        mr[i] = m->mr[i];
    if (answer == REFUSE)
        mr[L4_ExcVector] = PN_LIMIT_REFUSED;
    if (answer == SKIP) {
        mr[L4_ExcEip] = skip_to;
        mr[L4_ExcEax] = 0xa1;
        mr[L4_ExcEbx] = 0xb1;
        mr[L4_ExcEdi] = 0xe1;
    }
    if (answer == JUMP)
        mr[L4_ExcEip] = state_of(from).place.size + 0x10;
    L4_Set_MsgTag(l4_tag(L4_ExceptionWords));
    return answer == SILENCE ? -1 : 1;
}

/* Behind the image anybody may have two pages. */
static int
map_beyond(L4_ThreadId_t from, L4_MsgTag_t tag)
{
    L4_Word_t address = l4_utcb()[1];
    L4_MapItem_t item;

    if (tag.raw == 0xffb0000c && (l4_utcb()[L4_ExcVector] & ~0xffUL))
        return hear(from);
    if (!L4_IsPageFault(tag) || address < pn_image_high())
        return 0;
    page_fault.from = from.raw;
    page_fault.tag = tag.raw;
    page_fault.address = address;
    page_fault.ip = l4_utcb()[2];
    page_faults++;
    if (address >= state_of(from).place.size) /* the kernel copies there */
        act(from, answers[asked++ % HEARD]);
    item = L4_MapItem(
        L4_FpageAddRights(
            L4_FpageLog2((L4_Word_t)beyond_pages[address / PAGE % 2], 12), RWX),
        address);
    L4_Set_MsgTag(l4_tag(2UL << 6));
    L4_LoadMRs(1, 2, item.raw);
    return 1;
}

/* --- one access --- */

static volatile L4_Word_t esp_seen;

INSTRUCTION(do_read, "movl %esp, esp_seen\ndo_read_hit: movl (%esi), %eax");
INSTRUCTION(do_write, "movl %esp, esp_seen\ndo_write_hit: movl %ebx, (%edi)");
INSTRUCTION(do_push, "movl %ebp, esp_seen\nxchgl %esp, %ebp\n"
                     "do_push_hit: pushl %ebx\nmovl (%esp), %eax\n"
                     "leal 4(%esp), %esp\ndo_push_back: xchgl %esp, %ebp");
INSTRUCTION(do_string, "movl %esp, esp_seen\ndo_string_hit: rep stosl\n"
                       "movl -4(%edi), %eax");
INSTRUCTION(do_call, "movl %esp, esp_seen\ndo_call_hit: call *%eax");
extern char do_read_hit[], do_write_hit[], do_push_hit[], do_string_hit[],
    do_push_back[], do_call_hit[];

struct trial {
    const char *what;
    void (*run)(struct registers *);
    char *hit, *on;
    L4_Word_t vector, offset; /* of the page fault, from the limit */
    L4_Word_t eax, ebx;       /* when it is over */
};

static const struct trial trials[] = {
    {"a read", do_read, do_read_hit, do_read_on, PROTECTION_FAULT, 4, 0xc300,
     0x0b0b0b0b},
    {"a write", do_write, do_write_hit, do_write_on, PROTECTION_FAULT, 8, 0,
     0x0b0b0b0b},
    {"a push", do_push, do_push_hit, do_push_on, STACK_FAULT, 0x10, 0x0b0b0b0b,
     0x0b0b0b0b},
    {"a string instruction", do_string, do_string_hit, do_string_on,
     PROTECTION_FAULT, 8, 0, 0x0b0b0b0b},
    {"a call", do_call, do_call_hit, do_call_on, PROTECTION_FAULT, 0, 0x123,
     0x0b0b0b0b},
};
enum { TRIALS = sizeof trials / sizeof *trials };

static struct registers
before(void)
{
    struct registers r = {limit(),        0x0b0b0b0b,  4,
                          0x0d0d0d0d,     limit() + 4, limit() + 8,
                          limit() + 0x14, 0x803};

    return r;
}

static L4_ThreadId_t handler;
static volatile struct registers after;

static void
reach(L4_Word_t index)
{
    struct registers r = before();

    pn_image_touch();
    L4_Set_ExceptionHandler(handler);
    trials[index].run(&r);
    after = r;
}

/* Every word of the message number n. */
static void
check_message(const struct trial *t, L4_ThreadId_t id, unsigned n)
{
    volatile struct message *m = &heard[n];
    struct registers r = before();
    L4_Word_t pushed = 0, vector = limits ? t->vector : PROTECTION_FAULT;

    EQUAL(m->from, id.raw);
    if (t->run == do_call && !limits) {
        EQUAL(m->mr[L4_ExcEip], limit());
        pushed = 4;
    } else {
        EQUAL(m->mr[L4_ExcEip], (L4_Word_t)t->hit);
    }
    EQUAL(m->mr[L4_ExcEflags] & 0xed5, 0x201 | (r.eflags & 0xcd5));
    EQUAL(m->mr[L4_ExcVector], PN_LIMIT_FAULT + vector);
    EQUAL(m->mr[L4_ExcErrorCode], limit());
    EQUAL(m->mr[L4_ExcEdi], r.edi);
    EQUAL(m->mr[L4_ExcEsi], r.esi);
    EQUAL(m->mr[L4_ExcEsp], esp_seen - pushed);
    if (t->run != do_push)
        EQUAL(m->mr[L4_ExcEbp], r.ebp);
    EQUAL(m->mr[L4_ExcEbx], r.ebx);
    EQUAL(m->mr[L4_ExcEdx], r.edx);
    EQUAL(m->mr[L4_ExcEcx], r.ecx);
    EQUAL(m->mr[L4_ExcEax], r.eax);
}

static void
check_result(const struct trial *t)
{
    struct registers r = before();

    EQUAL(page_faults, 1);
    EQUAL(page_fault.address & -4UL, limit() + t->offset);
    if (t->eax != 0)
        EQUAL(after.eax, t->eax);
    else if (t->run == do_write)
        EQUAL(beyond_pages[limit() / PAGE % 2][2], r.ebx);
    else
        EQUAL(after.eax, r.eax);
    EQUAL(after.ebx, t->ebx);
    EQUAL(after.ebp, r.ebp);
    EQUAL(after.edx, r.edx);
}

/* The pager is asked once. */
static void
reach_and_grow(const struct trial *t, enum answer answer, int crowded)
{
    L4_ThreadId_t id = space_in_field(1), other = NIL;
    struct state s;

    if (crowded)
        other = neighbour(FIELD + limit());
    pager_ready(answer, NOTHING);
    control_word = PN_AskPager(PN_SmallPages(0));
    stage_start(id, reach, (L4_Word_t)(t - trials));
    stage_wait(id);
    EQUAL(asked, 1);
    check_message(t, id, 0);
    check_result(t);
    s = state_of(id);
    EXPECT(PN_AskedPager(s.old));
    if (answer == MAKE_LARGE)
        EXPECT(!PN_WasSmall(s.old));
    else
        EQUAL(s.place.size, limit() + MORE * PAGE);
    if (answer == GROW)
        EQUAL(s.place.base == FIELD, !crowded);
    stage_kill(id);
    if (crowded)
        stage_kill(other);
}

static void
asking(void)
{
    for (const struct trial *t = trials; t < trials + TRIALS; t++) {
        reach_and_grow(t, GROW, 0);
        verdict("%s beyond the limit: the pager is told all, and grows the "
                "space in place",
                t->what);
        reach_and_grow(t, GROW, 1);
        verdict("%s: it grows the space by a move", t->what);
        reach_and_grow(t, MAKE_LARGE, 0);
        verdict("%s: it makes the space large", t->what);
    }
}

/* Without asking. */
static void
silent_promotion(void)
{
    for (const struct trial *t = trials; t < trials + TRIALS; t++) {
        L4_ThreadId_t id = space_in_field(0);

        pager_ready(NOTHING, NOTHING);
        stage_start(id, reach, (L4_Word_t)(t - trials));
        stage_wait(id);
        EQUAL(asked, 0);
        check_result(t);
        EXPECT(!PN_WasSmall(state_of(id).old));
        stage_kill(id);
        verdict("%s beyond the limit of one that asks nobody: it is large",
                t->what);
    }
}

/* --- other answers --- */

static volatile unsigned exceptions;
static volatile L4_Word_t exception_ip, exception_vector, exception_code;
static L4_Word_t go_to;

static void
handle(L4_Word_t unused)
{
    L4_ThreadId_t from;
    L4_MsgTag_t tag = L4_Wait(&from);

    (void)unused;
    for (;;) {
        if (tag.raw == 0xffb0000c) {
            exceptions++;
            exception_ip = l4_utcb()[L4_ExcEip];
            exception_vector = l4_utcb()[L4_ExcVector];
            exception_code = l4_utcb()[L4_ExcErrorCode];
            l4_utcb()[L4_ExcEip] = go_to ? go_to : exception_ip;
        }
        L4_Set_MsgTag(l4_tag(L4_ExceptionWords));
        tag = L4_ReplyWait(from, &from);
    }
}

static void
refusal(void)
{
    handler = stage_space(LARGE);
    stage_start(handler, handle, 0);
    for (const struct trial *t = trials; t < trials + TRIALS; t++) {
        L4_ThreadId_t id;

        if (t->run == do_call && !limits)
            continue; /* the call has been made: there is no way back */
        id = space_in_field(1);
        exceptions = 0;
        go_to = t->run == do_push ? (L4_Word_t)do_push_back : (L4_Word_t)t->on;
        pager_ready(REFUSE, NOTHING);
        stage_start(id, reach, (L4_Word_t)(t - trials));
        stage_wait(id);
        EQUAL(asked, 1);
        EQUAL(exceptions, 1);
        EQUAL(exception_ip, (L4_Word_t)t->hit);
        EQUAL(exception_vector, limits ? t->vector : PROTECTION_FAULT);
        EQUAL(exception_code, 0);
        is_at(id, FIELD, pages());
        stage_kill(id);
        verdict("%s that the pager refuses is the handler's exception",
                t->what);
    }
}

static void
refusal_once(void)
{
    L4_ThreadId_t id = space_in_field(1);

    exceptions = 0;
    go_to = 0;
    pager_ready(REFUSE, GROW);
    stage_start(id, reach, 0);
    stage_wait(id);
    EQUAL(asked, 2);
    EQUAL(exceptions, 1);
    check_message(&trials[0], id, 1);
    check_result(&trials[0]);
    stage_kill(id);
    verdict("a refusal counts once: the access is tried again, and asked for");
    stage_kill(handler);
    handler = NIL;
}

static void
reach_and_stop(L4_ThreadId_t id, unsigned messages)
{
    stage_start(id, reach, 0);
    for (int i = 0; i < 500 && asked < messages; i++)
        sleep_ms(1);
    sleep_ms(20);
    EXPECT(!stage_finished(id));
    EQUAL(asked, messages);
    is_at(id, FIELD, pages());
    stage_kill(id);
}

static void
without_pager(L4_Word_t index)
{
    struct registers r = before();

    pn_image_touch();
    L4_Set_Pager(NIL);
    trials[index].run(&r);
}

static void
halting(void)
{
    L4_ThreadId_t id = space_in_field(1);

    pager_ready(REFUSE, NOTHING);
    reach_and_stop(id, 1);
    verdict("refused, and without a handler, it halts");
    id = space_in_field(1);
    pager_ready(SILENCE, NOTHING);
    reach_and_stop(id, 1);
    verdict("without an answer it waits");
    id = space_in_field(1);
    pager_ready(NOTHING, NOTHING);
    stage_start(id, without_pager, 0);
    sleep_ms(30);
    EXPECT(!stage_finished(id));
    EQUAL(asked, 0);
    is_at(id, FIELD, pages());
    stage_kill(id);
    verdict("without a pager it halts");
}

static void
registers_changed(void)
{
    L4_ThreadId_t id = space_in_field(1);

    pager_ready(SKIP, NOTHING);
    skip_to = (L4_Word_t)do_read_on;
    stage_start(id, reach, 0);
    stage_wait(id);
    EQUAL(asked, 1);
    EQUAL(page_faults, 0);
    EQUAL(after.eax, 0xa1);
    EQUAL(after.ebx, 0xb1);
    EQUAL(after.edi, 0xe1);
    EQUAL(after.edx, 0x0d0d0d0d);
    is_at(id, FIELD, pages());
    stage_kill(id);
    verdict("an answer with other registers takes the thread elsewhere");
    id = space_in_field(1);
    pager_ready(JUMP, SKIP);
    stage_start(id, reach, 0);
    stage_wait(id);
    EQUAL(asked, 2);
    EQUAL(heard[1].mr[L4_ExcEip], limit() + 0x10);
    EQUAL(heard[1].mr[L4_ExcVector], PN_LIMIT_FAULT + PROTECTION_FAULT);
    EQUAL(heard[1].mr[L4_ExcErrorCode], limit());
    EQUAL(heard[1].mr[L4_ExcEbx], 0x0b0b0b0b);
    EQUAL(after.eax, 0xa1);
    is_at(id, FIELD, pages());
    stage_kill(id);
    verdict("taken beyond the limit it asks again, from there");
}

static void
unanswered_growth(void)
{
    L4_ThreadId_t id = space_in_field(1);

    pager_ready(NOTHING, NOTHING);
    answers[5] = GROW;
    control_word = PN_AskPager(PN_SmallPages(0));
    stage_start(id, reach, 0);
    stage_wait(id);
    EQUAL(asked, 6);
    check_message(&trials[0], id, 5);
    check_result(&trials[0]);
    stage_kill(id);
    verdict("an answer that changes nothing is asked for again");
    id = space_in_field(1);
    pager_ready(GROW, NOTHING);
    control_word = PN_SmallPages(0);
    stage_start(id, reach, 0);
    stage_wait(id);
    EQUAL(asked, 1);
    EXPECT(!PN_AskedPager(state_of(id).old));
    stage_kill(id);
    verdict("the pager may end being asked with the same word");
}

/* The last instruction of the space, up to its limit. */
static void
run_over(L4_Word_t bytes_left)
{
    volatile unsigned char *end = (volatile unsigned char *)limit();

    for (L4_Word_t i = 1; i <= 16; i++)
        end[-(int)i] = 0x90;
    if (bytes_left) { /* mov $..., %ecx, cut */
        end[-1] = 0x78;
        end[-2] = 0xb9;
    }
    __asm__ volatile("jmp *%0" : : "r"(end - 16));
}

static void
running_over(void)
{
    for (L4_Word_t left = 0; left <= 2; left += 2) {
        L4_ThreadId_t id = space_in_field(1);

        pager_ready(SILENCE, NOTHING);
        stage_start(id, run_over, left);
        for (int i = 0; i < 200 && asked == 0; i++)
            sleep_ms(1);
        EQUAL(asked, 1);
        EQUAL(heard[0].mr[L4_ExcEip], limit() - left);
        EQUAL(heard[0].mr[L4_ExcVector], PN_LIMIT_FAULT + PROTECTION_FAULT);
        stage_kill(id);
        verdict("an instruction that %s is told with its own address",
                left ? "the limit cuts" : "the limit is ahead of");
    }
}
/* --- map items --- */

static L4_Word_t
receive_items(L4_Word_t unused, L4_Word_t b, L4_Word_t c)
{
    L4_MsgTag_t tag;

    (void)unused, (void)b, (void)c;
    L4_Accept(L4_MapGrantItems(L4_CompleteAddressSpace));
    tag = L4_Receive_Timeout(me, ms(500));
    L4_Accept(L4_UntypedWordsAcceptor);
    return L4_IpcFailed(tag) ? L4_ErrorCode() : 0;
}

/* Four pages, two of them beyond the limit. */
static L4_Word_t
map_across(L4_ThreadId_t to, L4_Word_t end)
{
    L4_MapItem_t item = L4_MapItem(
        L4_FpageAddRights(L4_FpageLog2((L4_Word_t)arena[0], 14), RWX),
        end - 2 * PAGE);

    errand_begin(to, receive_items, 0, 0, 0);
    L4_Set_MsgTag(l4_tag(2UL << 6));
    L4_LoadMRs(1, 2, item.raw);
    EXPECT(L4_IpcSucceeded(L4_Send_Timeout(to, ms(100))));
    return errand_end(to);
}

static void
items_beyond(int asks)
{
    L4_ThreadId_t id = servant_space(SMALL);
    L4_Word_t n = (pages() & -4UL) + 2 + 4, end = n * PAGE;
    L4_Word_t control = PN_SmallPages(n);

    arena_fill(0xa4e40000);
    pager_ready(MAKE_LARGE, NOTHING);
    control_word = PN_AskPager(PN_SmallPages(0));
    put(id, asks ? PN_AskPager(control) : control, FIELD);
    EQUAL(map_across(id, end), 0);
    if (asks) {
        is_at(id, FIELD, n);
        EQUAL(asked, 0);
    } else {
        EXPECT(!PN_WasSmall(state_of(id).old));
    }
    EQUAL(errand(id, peek, end - 2 * PAGE, 0, 0), 0xa4e40000);
    EQUAL(errand(id, peek, end - PAGE, 0, 0), 0xa4e40001);
    EQUAL(page_faults + asked, 0);
    EQUAL(errand(id, peek, end, 0, 0), asks ? 0x000123b8 : 0xa4e40002);
    EQUAL(asked, asks);
    EQUAL(page_faults, asks);
    EQUAL(errand(id, peek, end + PAGE, 0, 0), asks ? 0x000123b8 : 0xa4e40003);
    stage_kill(id);
    if (asks)
        verdict("a map item: a space that asks does not get what lies beyond");
    else
        verdict("a map item: any other becomes large and gets all");
}
/* --- strings --- */

enum { BEHIND = 60 }; /* bytes of a text beyond the limit */

static L4_Word_t
send_text(L4_Word_t to, L4_Word_t at, L4_Word_t c)
{
    L4_MsgTag_t tag;

    (void)c;
    L4_Set_XferTimeouts(0x28192819); /* 25 ms, both */
    L4_LoadMR(1, TEXT << 10);
    L4_LoadMR(2, at);
    L4_Set_MsgTag(l4_tag(2UL << 6));
    tag = L4_Send_Timeout(l4_id(to), ms(500));
    return L4_IpcFailed(tag) ? L4_ErrorCode() : 0;
}

static L4_Word_t
receive_text(L4_Word_t from, L4_Word_t at, L4_Word_t c)
{
    L4_MsgTag_t tag;

    (void)c;
    L4_Set_XferTimeouts(0x28192819);
    L4_LoadBR(0, 1);
    L4_LoadBR(1, TEXT << 10);
    L4_LoadBR(2, at);
    tag = L4_Receive_Timeout(l4_id(from), ms(500));
    return L4_IpcFailed(tag) ? L4_ErrorCode() : 0;
}

/* `reader`: the string is sent from across the limit, else received there. */
static void
strings_beyond(int reader, int asks, enum answer answer)
{
    L4_ThreadId_t id = servant_space(SMALL), other = servant_space(LARGE);
    L4_Word_t control = PN_SmallPages(pages());
    L4_Word_t at = limit() - (TEXT - BEHIND), home = (L4_Word_t)arena[0];
    L4_Word_t error, other_error;

    put(id, asks ? PN_AskPager(control) : control, FIELD);
    pager_ready(answer, NOTHING);
    control_word = PN_AskPager(PN_SmallPages(0));
    (void)errand(id, peek, limit() - PAGE, 0, 0); /* so far it is there */
    if (!reader)
        write_text(home, 0, 0);
    for (L4_Word_t i = 0; reader && i < TEXT; i++)
        ((unsigned char *)beyond_pages[(at + i) / PAGE % 2])[(at + i) % PAGE] =
            text_byte(i);
    page_faults = 0;
    errand_begin(other, reader ? receive_text : send_text, id.raw, home, 0);
    errand_begin(id, reader ? send_text : receive_text, other.raw, at, 0);
    error = errand_end(id);
    other_error = errand_end(other);
    if (answer == NOTHING && asks) {
        EXPECT(page_faults > 1);
        EQUAL(error & 0xe, reader ? 0xa : 0xc);
        EQUAL(error >> 4, TEXT - BEHIND);
        EXPECT((other_error & 0xe) != 0);
        is_at(id, FIELD, pages());
    } else {
        EQUAL(error, 0);
        EQUAL(other_error, 0);
        EQUAL(page_faults, 1);
        EQUAL(asked, asks);
        EQUAL(page_fault.from, id.raw);
        EQUAL(page_fault.address, limit());
        EQUAL(page_fault.tag, reader ? 0xffe50002 : 0xffe20002);
        if (!reader)
            EQUAL(page_fault.ip, ~0UL);
        EQUAL(PN_WasSmall(state_of(id).old) != 0, answer == GROW);
        EQUAL(
            errand(reader ? other : id, wrong_bytes, reader ? home : at, 0, 0),
            0);
    }
    stage_kill(id);
    stage_kill(other);
}

static void
strings(void)
{
    for (int reader = 0; reader < 2; reader++) {
        const char *what = reader ? "sent from" : "received";

        strings_beyond(reader, 1, GROW);
        verdict("a string %s across the limit is a page fault there: grown",
                what);
        strings_beyond(reader, 1, MAKE_LARGE);
        verdict("a string %s across the limit: made large", what);
        strings_beyond(reader, 1, NOTHING);
        verdict("a string %s across the limit: not grown, time runs out", what);
        strings_beyond(reader, 0, MAKE_LARGE);
        verdict("a string %s across the limit of one that asks nobody", what);
    }
}

int
main(int argc, char **argv)
{
    limits = has_argument(argc, argv, "limits");
    me = L4_Myself();
    stage_open();
    stage_fault_hook = map_beyond;
    asking();
    silent_promotion();
    refusal();
    refusal_once();
    halting();
    registers_changed();
    unanswered_growth();
    running_over();
    items_beyond(1);
    items_beyond(0);
    strings();
    done();
}
