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

/* 0, or why `t`, of space `s` by then, cannot become active. */
static uint32_t
activation_check(const struct request *q, const struct space *s,
                 uint32_t location)
{
    (void)q;
    if (s->kip == 0)
        return X2_ERR_INVALID_SPACE;
    if (location == UTCB_UNCHANGED)
        return X2_ERR_UTCB_AREA;
    return utcb_check(s, location);
}

static uint32_t
finish_creation(const struct request *q, struct space *s)
{
    struct thread *t = thread_create(q->dest, s, q->scheduler);

    t->utcb_location = q->utcb;
    if (q->pager != X2_NILTHREAD && !thread_activate(t, q->pager)) {
        thread_delete(t);
        return X2_ERR_NO_MEMORY;
    }
    return 0;
}

static uint32_t
create(const struct request *q)
{
    struct thread *member;
    struct space *s;
    uint32_t error;

    if (q->scheduler == X2_NILTHREAD)
        return X2_ERR_INVALID_SCHEDULER;
    if (q->space == q->dest) {
        if (q->pager != X2_NILTHREAD) /* it has no UTCB area yet */
            return X2_ERR_INVALID_SPACE;
        s = space_create();
        return s == NULL ? X2_ERR_NO_MEMORY : finish_creation(q, s);
    }
    member = thread_resolve(q->caller->space, q->space);
    if (member == NULL || member->space == NULL)
        return X2_ERR_INVALID_SPACE;
    if (q->pager != X2_NILTHREAD) {
        error = activation_check(q, member->space, q->utcb);
        if (error != 0)
            return error;
    }
    return finish_creation(q, member->space);
}

static uint32_t
active_check(const struct request *q, const struct thread *t, struct space *s)
{
    uint32_t error;

    if (s == t->space)
        return q->utcb != UTCB_UNCHANGED ? X2_ERR_UTCB_AREA : 0;
    error = activation_check(q, s, q->utcb);
    if (error == 0 && space_utcb(s, q->utcb) == NULL)
        error = X2_ERR_NO_MEMORY;
    return error;
}

static void
modify_active(const struct request *q, struct thread *t, struct space *s)
{
    if (s != t->space && !thread_move(t, s, q->utcb))
        return; /* not reached: the page is there */
    if (q->pager != X2_NILTHREAD)
        t->utcb[X2_UTCB_PAGER] = q->pager;
}

static uint32_t
inactive_check(const struct request *q, const struct thread *t,
               struct space *s)
{
    uint32_t location = q->utcb != UTCB_UNCHANGED ? q->utcb : t->utcb_location;
    uint32_t error;

    if (q->pager == X2_NILTHREAD)
        return 0;
    error = activation_check(q, s, location);
    if (error == 0 && space_utcb(s, location) == NULL)
        error = X2_ERR_NO_MEMORY;
    return error;
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
    if (q->pager != X2_NILTHREAD && !thread_activate(t, q->pager))
        return; /* not reached: the page is there */
}

/*
 * What may be interrupted comes first: called again, all is checked anew, and
 * what is done already is not found to do.
 */
static uint32_t
modify(const struct request *q, struct thread *t)
{
    struct space *s = t->space;
    uint32_t error;

    if (q->space != q->dest && q->space != t->full_id) {
        struct thread *member = thread_resolve(q->caller->space, q->space);

        if (member == NULL || member->space == NULL)
            return X2_ERR_INVALID_SPACE;
        s = member->space;
    }
    error = t->id != 0 ? active_check(q, t, s) : inactive_check(q, t, s);
    if (error != 0)
        return error;
    if (t->full_id != q->dest)
        thread_rename(t, q->dest);
    if (q->scheduler != X2_NILTHREAD)
        t->scheduler = q->scheduler;
    if (t->id != 0)
        modify_active(q, t, s);
    else
        modify_inactive(q, t, s);
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
