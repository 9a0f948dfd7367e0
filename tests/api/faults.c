/*
 * tests/api/faults.c - page faults and thread starts as messages (sheet 13.1
 * and 13.2).
 *
 * In every placement a pager answers a victim's faults by a script; both sides
 * check what they see. Further down: threads without a pager, and all ways to
 * start a thread.
 */
#include "registers.h"
#include "stage.h"

#include <pn/image.h>
#include <pn/program.h>
#include <pn/share.h>

#define MARK 0xfa170000UL
#define RWX  L4_FullyAccessible

enum {
    READ = 0xffe50002,
    WRITE = 0xffe20002,
    AREA = 0x180000, /* where the victim faults */
};

static L4_ThreadId_t me;
static const char *where;

/* --- a fault with all registers under control --- */

INSTRUCTION(touch_read, "movl (%esi), %eax");
INSTRUCTION(touch_write, "movl %eax, (%esi)");

#define ALL_FLAGS 0xcd5UL /* arithmetic and direction */

static L4_Word_t
touch(int write, L4_Word_t address, L4_Word_t value)
{
    struct registers t = {value,   0x0b0b0b0b, 0x0c0c0c0c, 0x0d0d0d0d,
                          address, 0x0e0e0e0e, 0x0f0f0f0f, ALL_FLAGS | 2};

    (write ? touch_write : touch_read)(&t);
    EQUAL(t.ebx, 0x0b0b0b0b);
    EQUAL(t.ecx, 0x0c0c0c0c);
    EQUAL(t.edx, 0x0d0d0d0d);
    EQUAL(t.esi, address);
    EQUAL(t.edi, 0x0e0e0e0e);
    EQUAL(t.ebp, 0x0f0f0f0f);
    EQUAL(t.eflags & ALL_FLAGS, ALL_FLAGS);
    return t.eax;
}

/* --- the victim's UTCB --- */

static const int kept_registers[] = {
    L4_TCR_THREAD_WORD_0,       L4_TCR_THREAD_WORD_1, L4_TCR_VIRTUAL_SENDER,
    L4_TCR_INTENDED_RECEIVER,   L4_TCR_XFER_TIMEOUTS, L4_TCR_ERROR_CODE,
    L4_TCR_USER_DEFINED_HANDLE,
};

static L4_Word_t
pattern(int index)
{
    return 0x75000000UL + (L4_Word_t)(index + 64) * 0x101;
}

static void
fill_utcb(void)
{
    L4_Word_t *mr = l4_utcb();

    for (int i = 0; i < L4_MRS; i++)
        mr[i] = pattern(i);
    for (int i = 0; i < L4_BRS; i++)
        mr[L4_TCR_BR0 - i] = pattern(L4_TCR_BR0 - i);
    for (unsigned i = 0; i < sizeof kept_registers / sizeof(int); i++)
        mr[kept_registers[i]] = pattern(kept_registers[i]);
}

static void
check_utcb(void)
{
    L4_Word_t *mr = l4_utcb();

    for (int i = 0; i < L4_MRS; i++)
        EQUAL(mr[i], pattern(i));
    for (int i = 0; i < L4_BRS; i++)
        EQUAL(mr[L4_TCR_BR0 - i], pattern(L4_TCR_BR0 - i));
    for (unsigned i = 0; i < sizeof kept_registers / sizeof(int); i++)
        EQUAL(mr[kept_registers[i]], pattern(kept_registers[i]));
}

/* --- victim and script --- */

static L4_Word_t
page(unsigned n)
{
    return AREA + n * PAGE;
}

static void
victim(L4_Word_t unused)
{
    (void)unused;
    pn_image_touch(); /* only the scripted faults are left */
    fill_utcb();
    EQUAL(touch(0, page(0) + 0x124, 0), MARK);
    EQUAL(touch(1, page(0) + 0x128, 0x1234), 0x1234);
    EQUAL(touch(0, page(1) + 0x124, 0), MARK + 1);
    EQUAL(touch(0, page(2) + 0x124, 0), MARK + 2);
    EQUAL(touch(0, page(3) + 0x124, 0), MARK + 2);
    EQUAL(touch(0, page(4) + 0x124, 0), MARK + 4);
    EQUAL(touch(1, page(4) + 0x128, 0x4321), 0x4321);
    EQUAL(((L4_Word_t(*)(void))page(5))(), 0x12345678);
    EQUAL(touch(0, page(6) + 0x124, 0), MARK + 6);
    EQUAL(touch(1, page(7) + 0xffe, 0x77665544), 0x77665544);
    for (unsigned i = 16; i < 32; i++)
        EQUAL(touch(0, page(i) + 0x124, 0), MARK + i);
    check_utcb();
}

enum answer { MAP, EMPTY, OTHER_PAGE, MAP_READ_ONLY, WITH_WORDS, MAP_MANY };

struct step {
    L4_Word_t tag, address;
    enum answer answer;
};

static const struct step script[] = {
    {READ, AREA + 0 * PAGE + 0x124, MAP},
    {READ, AREA + 1 * PAGE + 0x124, EMPTY},
    {READ, AREA + 1 * PAGE + 0x124, MAP},
    {READ, AREA + 2 * PAGE + 0x124, OTHER_PAGE},
    {READ, AREA + 2 * PAGE + 0x124, MAP},
    {READ, AREA + 4 * PAGE + 0x124, MAP_READ_ONLY},
    {WRITE, AREA + 4 * PAGE + 0x128, MAP},
    {READ, AREA + 5 * PAGE, MAP},
    {READ, AREA + 6 * PAGE + 0x124, WITH_WORDS},
    {WRITE, AREA + 7 * PAGE + 0xffe, MAP},
    {WRITE, AREA + 8 * PAGE, MAP},
    {READ, AREA + 16 * PAGE + 0x124, MAP_MANY},
};
enum { STEPS = sizeof script / sizeof *script };

static volatile unsigned steps_done;

static void
map_answer(const struct step *s)
{
    unsigned n = (unsigned)(s->address - AREA) / PAGE;
    L4_Word_t log2 = s->answer == MAP_MANY ? 16 : 12;
    L4_Word_t rights = s->answer == MAP_READ_ONLY ? L4_Readable : RWX;
    L4_Word_t base = s->answer == OTHER_PAGE ? s->address + PAGE : s->address;
    L4_Word_t u = s->answer == WITH_WORDS ? 5 : 0;
    L4_MapItem_t item;

    /* garbage where the sheet says it is ignored */
    item = L4_MapItem(
        l4_fpage(L4_FpageLog2((L4_Word_t)arena[n], log2).raw | 0xc08 | rights),
        base);
    for (L4_Word_t i = 1; i <= u; i++)
        L4_LoadMR((int)i, 0xbad0 + i);
    L4_Set_MsgTag(l4_tag(2UL << 6 | u));
    L4_LoadMRs((int)u + 1, 2, item.raw);
}

static void
answer_fault(const struct step *s)
{
    if (s->answer == EMPTY)
        L4_Set_MsgTag(l4_tag(0));
    else
        map_answer(s);
}

static L4_Word_t
expected_ip(const struct step *s)
{
    if (s->address == page(5))
        return page(5);
    return (L4_Word_t)(s->tag == READ ? touch_read_at : touch_write_at);
}

static void
check_step(const struct step *s, L4_MsgTag_t tag)
{
    EQUAL(tag.raw, s->tag);
    EQUAL(l4_utcb()[1], s->address);
    EQUAL(l4_utcb()[2], expected_ip(s));
}

static void
scripted_pager(L4_Word_t same)
{
    L4_ThreadId_t from;
    L4_MsgTag_t tag;

    pn_image_touch();
    EXPECT(stage_start_message(pair_b, victim, 0));
    tag = L4_Wait_Timeout(ms(500), &from);
    while (L4_IpcSucceeded(tag)) {
        EQUAL(from.raw, same ? stage_utcb(pair_b) + 0x100 : pair_b.raw);
        if (!pn_share_fault(tag, STAGE_KIP)) {
            if (steps_done >= STEPS)
                return;
            check_step(&script[steps_done], tag);
            answer_fault(&script[steps_done++]);
        }
        tag = L4_ReplyWait_Timeout(from, ms(100), &from);
    }
}

static void
prepare_pages(void)
{
    for (unsigned n = 0; n < ARENA_PAGES; n++)
        arena[n][0x124 / 4] = MARK + n;
    arena[5][0] = 0x345678b8; /* mov $0x12345678, %eax; ret */
    arena[5][1] = 0x0000c312;
}

static void
play(enum placement p)
{
    steps_done = 0;
    prepare_pages();
    pair_a = stage_space(placement_kind_a(p));
    pair_b = placement_is_same(p)
                 ? stage_thread_paged(pair_a, pair_a)
                 : stage_space_paged(placement_kind_b(p), pair_a);
    stage_start(pair_a, scripted_pager, (L4_Word_t)placement_is_same(p));
    stage_wait(pair_a);
    EQUAL(steps_done, STEPS);
    EXPECT(stage_finished(pair_b));
    EQUAL(arena[0][0x128 / 4], 0x1234);
    EQUAL(arena[4][0x128 / 4], 0x4321);
    EQUAL(arena[7][0xffc / 4] >> 16 | arena[8][0] << 16, 0x77665544);
    pair_kill();
}

/* --- queues of faults --- */

static volatile L4_Word_t ran;

static void
read_one(L4_Word_t address)
{
    (void)*(volatile L4_Word_t *)address;
    ran++;
}

/* Serve image faults of everyone; first other fault or timeout ends it. */
static L4_MsgTag_t
other_fault(L4_ThreadId_t *from, unsigned timeout_ms)
{
    L4_MsgTag_t tag = L4_Wait_Timeout(ms(timeout_ms), from);

    while (pn_share_fault(tag, STAGE_KIP))
        tag = L4_ReplyWait_Timeout(*from, ms(timeout_ms), from);
    return tag;
}

static void
reply_page(L4_ThreadId_t to, unsigned n, L4_Word_t address)
{
    L4_MapItem_t item = L4_MapItem(
        L4_FpageAddRights(L4_FpageLog2((L4_Word_t)arena[n], 12), RWX), address);

    L4_Set_MsgTag(l4_tag(2UL << 6));
    L4_LoadMRs(1, 2, item.raw);
    EXPECT(L4_IpcSucceeded(L4_Reply(to)));
}

static void
many_faults(void)
{
    L4_ThreadId_t t[4], from;

    ran = 0;
    for (unsigned i = 0; i < 4; i++) {
        t[i] = stage_space_paged(i % 2 ? SMALL : LARGE, me);
        EXPECT(stage_start_message(t[i], read_one, page(i)));
        EXPECT(L4_IpcSucceeded(other_fault(&from, 1000)) &&
               l4_utcb()[1] == page(i));
        /* taken, but not answered yet */
    }
    EQUAL(ran, 0);
    for (int i = 3; i >= 0; i--)
        reply_page(t[i], (unsigned)i, page((unsigned)i));
    for (int i = 0; i == 0 || (ran < 4 && i < 20); i++)
        EXPECT(L4_IpcFailed(other_fault(&from, 50)));
    EQUAL(ran, 4);
    for (int i = 0; i < 4; i++)
        stage_kill(t[i]);
    verdict("four faults at one pager may be answered in any order");
}

/* --- a new pager --- */

static void
set_pager_and_read(L4_Word_t pager)
{
    pn_image_touch();
    L4_Set_Pager(l4_id(pager));
    read_one(page(0));
}

static void
new_pager(enum kind kind)
{
    L4_ThreadId_t id = stage_space(kind), from;
    L4_MsgTag_t tag;

    ran = 0;
    stage_start(id, set_pager_and_read, me.raw);
    tag = other_fault(&from, 300);
    EQUAL(tag.raw, READ);
    EQUAL(from.raw, id.raw);
    reply_page(id, 0, page(0));
    stage_wait(id);
    EQUAL(ran, 1);
    stage_kill(id);
    verdict("a pager stored in the Pager register gets the next fault of a "
            "%s space",
            kind == SMALL ? "small" : "large");
}

/* --- no pager --- */

static void
wait_halted(L4_ThreadId_t id)
{
    stage_until_state(id, L4_SchedInactive);
    EXPECT(!stage_finished(id));
}

static volatile L4_Word_t stop_counting, counted;

static void
count(L4_Word_t unused)
{
    (void)unused;
    while (!stop_counting) {
        counted++;
        sleep_ms(1);
    }
}

static void
without_pager(L4_Word_t pager, const char *what)
{
    for (enum kind kind = LARGE; kind <= SMALL; kind++) {
        L4_ThreadId_t id = stage_space(kind), neighbour = stage_thread(id);
        L4_Word_t before;

        stop_counting = 0;
        stage_start(neighbour, count, 0);
        stage_start(id, set_pager_and_read, pager);
        wait_halted(id);
        before = counted;
        sleep_ms(10);
        EXPECT(counted > before);
        stop_counting = 1;
        stage_wait(neighbour);
        stage_kill(id);
        stage_kill(neighbour);
        verdict("a fault with %s halts the thread of a %s space, and its "
                "neighbour lives",
                what, kind == SMALL ? "small" : "large");
    }
}

static void
fault_at(L4_Word_t pager)
{
    pn_image_touch();
    L4_Set_Pager(l4_id(pager));
    read_one(page(0));
}

/* The pager has the fault and dies. */
static void
pager_dies(void)
{
    L4_ThreadId_t id = stage_space(SMALL), pager = stage_space(LARGE);

    stage_start(id, fault_at, pager.raw);
    stage_until_state(id, L4_SchedPendingSend);
    stage_kill(pager);
    wait_halted(id);
    stage_kill(id);
    verdict("if the pager dies with a fault queued at it the thread halts");
}

/* --- breaking a fault off --- */

static L4_ThreadId_t broken;

static void
read_filled(L4_Word_t unused)
{
    (void)unused;
    pn_image_touch();
    L4_Set_Pager(me);
    fill_utcb();
    EQUAL(touch(0, page(1) + 0x124, 0), MARK + 1);
    check_utcb();
    ran++;
}

static void
break_off(L4_Word_t control)
{
    (void)l4_exregs_call(broken, control, 0, 0, 0);
}

static void
cancel_fault(L4_Word_t control, int taken)
{
    L4_ThreadId_t helper, from;
    L4_MsgTag_t tag;

    ran = 0;
    prepare_pages();
    broken = stage_space(SMALL);
    helper = stage_thread(broken);
    stage_start(broken, read_filled, 0);
    if (taken) {
        tag = other_fault(&from, 300);
        EQUAL(tag.raw, READ);
    } else {
        stage_until_state(broken, L4_SchedPendingSend);
    }
    stage_start(helper, break_off, control);
    sleep_ms(5);
    tag = other_fault(&from, 300);
    EQUAL(tag.raw, READ);
    EQUAL(l4_utcb()[1], page(1) + 0x124);
    reply_page(broken, 1, page(1));
    stage_wait(broken);
    EQUAL(ran, 1);
    stage_wait(helper);
    stage_kill(helper);
    stage_kill(broken);
}

static void
cancelling(void)
{
    cancel_fault(L4_ExReg_AbortRecv | L4_ExReg_AbortSend, 1);
    verdict("a fault broken off while it waits for the answer comes again, "
            "all registers as before");
    cancel_fault(L4_ExReg_AbortRecv | L4_ExReg_AbortSend, 0);
    verdict("a fault broken off while it queues comes again, all registers "
            "as before");
}

/* --- start messages --- */

/* What a thread finds at its first instruction. */
void started(void);
__asm__("        .text\n"
        "        .globl  started\n"
        "started:\n"
        "        pushfl\n"
        "        popl    start_flags_word\n"
        "        movl    %ds, %eax\n"
        "        movl    %eax, start_segments\n"
        "        movl    %es, %eax\n"
        "        movl    %eax, start_segments + 4\n"
        "        movl    %ss, %eax\n"
        "        movl    %eax, start_segments + 8\n"
        "        movl    %cs, %eax\n"
        "        movl    %eax, start_segments + 12\n"
        "        movl    %esp, start_segments + 16\n"
        "        movl    $1, start_segments + 20\n"
        "1:      jmp     1b\n");

extern volatile L4_Word_t start_flags_word, start_segments[6];
volatile L4_Word_t start_flags_word, start_segments[6];

static void
started_state(L4_Word_t sp)
{
    stage_until(&start_segments[5]);
    EQUAL(start_flags_word & 0x3f7fd5, 0x200);
    EQUAL(start_segments[0], start_segments[2]);
    EQUAL(start_segments[1], start_segments[2]);
    EQUAL(start_segments[3] & 3, 3);
    EQUAL(start_segments[4], sp);
}

/* The director is the pager, so it serves the image while it waits. */
static void
serve_until_started(void)
{
    L4_ThreadId_t from;

    for (int i = 0; i < 20 && !start_segments[5]; i++)
        (void)other_fault(&from, 5);
}

static L4_MsgTag_t
start_by_message(L4_ThreadId_t id, L4_Word_t tag, L4_Word_t ip, L4_Word_t sp)
{
    start_segments[5] = 0;
    L4_LoadMR(1, ip);
    L4_LoadMR(2, sp);
    L4_LoadMR(3, 0xbad);
    L4_Set_MsgTag(l4_tag(tag));
    return L4_Send_Timeout(id, ms(50));
}

static void
start_messages(void)
{
    for (enum kind kind = LARGE; kind <= SMALL; kind++) {
        L4_ThreadId_t id = stage_space_paged(kind, me);
        L4_Word_t sp = stage_stack(id, read_one, 0);

        EXPECT(
            L4_IpcSucceeded(start_by_message(id, 2, (L4_Word_t)started, sp)));
        serve_until_started();
        started_state(sp);
        stage_kill(id);
        verdict("a start message sets IP and SP; flags and segments are plain, "
                "in a %s space",
                kind == SMALL ? "small" : "large");
        id = stage_space_paged(kind, me);
        EXPECT(L4_IpcSucceeded(
            start_by_message(id, 0x12340002, (L4_Word_t)started, sp)));
        serve_until_started();
        started_state(sp);
        stage_kill(id);
        verdict("the label of the start message means nothing, in a %s space",
                kind == SMALL ? "small" : "large");
    }
}

static L4_ThreadId_t to_start;

static void
start_by_exregs(L4_Word_t control)
{
    struct l4_exregs r =
        l4_exregs_call(to_start, control, stage_stack(to_start, read_one, 0),
                       (L4_Word_t)started, 0);

    EXPECT(r.thread != 0);
    EQUAL(r.control & 7, L4_ExReg_AbortRecv);
}

static void
start_otherwise(void)
{
    static const L4_Word_t controls[] = {0x9e & ~0x80UL, 0x19e & ~0x80UL, 0x11e,
                                         0x01a};

    for (unsigned i = 0; i < 4; i++) {
        L4_ThreadId_t helper = stage_space(i % 2 ? SMALL : LARGE);

        to_start = stage_thread(helper);
        start_segments[5] = 0;
        stage_start(helper, start_by_exregs, controls[i]);
        stage_wait(helper);
        started_state(stage_stack(to_start, read_one, 0));
        stage_kill(to_start);
        stage_kill(helper);
        verdict("ExchangeRegisters with control 0x%lx starts a thread, too",
                controls[i]);
    }
}

static volatile L4_Word_t refused_error;

static void
start_a_stranger(L4_Word_t id)
{
    L4_Set_MsgTag(l4_tag(2));
    L4_LoadMR(1, (L4_Word_t)started);
    L4_LoadMR(2, 0);
    refused_error =
        L4_IpcFailed(L4_Send_Timeout(l4_id(id), ms(5))) ? L4_ErrorCode() : 0;
}

static void
only_the_pager(void)
{
    L4_ThreadId_t id = stage_space(LARGE), other = stage_thread(id);

    start_segments[5] = 0;
    stage_start(other, start_a_stranger, id.raw);
    stage_wait(other);
    EQUAL(refused_error, 2);
    EQUAL(start_segments[5], 0);
    EQUAL(stage_state(id), L4_SchedWaiting);
    stage_kill(other);
    stage_kill(id);
    verdict("nobody but the pager can start a thread by message");
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
        play(p);
        verdict("%s: pager and victim agree on every fault and answer", where);
    }
    many_faults();
    new_pager(LARGE);
    new_pager(SMALL);
    without_pager(0, "no pager");
    without_pager(L4_GlobalId(1000, 1).raw, "a pager that does not exist");
    without_pager(0x00777700, "a local id of nobody as pager");
    pager_dies();
    cancelling();
    start_messages();
    start_otherwise();
    only_the_pager();
    done();
}
