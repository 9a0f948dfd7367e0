/*
 * tests/api/exregs.c - ExchangeRegisters: every control bit, what comes back,
 * id conversion and refusals (sheet section 10).
 *
 * The call works inside one space only, so a "clerk" (a servant) of the space
 * makes it for the director; all of it in a large and in a small space.
 */
#include "stage.h"

#include <pn/image.h>
#include <pn/program.h>

static L4_ThreadId_t me, clerk, target;
static const char *where;
static struct l4_exregs answer;
static L4_Word_t answer_error;

#define H_BIT L4_ExReg_Halt
#define R_BIT L4_ExReg_AbortRecv
#define S_BIT L4_ExReg_AbortSend
#define HALT  (L4_ExReg_SetHalt | L4_ExReg_Halt)
#define GO    L4_ExReg_SetHalt

/* --- the clerk --- */

static struct l4_exregs order;

static L4_Word_t
call(L4_Word_t a, L4_Word_t b, L4_Word_t c)
{
    (void)a, (void)b, (void)c;
    l4_tcr_set(L4_TCR_ERROR_CODE, 0xee);
    answer = order;
    l4_exchange_registers(&answer);
    answer_error = L4_ErrorCode();
    return answer.thread;
}

/* What the call returns in EAX; all the rest in `answer`. */
static L4_Word_t
exchange(L4_ThreadId_t id, L4_Word_t control, L4_Word_t sp, L4_Word_t ip,
         L4_Word_t flags, L4_Word_t handle, L4_Word_t pager)
{
    order = (struct l4_exregs){id.raw, control, sp, ip, flags, handle, pager};
    return errand(clerk, call, 0, 0, 0);
}

static L4_Word_t
control(L4_ThreadId_t id, L4_Word_t bits)
{
    return exchange(id, bits, 0xbad, 0xbad, 0xbad, 0xbad, 0xbad);
}

/* --- what targets do --- */

static volatile L4_Word_t counter, stop, ipc_error, handle_seen, pager_seen,
    phase;

static void
count(L4_Word_t unused)
{
    (void)unused;
    while (!stop)
        counter++;
    handle_seen = L4_UserDefinedHandle();
    pager_seen = L4_Pager().raw;
}

static void
receive(L4_Word_t unused)
{
    (void)unused;
    phase = 1;
    ipc_error = L4_IpcFailed(L4_Receive(me)) ? L4_ErrorCode() : 0;
    phase = 2;
}

static void
send(L4_Word_t unused)
{
    (void)unused;
    phase = 1;
    L4_Set_MsgTag(l4_tag(0));
    ipc_error = L4_IpcFailed(L4_Send(clerk)) ? L4_ErrorCode() : 0;
    phase = 2;
}

static void
idle(L4_Word_t unused)
{
    (void)unused;
}

static volatile L4_Word_t elsewhere_argument;

static void
elsewhere(L4_Word_t argument)
{
    elsewhere_argument = argument;
}

/* A target of lower priority than the clerk, running or blocked in `act`. */
static void
make_target(act_t act, L4_Word_t state)
{
    target = stage_thread(clerk);
    (void)L4_Set_Priority(target, 50);
    counter = stop = phase = 0;
    ipc_error = 0xff;
    stage_start(target, act, 0);
    stage_until_state(target, state);
    if (act == count)
        stage_until(&counter);
}

static L4_ThreadId_t
local_target(void)
{
    return l4_id(stage_utcb(target) + 0x100);
}

static int
counts(void)
{
    L4_Word_t before = counter;

    sleep_ms(5);
    return counter != before;
}

/* --- ids --- */

static void
ids(void)
{
    make_target(receive, L4_SchedWaiting);
    EQUAL(control(target, 0), local_target().raw);
    EQUAL(answer_error, 0xee);
    EQUAL(control(local_target(), 0), target.raw);
    verdict("%s: a global id is answered with the local one and the other way "
            "round",
            where);
    EQUAL(control(clerk, 0), stage_utcb(clerk) + 0x100);
    EQUAL(control(l4_id(stage_utcb(clerk) + 0x100), 0), clerk.raw);
    verdict("%s: a thread may ask for itself", where);
    EQUAL(phase, 1);
    EQUAL(stage_state(target), L4_SchedWaiting);
    verdict("%s: control 0 changes nothing", where);
    stage_kill(target);
}

static void
refused(L4_ThreadId_t id)
{
    EQUAL(control(id, HALT), 0);
    EQUAL(answer_error, L4_ErrInvalidThread);
}

static void
refusals(void)
{
    L4_ThreadId_t stranger = stage_space(SMALL), inactive = stage_new_id();
    L4_Word_t no = L4_ThreadNo(clerk);

    refused(stranger);
    refused(me);
    verdict("%s: threads of other spaces are refused with nil and error 2",
            where);
    refused(L4_GlobalId(1000, 1));
    refused(L4_GlobalId(no, L4_Version(clerk) + 64));
    refused(L4_GlobalId(20, 1));
    refused(L4_GlobalId(0x3ffff, 1));
    refused(L4_nilthread);
    refused(L4_anythread);
    refused(L4_anylocalthread);
    refused(l4_id(stage_utcb(clerk) + 0x40));
    refused(l4_id(0x00700000));
    verdict("%s: ids of nobody are refused with nil and error 2", where);
    EXPECT(L4_ThreadControl(inactive, clerk, me, L4_nilthread, (void *)-1));
    refused(inactive);
    stage_kill(inactive);
    verdict("%s: an inactive thread is refused with nil and error 2", where);
    EQUAL(stage_state(stranger), L4_SchedWaiting);
    stage_kill(stranger);
}

/* --- halt and resume --- */

/* The stage's pager is a thread of the director's space. */
static void
by_the_pager(void)
{
    L4_ThreadId_t stranger = stage_space(SMALL);

    (void)L4_Stop(stranger);
    EQUAL(stage_state(stranger), L4_SchedInactive);
    L4_Start(stranger);
    EXPECT(stage_state(stranger) != L4_SchedInactive);
    verdict("%s: the space of a thread's pager halts it and lets it go", where);
    L4_Set_PagerOf(stranger, clerk);
    EQUAL(control(stranger, 0), stage_utcb(stranger) + 0x100);
    answer.thread = stranger.raw;
    answer.control = HALT;
    l4_exchange_registers(&answer);
    EQUAL(answer.thread, 0);
    EQUAL(L4_ErrorCode(), L4_ErrInvalidThread);
    verdict("%s: who has made another its pager has not the right any more",
            where);
    stage_kill(stranger);
}

static void
halting(void)
{
    make_target(count, L4_SchedRunning);
    EXPECT(control(target, HALT) != 0);
    EQUAL(answer.control & 7, 0);
    EXPECT(!counts());
    EQUAL(stage_state(target), L4_SchedInactive);
    verdict("%s: H halts a running thread", where);
    EXPECT(control(target, HALT) != 0);
    EQUAL(answer.control & 7, H_BIT);
    EXPECT(!counts());
    verdict("%s: halting it again changes nothing; the answer has H", where);
    EXPECT(control(target, H_BIT) != 0);
    EXPECT(control(target, 0) != 0);
    EXPECT(!counts());
    verdict("%s: without h, H means nothing", where);
    EXPECT(control(target, GO) != 0);
    EQUAL(answer.control & 7, H_BIT);
    EXPECT(counts());
    EQUAL(stage_state(target), L4_SchedRunning);
    verdict("%s: h without H resumes it", where);
    EXPECT(control(target, GO) != 0);
    EQUAL(answer.control & 7, 0);
    EXPECT(counts());
    verdict("%s: resuming a running thread changes nothing", where);
    stop = 1;
    stage_wait(target);
    stage_kill(target);
}

/* A halted receiver gets its message but does not run with it. */
static void
halted_receiver(void)
{
    make_target(receive, L4_SchedWaiting);
    EXPECT(control(target, HALT) != 0);
    EQUAL(answer.control & 7, R_BIT);
    EQUAL(phase, 1);
    L4_Set_MsgTag(l4_tag(0));
    EXPECT(L4_IpcSucceeded(L4_Send_Timeout(target, ms(20))));
    sleep_ms(5);
    EQUAL(phase, 1);
    verdict("%s: a halted receiver takes its message and does not run on",
            where);
    EXPECT(control(target, GO) != 0);
    EQUAL(answer.control & 7, H_BIT);
    stage_wait(target);
    EQUAL(ipc_error, 0);
    verdict("%s: resumed, it has the message", where);
    stage_kill(target);
}

/* The clerk receives from the director only, so the target's send queues. */
static void
halted_sender(void)
{
    make_target(send, L4_SchedPendingSend);
    EXPECT(control(target, HALT) != 0);
    EQUAL(answer.control & 7, S_BIT);
    EXPECT(control(target, GO) != 0);
    EQUAL(answer.control & 7, H_BIT | S_BIT);
    EQUAL(stage_state(target), L4_SchedPendingSend);
    verdict("%s: halting and resuming does not disturb a pending send", where);
    stage_kill(target);
}

static L4_Word_t
take(L4_Word_t from, L4_Word_t b, L4_Word_t c)
{
    (void)b, (void)c;
    return L4_IpcSucceeded(L4_Receive_Timeout(l4_id(from), ms(20)));
}

static void
received_while_halted(void)
{
    make_target(send, L4_SchedPendingSend);
    EXPECT(control(target, HALT) != 0);
    EQUAL(errand(clerk, take, target.raw, 0, 0), 1);
    sleep_ms(2);
    EQUAL(phase, 1);
    EQUAL(stage_state(target), L4_SchedInactive);
    EXPECT(control(target, GO) != 0);
    stage_wait(target);
    EQUAL(ipc_error, 0);
    stage_kill(target);
    verdict("%s: a halted sender's message is taken; it runs on when resumed",
            where);
}

/* --- aborts --- */

static void
aborted(act_t act, L4_Word_t state, L4_Word_t bits, L4_Word_t told,
        L4_Word_t error)
{
    make_target(act, state);
    EXPECT(control(target, bits) != 0);
    EQUAL(answer.control & 7, told);
    stage_wait(target);
    EQUAL(ipc_error, error);
    stage_kill(target);
}

static void
aborts(void)
{
    aborted(receive, L4_SchedWaiting, R_BIT, R_BIT, 7);
    aborted(receive, L4_SchedWaiting, R_BIT | S_BIT, R_BIT, 7);
    aborted(send, L4_SchedPendingSend, S_BIT, S_BIT, 6);
    aborted(send, L4_SchedPendingSend, R_BIT | S_BIT, S_BIT, 6);
    verdict("%s: R and S end what they name with error 3; the answer says what "
            "it was",
            where);
    make_target(receive, L4_SchedWaiting);
    EXPECT(control(target, S_BIT) != 0);
    sleep_ms(3);
    EQUAL(stage_state(target), L4_SchedWaiting);
    EQUAL(phase, 1);
    stage_kill(target);
    verdict("%s: S leaves a receive alone", where);
    make_target(receive, L4_SchedWaiting);
    EXPECT(control(target, HALT | R_BIT | S_BIT) != 0);
    sleep_ms(3);
    EQUAL(phase, 1);
    EQUAL(stage_state(target), L4_SchedInactive);
    EXPECT(control(target, GO) != 0);
    stage_wait(target);
    EQUAL(ipc_error, 7);
    stage_kill(target);
    verdict("%s: aborted and halted at once, it sees the error when resumed",
            where);
    make_target(count, L4_SchedRunning);
    EXPECT(control(target, R_BIT | S_BIT) != 0);
    EQUAL(answer.control & 7, 0);
    EXPECT(counts());
    stop = 1;
    stage_wait(target);
    stage_kill(target);
    verdict("%s: R and S mean nothing to a running thread", where);
}

/* --- registers --- */

static void
redirect_running(void)
{
    make_target(count, L4_SchedRunning);
    EXPECT(exchange(target, L4_ExReg_SP | L4_ExReg_IP,
                    stage_stack(target, elsewhere, 0x1234), stage_entry(), 0, 0,
                    0) != 0);
    EXPECT(answer.ip >= (L4_Word_t)count - 0x1000 &&
           answer.ip < (L4_Word_t)count + 0x1000);
    stage_wait(target);
    EQUAL(elsewhere_argument, 0x1234);
    stage_kill(target);
    verdict(
        "%s: s and i send a running thread elsewhere, and tell where it was",
        where);
}

static void
redirect_receiving(void)
{
    L4_Word_t sp;

    make_target(receive, L4_SchedWaiting);
    sp = stage_stack(target, elsewhere, 0x5678);
    EXPECT(exchange(target, L4_ExReg_SP | L4_ExReg_IP, sp, stage_entry(), 0, 0,
                    0) != 0);
    sleep_ms(3);
    EQUAL(stage_state(target), L4_SchedWaiting);
    EXPECT(control(target, 0) != 0);
    EQUAL(answer.sp, sp);
    EQUAL(answer.ip, stage_entry());
    L4_Set_MsgTag(l4_tag(0));
    EXPECT(L4_IpcSucceeded(L4_Send_Timeout(target, ms(20))));
    stage_wait(target);
    EQUAL(elsewhere_argument, 0x5678);
    EQUAL(phase, 1);
    stage_kill(target);
    verdict("%s: a new IP does not break a receive off, and counts at its end",
            where);
    make_target(receive, L4_SchedWaiting);
    sp = stage_stack(target, elsewhere, 0x9abc);
    EXPECT(exchange(target, L4_ExReg_SP | L4_ExReg_IP | R_BIT, sp,
                    stage_entry(), 0, 0, 0) != 0);
    stage_wait(target);
    EQUAL(elsewhere_argument, 0x9abc);
    EQUAL(phase, 1);
    stage_kill(target);
    verdict("%s: with R it goes on at the new IP at once", where);
}

static void
handle_and_pager(void)
{
    make_target(count, L4_SchedRunning);
    EXPECT(exchange(target, L4_ExReg_UserHandle, 1, 2, 3, 0x4242, 5) != 0);
    EQUAL(answer.handle, 0);
    EQUAL(answer.pager, stage_pager().raw);
    EXPECT(exchange(target, L4_ExReg_Deliver, 1, 2, 3, 4, 5) != 0);
    EQUAL(answer.handle, 0x4242);
    EQUAL(answer.pager, stage_pager().raw);
    verdict("%s: u sets the handle alone; the old values are told", where);
    EXPECT(exchange(target, L4_ExReg_Pager, 1, 2, 3, 4, me.raw) != 0);
    EXPECT(exchange(target, L4_ExReg_Pager, 1, 2, 3, 4, stage_pager().raw) !=
           0);
    EQUAL(answer.pager, me.raw);
    EQUAL(answer.handle, 0x4242);
    stop = 1;
    stage_wait(target);
    EQUAL(handle_seen, 0x4242);
    EQUAL(pager_seen, stage_pager().raw);
    stage_kill(target);
    verdict("%s: p sets the pager alone, and the thread sees both", where);
}

/* --- flags --- */

static volatile L4_Word_t flags_seen;

/* Spins with known flags until they change. */
void spin_flags(void);
__asm__("        .text\n"
        "        .globl  spin_flags\n"
        "spin_flags:\n"
        "        movl    $1, %ecx\n"
        "        clc\n"
        "1:      jnc     1b\n"
        "        pushfl\n"
        "        popl    flags_word\n"
        "        pushl   $2\n" /* without AC again */
        "        popfl\n"
        "        ret\n");
extern volatile L4_Word_t flags_word;
volatile L4_Word_t flags_word;

static void
spin(L4_Word_t unused)
{
    (void)unused;
    phase = 1;
    spin_flags();
    flags_seen = flags_word;
}

static void
flags(void)
{
    make_target(spin, L4_SchedRunning);
    stage_until(&phase);
    sleep_ms(2);
    EXPECT(exchange(target, L4_ExReg_Flags, 0, 0, 0xffffffff & ~0x400UL, 0,
                    0) != 0);
    EQUAL(answer.flags & 0x200, 0x200);
    EQUAL(answer.flags & 0x23000, 0);
    stage_wait(target);
    EQUAL(flags_seen & 0x408d5, 0x408d5);
    EQUAL(flags_seen & 0x200, 0x200);
    EQUAL(flags_seen & (0x3000 | 0x4000 | 0x20000 | 0x180000), 0);
    EQUAL(flags_seen & 0x100, 0);
    verdict("%s: f sets the arithmetic flags and AC; IOPL, TF, NT and VM stay 0",
            where);
    stage_kill(target);
    make_target(spin, L4_SchedRunning);
    stage_until(&phase);
    sleep_ms(2);
    EXPECT(exchange(target, L4_ExReg_Flags, 0, 0, 1, 0, 0) != 0);
    stage_wait(target);
    EQUAL(flags_seen & 0x408d5, 1);
    EQUAL(flags_seen & 0x200, 0x200);
    verdict("%s: f without IF in the word leaves interrupts on", where);
    stage_kill(target);
}

/* --- oneself --- */

static volatile L4_Word_t own_control, own_handle, own_id;

static void
exchange_self(L4_Word_t unused)
{
    struct l4_exregs r = {
        L4_Myself().raw, L4_ExReg_UserHandle, 0, 0, 0, 0x777, 0};

    (void)unused;
    phase = 1;
    l4_exchange_registers(&r);
    own_id = r.thread;
    own_control = r.control;
    own_handle = L4_UserDefinedHandle();
    (void)L4_Stop(L4_MyLocalId());
    phase = 2;
}

static void
oneself(void)
{
    make_target(exchange_self, L4_SchedInactive);
    EQUAL(own_id, local_target().raw);
    EQUAL(own_control & 7, 0);
    EQUAL(own_handle, 0x777);
    EQUAL(phase, 1);
    verdict("%s: a thread changes its own handle, and halts itself", where);
    EXPECT(control(target, GO) != 0);
    stage_wait(target);
    EQUAL(phase, 2);
    stage_kill(target);
    verdict("%s: it goes on where it halted", where);
}

/* --- the library's forms --- */

static L4_Word_t
library(L4_Word_t id, L4_Word_t b, L4_Word_t c)
{
    L4_ThreadId_t t = l4_id(id);
    L4_Word_t sp, ip, fl;
    L4_ThreadState_t s;

    (void)b, (void)c;
    L4_Set_UserDefinedHandleOf(t, 0x99);
    EQUAL(L4_UserDefinedHandleOf(t), 0x99);
    EQUAL(L4_PagerOf(t).raw, stage_pager().raw);
    EXPECT(L4_SameThreads(t, L4_LocalIdOf(t)));
    s = L4_Stop(t);
    EXPECT(L4_ThreadWasReceiving(s) && !L4_ThreadWasHalted(s));
    s = L4_AbortIpc_and_stop_SpIpFlags(t, &sp, &ip, &fl);
    EXPECT(L4_ThreadWasHalted(s) && L4_ThreadWasIpcing(s));
    EXPECT(sp != 0 && ip != 0 && (fl & 0x200));
    L4_Start_SpIp(t, stage_stack(t, elsewhere, 0xdef), stage_entry());
    return 1;
}

static void
library_forms(void)
{
    make_target(receive, L4_SchedWaiting);
    EQUAL(errand(clerk, library, target.raw, 0, 0), 1);
    stage_wait(target);
    EQUAL(elsewhere_argument, 0xdef);
    stage_kill(target);
    verdict("%s: Set_UserDefinedHandleOf, PagerOf, Stop, AbortIpc_and_stop and "
            "Start work",
            where);
}

static void
not_blocked(void)
{
    make_target(idle, L4_SchedWaiting);
    EXPECT(control(target, 0xfffffc00) != 0);
    EQUAL(stage_state(target), L4_SchedWaiting);
    stage_kill(target);
    verdict("%s: bits without meaning change nothing", where);
}

int
main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    me = L4_Myself();
    stage_open();
    for (enum kind kind = LARGE; kind <= SMALL; kind++) {
        where = kind == SMALL ? "small space" : "large space";
        clerk = servant_space(kind);
        ids();
        refusals();
        by_the_pager();
        halting();
        halted_receiver();
        halted_sender();
        received_while_halted();
        aborts();
        redirect_running();
        redirect_receiving();
        handle_and_pager();
        flags();
        oneself();
        library_forms();
        not_blocked();
        stage_kill(clerk);
    }
    done();
}
