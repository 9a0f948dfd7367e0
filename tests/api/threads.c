/*
 * tests/api/threads.c - ThreadControl: making, changing, moving and deleting
 * threads, and every way it refuses (sheet section 8).
 */
#include "stage.h"

#include <l4/misc.h>
#include <pn/image.h>
#include <pn/space.h>

#define KEEP    ((L4_Word_t)-1)
#define NIL     L4_nilthread
#define IGNORED 0xeeUL

static L4_ThreadId_t me;

static L4_Word_t
control(L4_ThreadId_t dest, L4_ThreadId_t space, L4_ThreadId_t scheduler,
        L4_ThreadId_t pager, L4_Word_t utcb)
{
    l4_tcr_set(L4_TCR_ERROR_CODE, IGNORED);
    return L4_ThreadControl(dest, space, scheduler, pager, (void *)utcb);
}

#define DONE(call)                      \
    do {                                \
        EQUAL(call, 1);                 \
        EQUAL(L4_ErrorCode(), IGNORED); \
    } while (0)
#define REFUSED(call, code)          \
    do {                             \
        EQUAL(call, 0);              \
        EQUAL(L4_ErrorCode(), code); \
    } while (0)

/* Error of a send with zero timeout; 0 if it got through. */
static L4_Word_t
send_error(L4_ThreadId_t id)
{
    L4_Set_MsgTag(l4_tag(0));
    return L4_IpcFailed(L4_Reply(id)) ? L4_ErrorCode() : 0;
}

enum { SEND_TIMEOUT = 2, SEND_NO_PARTNER = 4 };

/* A thread of its own space, with areas but inactive. */
static L4_ThreadId_t
inactive_space(void)
{
    L4_ThreadId_t id = stage_new_id();
    L4_Word_t old;

    DONE(control(id, id, me, NIL, KEEP));
    EXPECT(
        L4_SpaceControl(id, 0, stage_kip_area(), stage_utcb_area(), NIL, &old));
    return id;
}

/* --- creating --- */

static void
create_inactive(void)
{
    L4_ThreadId_t id = stage_new_id(), second = stage_new_id();

    DONE(control(id, id, me, NIL, KEEP));
    EQUAL(stage_state(id), L4_SchedInactive);
    verdict("a thread made without a pager exists and is inactive");
    EQUAL(send_error(id), SEND_NO_PARTNER);
    verdict("an inactive thread is no partner for IPC");
    DONE(control(second, id, me, NIL, KEEP));
    EQUAL(stage_state(second), L4_SchedInactive);
    verdict("a second inactive thread may join the uninitialised space");
    DONE(control(second, NIL, NIL, NIL, KEEP));
    DONE(control(id, NIL, NIL, NIL, KEEP));
    EQUAL(stage_state(id), L4_SchedErr);
    EQUAL(L4_ErrorCode(), L4_ErrInvalidThread);
    verdict("inactive threads can be deleted");
    DONE(control(second, me, me, NIL, KEEP));
    EQUAL(L4_LocalIdOf(second).raw, 0);
    EQUAL(L4_ErrorCode(), L4_ErrInvalidThread);
    DONE(control(second, NIL, NIL, NIL, KEEP));
    verdict("ExchangeRegisters refuses an inactive thread of one's own space");
    stage_free_id(second);
    stage_free_id(id);
}

/* The kernel masks numbers: the stage's pager, which waits, is not meant. */
static void
number_beyond(L4_Word_t numbers)
{
    L4_Word_t no = L4_ThreadNo(stage_pager()) + numbers;

    L4_Set_MsgTag(l4_tag(3));
    EXPECT(L4_IpcFailed(L4_Call(L4_GlobalId(no, 2))));
    EQUAL(L4_ErrorCode(), SEND_NO_PARTNER);
}

static void
wrong_numbers(void)
{
    L4_Word_t last = (1UL << L4_ThreadIdBits(NULL)) - 1;
    L4_ThreadId_t local = L4_MyLocalId();

    number_beyond(last + 1);
    number_beyond(0x20000);
    verdict("numbers of 2^t and more are no partners for IPC");

    REFUSED(control(L4_GlobalId(16, 1), me, me, NIL, KEEP), 2);
    REFUSED(control(L4_GlobalId(47, 1), me, me, NIL, KEEP), 2);
    verdict("kernel threads' numbers are refused with error 2");
    REFUSED(control(L4_GlobalId(3, 2), me, NIL, me, KEEP), 2);
    REFUSED(control(L4_GlobalId(0, 1), me, NIL, me, KEEP), 2);
    verdict("the clock's interrupt, and interrupt ids of version 2, are "
            "refused with error 2");
    REFUSED(control(L4_GlobalId(last + 1, 1), me, me, NIL, KEEP), 2);
    REFUSED(control(L4_GlobalId(0x3ffff, 1), me, me, NIL, KEEP), 2);
    verdict("numbers of 2^t and more are refused with error 2");
    DONE(control(L4_GlobalId(last, 1), me, me, NIL, KEEP));
    DONE(control(L4_GlobalId(last, 1), NIL, NIL, NIL, KEEP));
    verdict("the last number below 2^t can be had");
    EQUAL(control(local, me, me, NIL, KEEP), 0);
    EXPECT(L4_ErrorCode() == 2 || L4_ErrorCode() == 3);
    EQUAL(control(NIL, me, me, NIL, KEEP), 0);
    EQUAL(control(L4_anythread, me, me, NIL, KEEP), 0);
    EQUAL(control(L4_GlobalId(last, 0x40), me, me, NIL, KEEP), 0);
    verdict("local ids, nil, any, and versions that read as local are refused");
}

static void
wrong_parameters(void)
{
    L4_ThreadId_t id = stage_new_id(), nobody = stage_new_id();
    L4_Word_t utcb = stage_utcb(id);

    REFUSED(control(id, me, NIL, NIL, KEEP), L4_ErrInvalidScheduler);
    verdict("creation without a scheduler is refused with error 4");
    REFUSED(control(id, id, me, me, utcb), L4_ErrInvalidSpace);
    verdict("an active first thread of a new space is refused with error 3");
    REFUSED(control(id, nobody, me, NIL, KEEP), L4_ErrInvalidSpace);
    REFUSED(control(id, L4_anythread, me, NIL, KEEP), L4_ErrInvalidSpace);
    REFUSED(control(id, L4_GlobalId(L4_ThreadNo(me), 9), me, NIL, KEEP), 3);
    verdict("a space specifier that names no thread is refused with error 3");
    EQUAL(stage_state(id), L4_SchedErr);
    verdict("what was refused left no thread behind");
    stage_free_id(id);
    stage_free_id(nobody);
}

static void
local_ids(void)
{
    L4_ThreadId_t id = stage_new_id();
    L4_ThreadId_t local = L4_MyLocalId();

    DONE(control(id, local, local, local, stage_home_utcb(id)));
    EQUAL(L4_PagerOf(id).raw, me.raw);
    EXPECT(L4_LocalIdOf(id).raw != 0);
    DONE(control(id, NIL, NIL, NIL, KEEP));
    stage_free_id(id);
    verdict("local ids of the caller's space do as space, scheduler and pager");
}

/* --- activation --- */

static void
activation(void)
{
    L4_ThreadId_t id = stage_new_id();
    L4_Word_t end = STAGE_UTCB + (1UL << STAGE_UTCB_LOG2), old;

    DONE(control(id, id, me, NIL, KEEP));
    REFUSED(control(id, id, me, me, stage_utcb(id)), L4_ErrInvalidSpace);
    verdict("activation in an uninitialised space is refused with error 3");
    EXPECT(
        L4_SpaceControl(id, 0, stage_kip_area(), stage_utcb_area(), NIL, &old));
    REFUSED(control(id, id, me, me, KEEP), L4_ErrUtcbArea);
    verdict("activation without a UTCB location is refused with error 6");
    REFUSED(control(id, id, me, me, STAGE_UTCB + 64), L4_ErrUtcbArea);
    REFUSED(control(id, id, me, me, STAGE_UTCB + 256), L4_ErrUtcbArea);
    verdict("a misaligned UTCB location is refused with error 6");
    REFUSED(control(id, id, me, me, STAGE_UTCB - 512), L4_ErrUtcbArea);
    REFUSED(control(id, id, me, me, end), L4_ErrUtcbArea);
    REFUSED(control(id, id, me, me, 0xfffffe00), L4_ErrUtcbArea);
    REFUSED(control(id, id, me, me, 0), L4_ErrUtcbArea);
    verdict("a UTCB location outside the area is refused with error 6");
    EQUAL(stage_state(id), L4_SchedInactive);
    verdict("after all that the thread is still inactive");
    DONE(control(id, id, me, me, end - 512));
    EQUAL(stage_state(id), L4_SchedWaiting);
    verdict("the last UTCB of the area will do; the thread waits");
    stage_kill(id);
}

static void
remembered_utcb(void)
{
    L4_ThreadId_t id = stage_new_id();
    L4_Word_t old;

    DONE(control(id, id, me, NIL, stage_utcb(id)));
    EXPECT(
        L4_SpaceControl(id, 0, stage_kip_area(), stage_utcb_area(), NIL, &old));
    DONE(control(id, id, me, me, KEEP));
    EQUAL(stage_state(id), L4_SchedWaiting);
    stage_kill(id);
    verdict("a UTCB location set before the space had its areas is remembered");
}

static volatile L4_Word_t reported[8];

/* Not inline: a thread that was moved has to ask anew where its UTCB is. */
__attribute__((noinline)) static void
moved(void)
{
    reported[5] = L4_ErrorCode();
    reported[6] = l4_utcb()[40];
}

__attribute__((noinline)) static void
report(L4_Word_t unused)
{
    (void)unused;
    reported[0] = L4_MyGlobalId().raw;
    reported[1] = L4_MyLocalId().raw;
    reported[2] = L4_Pager().raw;
    reported[3] = L4_UserDefinedHandle();
}

static void
runs(void)
{
    L4_ThreadId_t id = stage_space(LARGE);

    stage_start(id, report, 0);
    stage_wait(id);
    EQUAL(reported[0], id.raw);
    EQUAL(reported[1], stage_utcb(id) + 0x100);
    verdict("the UTCB location given is where the thread finds its UTCB");
    REFUSED(control(id, id, NIL, NIL, stage_utcb(id)), L4_ErrUtcbArea);
    REFUSED(control(id, id, NIL, NIL, stage_utcb(id) + 512), L4_ErrUtcbArea);
    verdict("a UTCB location for an active thread is refused with error 6");
    stage_kill(id);
}

/* --- changing --- */

static volatile L4_Word_t go_on, touched;

static void
report_later(L4_Word_t unused)
{
    pn_image_touch(); /* from now on it needs no pager */
    touched = 1;
    while (!go_on)
        sleep_ms(1);
    report(unused);
}

static L4_ThreadId_t
later(enum kind kind)
{
    L4_ThreadId_t id = stage_space(kind);

    go_on = touched = 0;
    stage_start(id, report_later, 0);
    stage_until(&touched);
    return id;
}

static void
reported_by(L4_ThreadId_t id)
{
    go_on = 1;
    stage_wait(id);
}

static void
change_pager(void)
{
    L4_ThreadId_t id = later(LARGE), other = stage_new_id();

    REFUSED(control(id, id, NIL, other, stage_utcb(id)), L4_ErrUtcbArea);
    reported_by(id);
    EXPECT(reported[2] != other.raw);
    stage_kill(id);
    verdict("a refused call leaves the pager as it was");
    id = later(SMALL);
    DONE(control(id, id, NIL, other, KEEP));
    reported_by(id);
    EQUAL(reported[2], other.raw);
    stage_kill(id);
    stage_free_id(other);
    verdict("changing the pager overwrites the Pager register at once");
}

static volatile L4_Word_t schedule_result, schedule_error;

static void
try_schedule(L4_Word_t dest)
{
    L4_Word_t old;

    schedule_result = L4_Schedule(l4_id(dest), ~0UL, ~0UL, ~0UL, ~0UL, &old);
    schedule_error = L4_ErrorCode();
}

static void
change_scheduler(void)
{
    L4_ThreadId_t id = stage_space(SMALL), judge = stage_space(LARGE);

    stage_start(judge, try_schedule, id.raw);
    stage_wait(judge);
    EQUAL(schedule_result, 0);
    EQUAL(schedule_error, L4_ErrNoPrivilege);
    stage_kill(judge);
    verdict("a stranger may not Schedule: error 1");
    judge = stage_space(LARGE);
    DONE(control(id, id, judge, NIL, KEEP));
    stage_start(judge, try_schedule, id.raw);
    stage_wait(judge);
    EQUAL(schedule_result, L4_SchedWaiting);
    verdict("the scheduler that ThreadControl appointed may");
    stage_kill(judge);
    stage_kill(id);
}

static L4_ThreadId_t
renamed(L4_ThreadId_t id)
{
    return L4_GlobalId(L4_ThreadNo(id), L4_Version(id) + 64);
}

static void
answer_once(L4_Word_t from)
{
    L4_MsgTag_t tag = L4_Receive(l4_id(from));

    reported[4] = tag.raw;
    report(0);
    L4_Set_MsgTag(l4_tag(0));
    (void)L4_Send(l4_id(from));
}

static void
change_version(void)
{
    L4_ThreadId_t id = stage_space(SMALL), new_id = renamed(id);

    stage_start(id, answer_once, me.raw);
    sleep_ms(1);
    DONE(control(new_id, id, NIL, NIL, KEEP));
    EQUAL(send_error(id), SEND_NO_PARTNER);
    EQUAL(stage_state(id), L4_SchedErr);
    verdict("a version change makes the old id invalid at once");
    L4_Set_MsgTag(l4_tag(0));
    EXPECT(L4_IpcSucceeded(L4_Call_Timeouts(new_id, ms(10), ms(10))));
    EQUAL(reported[4] & L4_TagError, 0);
    EQUAL(reported[0], new_id.raw);
    verdict("the thread lives on under its new id, and MyGlobalId tells it");
    DONE(control(new_id, NIL, NIL, NIL, KEEP));
    stage_free_id(id);
    id = inactive_space();
    new_id = renamed(id);
    DONE(control(new_id, id, NIL, NIL, KEEP));
    EQUAL(stage_state(id), L4_SchedErr);
    EQUAL(stage_state(new_id), L4_SchedInactive);
    DONE(control(new_id, new_id, NIL, me, stage_utcb(id)));
    EQUAL(stage_state(new_id), L4_SchedWaiting);
    DONE(control(new_id, NIL, NIL, NIL, KEEP));
    stage_free_id(id);
    verdict("an inactive thread can change its version, too");
}

/* --- moving --- */

static void
report_and_sleep(L4_Word_t unused)
{
    (void)unused;
    L4_Set_UserDefinedHandle(0x77);
    L4_LoadMR(40, 0x4040);
    pn_image_touch();
    touched = 1;
    /* the move breaks off this receive */
    reported[4] = L4_Receive_Timeout(L4_Myself(), ms(500)).raw;
    moved();
    report(0);
}

static void
move(enum kind from, enum kind to)
{
    L4_ThreadId_t id = stage_space(from), host = stage_space(to);
    L4_ThreadId_t slot = stage_new_id();

    touched = 0;
    stage_start(id, report_and_sleep, 0);
    stage_until(&touched);
    sleep_ms(2);
    REFUSED(control(id, host, NIL, NIL, KEEP), L4_ErrUtcbArea);
    REFUSED(control(id, host, NIL, NIL, STAGE_UTCB - 512), L4_ErrUtcbArea);
    DONE(control(id, host, NIL, NIL, stage_utcb(slot)));
    stage_wait(id);
    EQUAL(reported[4] & L4_TagError, L4_TagError);
    EQUAL(reported[5], 7);
    EQUAL(reported[0], id.raw);
    EQUAL(reported[1], stage_utcb(slot) + 0x100);
    EQUAL(reported[3], 0x77);
    EQUAL(reported[6], 0x4040);
    verdict("an active thread moves from a %s to a %s space: IPC cancelled, "
            "UTCB carried over",
            from == SMALL ? "small" : "large", to == SMALL ? "small" : "large");
    stage_kill(id);
    stage_kill(host);
    stage_free_id(slot);
}

static void
move_refused(void)
{
    L4_ThreadId_t id = stage_space(LARGE), empty = stage_new_id();

    DONE(control(empty, empty, me, NIL, KEEP));
    REFUSED(control(id, empty, NIL, NIL, stage_utcb(id)), L4_ErrInvalidSpace);
    DONE(control(empty, NIL, NIL, NIL, KEEP));
    REFUSED(control(id, empty, NIL, NIL, stage_utcb(id)), L4_ErrInvalidSpace);
    stage_start(id, report, 0);
    stage_wait(id);
    verdict("a move into an uninitialised space, or none, is refused with "
            "error 3 and harms nobody");
    stage_kill(id);
    stage_free_id(empty);
}

static void
move_inactive(void)
{
    L4_ThreadId_t id = stage_new_id(), host = stage_space(SMALL);

    DONE(control(id, id, me, NIL, KEEP));
    DONE(control(id, host, NIL, NIL, KEEP));
    DONE(control(id, host, NIL, stage_pager(), stage_utcb(id)));
    stage_start(id, report, 0);
    stage_wait(id);
    EQUAL(reported[0], id.raw);
    stage_kill(id);
    stage_kill(host);
    verdict("an inactive thread moves and is activated in its new space");
}

/* --- oneself --- */

static L4_ThreadId_t new_home;
static volatile L4_Word_t moved_self, renamed_self;

/* Begins in the director's space, which is privileged, and leaves it. */
static void
move_self(L4_Word_t location)
{
    moved_self = control(L4_Myself(), new_home, NIL, stage_pager(), location);
    moved();
    report(0);
}

/* The new space has its interface page where the thread is executing it. */
static void
moves_itself(void)
{
    L4_ThreadId_t id = stage_thread(me);
    L4_Word_t kip = (L4_Word_t)L4_GetKernelInterface(), old;

    new_home = stage_new_id();
    DONE(control(new_home, new_home, me, NIL, KEEP));
    EXPECT(L4_SpaceControl(new_home, 0, L4_FpageLog2(kip, 12),
                           stage_utcb_area(), NIL, &old));
    stage_start(id, move_self, stage_utcb(id));
    stage_wait(id);
    EQUAL(moved_self, 1);
    EQUAL(reported[0], id.raw);
    EQUAL(reported[1], stage_utcb(id) + 0x100);
    stage_kill(id);
    stage_kill(new_home);
    verdict("a thread moves itself out of the root server's space and runs on");
}

static void
rename_self(L4_Word_t id)
{
    renamed_self = control(l4_id(id), L4_Myself(), NIL, NIL, KEEP);
    report(0);
}

static void
renames_itself(void)
{
    L4_ThreadId_t id = stage_thread(me);

    stage_start(id, rename_self, renamed(id).raw);
    stage_wait(id);
    EQUAL(renamed_self, 1);
    EQUAL(reported[0], renamed(id).raw);
    EQUAL(send_error(id), SEND_NO_PARTNER);
    stage_kill(renamed(id));
    verdict("a thread changes its own version and runs on");
}

/* --- deleting --- */

static void delete (void)
{
    L4_ThreadId_t id = stage_space(SMALL), other, again;

    REFUSED(control(me, NIL, NIL, NIL, KEEP), L4_ErrInvalidThread);
    verdict("nobody can delete himself: error 2");
    other = stage_thread(id);
    stage_start(other, report, 0);
    stage_wait(other);
    DONE(control(other, NIL, NIL, NIL, KEEP));
    EQUAL(stage_state(other), L4_SchedErr);
    EQUAL(send_error(other), SEND_NO_PARTNER);
    EQUAL(stage_state(id), L4_SchedWaiting);
    verdict("a deleted thread is gone, its neighbour stays");
    DONE(control(other, NIL, NIL, NIL, KEEP));
    verdict("deleting a thread that does not exist succeeds");
    stage_free_id(other);
    DONE(control(renamed(id), NIL, NIL, NIL, KEEP));
    EQUAL(stage_state(id), L4_SchedErr);
    verdict("deletion goes by the number, not by the version");
    again = stage_new_id();
    REFUSED(control(again, id, me, NIL, KEEP), L4_ErrInvalidSpace);
    verdict("with its last thread the space has gone");
    stage_free_id(again);
    stage_free_id(id);
}

static void
same_id_again(void)
{
    for (int i = 0; i < 3; i++) {
        L4_ThreadId_t id = stage_space(i % 2 ? SMALL : LARGE);
        L4_Word_t old;

        stage_start(id, report, 0);
        stage_wait(id);
        EQUAL(reported[3], 0);
        DONE(control(id, NIL, NIL, NIL, KEEP));
        DONE(control(id, id, me, NIL, KEEP));
        EQUAL(stage_state(id), L4_SchedInactive);
        EXPECT(L4_SpaceControl(id, 0, stage_kip_area(), stage_utcb_area(), NIL,
                               &old));
        DONE(control(id, id, me, me, stage_utcb(id)));
        EQUAL(stage_state(id), L4_SchedWaiting);
        stage_kill(id);
    }
    verdict("a deleted thread's id can be had again, whole");
}

static volatile L4_Word_t deletions;

static void
delete_by_helper(L4_Word_t victim)
{
    deletions = pn_thread_kill(l4_id(victim)) != 0;
}

static void
any_thread_of_a_privileged_space(void)
{
    L4_ThreadId_t helper = stage_thread(me), victim = stage_space(LARGE);

    stage_start(helper, delete_by_helper, victim.raw);
    stage_wait(helper);
    EQUAL(deletions, 1);
    EQUAL(stage_state(victim), L4_SchedErr);
    stage_kill(helper);
    stage_free_id(victim);
    verdict("any thread of a privileged space may control threads");
}

static void
delete_running(void)
{
    L4_ThreadId_t id = later(SMALL);

    stage_kill(id);
    sleep_ms(3);
    EXPECT(!stage_finished(id));
    id = stage_space(LARGE);
    stage_kill(id);
    verdict("sleeping and never started threads can be deleted");
}

/* --- no privilege --- */

static volatile L4_Word_t results[6], errors[6];

static void
try_privileged(L4_Word_t victim)
{
    L4_ThreadId_t id = l4_id(victim);
    L4_Word_t attributes[4] = {0, 0, 0, 0}, old;

    results[0] = L4_ThreadControl(id, NIL, NIL, NIL, (void *)-1);
    errors[0] = L4_ErrorCode();
    results[1] = L4_ThreadControl(L4_GlobalId(900, 1), L4_Myself(), L4_Myself(),
                                  NIL, (void *)-1);
    errors[1] = L4_ErrorCode();
    results[2] =
        L4_SpaceControl(L4_Myself(), 0, L4_Nilpage, L4_Nilpage, NIL, &old);
    errors[2] = L4_ErrorCode();
    results[3] = L4_ProcessorControl(0, 0, 0, 0);
    errors[3] = L4_ErrorCode();
    L4_LoadMR(0, 0);
    results[4] = L4_MemoryControl(0, attributes);
    errors[4] = L4_ErrorCode();
    results[5] =
        L4_ThreadControl(L4_Myself(), L4_Myself(), NIL, id, (void *)-1);
    errors[5] = L4_ErrorCode();
}

static void
no_privilege(enum kind kind)
{
    static const char *const call[6] = {
        "ThreadControl (delete)", "ThreadControl (create)",
        "SpaceControl",           "ProcessorControl",
        "MemoryControl",          "ThreadControl (self)"};
    L4_ThreadId_t id = stage_space(kind), victim = stage_space(LARGE);

    stage_start(id, try_privileged, victim.raw);
    stage_wait(id);
    for (int i = 0; i < 6; i++) {
        EQUAL(results[i], 0);
        EQUAL(errors[i], L4_ErrNoPrivilege);
        verdict("%s from a %s space is refused with error 1", call[i],
                kind == SMALL ? "small" : "large");
    }
    EQUAL(stage_state(victim), L4_SchedWaiting);
    verdict("what it tried to delete still lives");
    stage_kill(victim);
    stage_kill(id);
}

int
main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    me = L4_Myself();
    stage_open();
    create_inactive();
    wrong_numbers();
    wrong_parameters();
    local_ids();
    activation();
    remembered_utcb();
    runs();
    change_pager();
    change_scheduler();
    change_version();
    move(LARGE, LARGE);
    move(LARGE, SMALL);
    move(SMALL, LARGE);
    move(SMALL, SMALL);
    move_refused();
    move_inactive();
    moves_itself();
    renames_itself();
    delete ();
    delete_running();
    same_id_again();
    any_thread_of_a_privileged_space();
    no_privilege(LARGE);
    no_privilege(SMALL);
    done();
}
