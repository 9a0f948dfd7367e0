/*
 * kern/schedule.c - the Schedule system call.
 *
 * Layer 6.  X.2 "Schedule": for any thread of the scheduler's space, and for
 * privileged spaces.
 * EAX dest, EDX TimeControl, ESI ProcessorControl, ECX PrioControl, EDI
 * PreemptionControl, a word of ones = unchanged; EAX = state (X2_STATE_*) and
 * EDX = time left, or EAX = 0 with ErrorCode 1, 2 or 5.  Everything is checked
 * before anything changes.  Pinenut's own: ECX = ticks of the clock that found
 * it running.
 */
#include <pinenut/x2.h>

#include "kern/sched.h"
#include "kern/syscall.h"
#include "kern/timeout.h"

enum {
    TIME_POINTS = 0x80008000, /* either half is a time point */
    /* Libraries for kernels with wider priorities leave it alone like this. */
    PRIORITY_UNCHANGED = 0x1ff,
    PRIORITY = 0xff,
};

#define UNCHANGED 0xffffffffu

static uint32_t
state_of(const struct thread *t)
{
    if (t->state == THREAD_INACTIVE || t->halted)
        return X2_STATE_INACTIVE;
    if (t->transfer != TRANSFER_NONE)
        return t->transfer == TRANSFER_SENDER ? X2_STATE_SENDING
                                              : X2_STATE_RECEIVING;
    if (t->state == THREAD_SENDING)
        return X2_STATE_PENDING_SEND;
    if (thread_receiving(t) || t->state == THREAD_CONSOLE)
        return X2_STATE_WAITING;
    return X2_STATE_RUNNING;
}

static bool
may_schedule(const struct thread *caller, const struct thread *t)
{
    const struct thread *scheduler = thread_by_id(t->scheduler);

    return caller->space->privileged
        || (scheduler != NULL && scheduler->space == caller->space);
}

static uint32_t
check(const struct thread *caller, const struct thread *t)
{
    const struct user_regs *r = &caller->regs;
    uint32_t sensitive = r->edi >> 16 & PRIORITY;

    if (t == NULL || t->state == THREAD_FREE)
        return X2_ERR_INVALID_THREAD;
    if (!may_schedule(caller, t))
        return X2_ERR_NO_PRIVILEGE;
    if (r->edx != UNCHANGED && (r->edx & (uint32_t)TIME_POINTS) != 0)
        return X2_ERR_INVALID_PARAM;
    if (r->esi != UNCHANGED && (r->esi & 0xffff) != 0)
        return X2_ERR_INVALID_PARAM; /* one processor */
    if ((r->ecx & PRIORITY_UNCHANGED) != PRIORITY_UNCHANGED
        && (r->ecx & PRIORITY) > caller->priority)
        return X2_ERR_NO_PRIVILEGE;
    if (r->edi != UNCHANGED && sensitive > caller->priority)
        return X2_ERR_NO_PRIVILEGE;
    return 0;
}

static uint32_t
period_us(uint32_t time)
{
    uint64_t us = time_period(time);

    if (us == 0 && time != X2_TIME_NEVER)
        us = 1;
    return us > UINT32_MAX ? UINT32_MAX : (uint32_t)us;
}

static void
apply(struct thread *t, const struct user_regs *r)
{
    if (r->edx != UNCHANGED) {
        t->slice = t->slice_left = period_us(r->edx >> 16);
        t->quantum_left = period_us(r->edx & 0xffff);
    }
    if ((r->ecx & PRIORITY_UNCHANGED) != PRIORITY_UNCHANGED)
        sched_set_priority(t, r->ecx & PRIORITY);
    if (r->edi != UNCHANGED) {
        t->sensitive = (uint8_t)(r->edi >> 16);
        t->delay = t->delay_left = r->edi & 0xffff;
    }
}

void
sys_schedule(struct thread *t)
{
    struct thread *dest = thread_resolve(t->space, t->regs.eax);
    uint32_t error = check(t, dest);

    if (error != 0) {
        syscall_failed(t, error);
        return;
    }
    apply(dest, &t->regs);
    t->regs.eax = state_of(dest);
    t->regs.edx = time_encode(dest->slice_left) << 16
        | time_encode(dest->quantum_left);
    t->regs.ecx = dest->ticks;
}
