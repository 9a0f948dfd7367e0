/*
 * kern/thread_control.c - the ThreadControl system call.
 *
 * Layer 6.  X.2 "ThreadControl": privileged; all or nothing.
 * EAX dest, ESI SpaceSpecifier, EDX Scheduler, ECX Pager, EDI UtcbLocation;
 * EAX = 1, or 0 with ErrorCode 1, 2, 3, 4, 6 or 8.
 */
#include <pinenut/x2.h>

#include "ipc/interrupt.h"
#include "kern/lifecycle.h"
#include "kern/restart.h"
#include "kern/syscall.h"

struct request {
    struct thread *caller;
    uint32_t dest, space, scheduler, pager, utcb;
};

/* A local id as a parameter means a thread of the caller's space. */
static uint32_t
global_id(struct thread *caller, uint32_t id)
{
    struct thread *t = thread_resolve(caller->space, id);

    return t != NULL ? t->full_id : id;
}

/* The space that SpaceSpecifier names by one of its threads, or NULL. */
static struct space *
space_named(const struct request *q)
{
    struct thread *member = thread_resolve(q->caller->space, q->space);

    return member != NULL ? member->space : NULL;
}

static uint32_t
create(const struct request *q)
{
    struct space *s;
    struct thread *t;
    uint32_t error;

    if (q->scheduler == X2_NILTHREAD)
        return X2_ERR_INVALID_SCHEDULER;
    if (q->space == q->dest) {
        if (q->pager != X2_NILTHREAD) /* it has no UTCB area yet */
            return X2_ERR_INVALID_SPACE;
        s = space_create();
        if (s == NULL)
            return X2_ERR_NO_MEMORY;
    } else {
        s = space_named(q);
        if (s == NULL)
            return X2_ERR_INVALID_SPACE;
        error = q->pager != X2_NILTHREAD ? utcb_prepare(s, q->utcb) : 0;
        if (error != 0)
            return error;
    }
    t = thread_create(q->dest, s, q->scheduler);
    t->utcb_location = q->utcb;
    if (q->pager != X2_NILTHREAD)
        thread_activate(t, q->pager);
    return 0;
}

static void
modify_inactive(const struct request *q, struct thread *t, struct space *s)
{
    if (s != t->space) {
        thread_quit(t);
        thread_join(t, s);
    }
    if (q->utcb != UTCB_UNCHANGED)
        t->utcb_location = q->utcb;
    if (q->pager != X2_NILTHREAD)
        thread_activate(t, q->pager);
}

/*
 * What may be interrupted comes first: called again, all is checked anew, and
 * what is done already is not found to do.
 */
static uint32_t
modify(const struct request *q, struct thread *t)
{
    bool active = t->id != 0, moves;
    struct space *s = t->space;
    uint32_t location = q->utcb, error;

    if (q->space != q->dest && q->space != t->full_id) {
        s = space_named(q);
        if (s == NULL)
            return X2_ERR_INVALID_SPACE;
    }
    moves = s != t->space;
    if (active && !moves && location != UTCB_UNCHANGED)
        return X2_ERR_UTCB_AREA;
    if (!active && location == UTCB_UNCHANGED)
        location = t->utcb_location;
    if (active ? moves : q->pager != X2_NILTHREAD) {
        error = utcb_prepare(s, location);
        if (error != 0)
            return error;
    }
    if (t->full_id != q->dest)
        thread_rename(t, q->dest);
    if (q->scheduler != X2_NILTHREAD)
        t->scheduler = q->scheduler;
    if (!active) {
        modify_inactive(q, t, s);
        return 0;
    }
    if (moves)
        thread_move(t, s, location);
    if (q->pager != X2_NILTHREAD)
        t->utcb[X2_UTCB_PAGER] = q->pager;
    return 0;
}

/* Numbers below UserBase are interrupts and the kernel. */
static bool
is_user_thread_id(uint32_t id)
{
    return (id & X2_LOCAL_MASK) != 0 && X2_THREAD_NO(id) >= X2_USER_BASE
        && thread_by_number(X2_THREAD_NO(id)) != NULL;
}

static uint32_t
thread_control(const struct request *q)
{
    struct thread *t;

    if (!q->caller->space->privileged)
        return X2_ERR_NO_PRIVILEGE;
    if (X2_THREAD_NO(q->dest) < X2_SYSTEM_BASE)
        return interrupt_control(q->dest, q->pager, q->caller->full_id)
            ? 0 : X2_ERR_INVALID_THREAD;
    if (!is_user_thread_id(q->dest))
        return X2_ERR_INVALID_THREAD;
    t = thread_by_number(X2_THREAD_NO(q->dest));
    if (q->space != X2_NILTHREAD)
        return t->state == THREAD_FREE ? create(q) : modify(q, t);
    if (t == q->caller)
        return X2_ERR_INVALID_THREAD;
    if (t->state != THREAD_FREE)
        thread_delete(t);
    return 0;
}

void
sys_thread_control(struct thread *t)
{
    struct request q = {
        .caller = t,
        .dest = t->regs.eax,
        .space = t->regs.esi,
        .scheduler = global_id(t, t->regs.edx),
        .pager = global_id(t, t->regs.ecx),
        .utcb = t->regs.edi,
    };
    uint32_t error;

    t->restart = sys_thread_control;
    space_finish(); /* what somebody left */
    error = thread_control(&q);
    if (error != 0)
        syscall_failed(t, error);
    else
        syscall_done(t);
    restart_finish(t);
}
