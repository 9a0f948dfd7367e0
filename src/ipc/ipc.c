/*
 * ipc/ipc.c - send, receive, and what happens when one of them fails.
 *
 * Layer 5.  X.2 "IPC".  The call is a send phase and a receive phase, either
 * of which may be missing.  A sender whose partner is not ready waits in the
 * partner's queue; a receiver with nobody acceptable queued waits by itself.
 * What is remembered of a blocked call: `from` and `timeouts`.
 */
#include "ipc/ipc.h"

#include <pinenut/x2.h>

#include "ipc/transfer.h"
#include "kern/clock.h"
#include "kern/console.h"
#include "kern/sched.h"
#include "kern/timeout.h"

#define SEND_TIMEOUT(timeouts) ((timeouts) >> 16)
#define RECEIVE_TIMEOUT(timeouts) ((timeouts)&0xffffu)

static void receive_phase(struct thread *t);

/* --- the queue of senders (KERN-3, IPC-1) ---------------------------------- */

static void
sender_queue(struct thread *s, struct thread *r)
{
    struct thread *first = r->senders;

    if (first == NULL) {
        s->send.next = s->send.prev = s;
        r->senders = s;
        r->no_senders = 0;
    } else {
        s->send.next = first;
        s->send.prev = first->send.prev;
        first->send.prev->send.next = s;
        first->send.prev = s;
    }
    s->partner = r;
    s->state = THREAD_SENDING;
}

static void
sender_unqueue(struct thread *s)
{
    struct thread *r = s->partner;

    if (s->send.next == s) {
        r->senders = NULL;
        r->no_senders = 1;
    } else {
        s->send.next->send.prev = s->send.prev;
        s->send.prev->send.next = s->send.next;
        if (r->senders == s)
            r->senders = s->send.next;
    }
    s->send.next = s->send.prev = NULL;
    s->partner = NULL;
    s->state = THREAD_READY;
    timeout_cancel(s);
}

/* --- who may send to whom -------------------------------------------------- */

static bool
filter_matches(uint32_t from, const struct thread *r, const struct thread *s)
{
    if (from == X2_ANYLOCALTHREAD)
        return s->space == r->space;
    return from == X2_ANYTHREAD || from == s->id
        || (s->origin != 0 && from == s->origin);
}

static bool
accepts(const struct thread *r, const struct thread *s)
{
    if (r->wait != 0)
        return filter_matches(r->wait, r, s);
    return r->state == THREAD_WAITING && filter_matches(r->from, r, s);
}

/* --- ends of a call -------------------------------------------------------- */

static void
unblock(struct thread *t)
{
    t->wait = 0;
    t->state = THREAD_READY;
    t->kind = IPC_PLAIN;
    timeout_cancel(t);
    sched_wake(t);
}

/* What every Ipc returns: MR0-2 in registers as in memory, no stale ids. */
static void
return_registers(struct thread *t, uint32_t from, uint32_t tag)
{
    t->utcb[0] = tag;
    t->regs.eax = from;
    t->regs.ecx = t->regs.edx = 0;
    t->regs.esi = tag;
    t->regs.edi = t->local_id;
    t->regs.ebx = t->utcb[1];
    t->regs.ebp = t->utcb[2];
}

/* `kept`: the tag of a message that was cut, else 0. */
static void
fail(struct thread *t, uint32_t error, uint32_t kept)
{
    t->utcb[X2_UTCB_ERROR_CODE] = error;
    return_registers(t, X2_NILTHREAD, (kept & ~X2_TAG_FLAGS) | X2_TAG_ERROR);
    unblock(t);
}

/* The id of `s` as `r` sees it. */
static uint32_t
id_for(const struct thread *r, const struct thread *s)
{
    return r->space == s->space ? s->local_id : s->id;
}

/* --- propagation (X.2 "Propagated Messages") ------------------------------- */

/*
 * For whom `t` may send to `r`: its own space's threads, or anybody if `r` is
 * of its space.  0: for nobody but itself; the flag is then ignored.
 */
static uint32_t
origin_of(const struct thread *t, const struct thread *r)
{
    const struct thread *v;

    if ((t->utcb[0] & X2_TAG_PROPAGATED) == 0)
        return 0;
    v = thread_resolve(t->space, t->utcb[X2_UTCB_VIRTUAL_SENDER]);
    if (v == NULL || v->id == 0
        || (v->space != t->space && r->space != t->space))
        return 0;
    return v->id;
}

/*
 * `r` takes a message that `s` sent for its origin: that is whom it came from,
 * and if the origin waits for `s`, its answer may now come straight from `r`.
 */
static uint32_t
propagate(struct thread *s, struct thread *r)
{
    struct thread *v = thread_by_id(s->origin);

    r->utcb[X2_UTCB_VIRTUAL_SENDER] = s->id; /* now ActualSender */
    if (v == NULL || v->id == 0)
        return s->origin;
    if (v->wait == s->id)
        v->wait = r->id;
    else if (v->state == THREAD_WAITING && v->from == s->id
             && v->kind == IPC_PLAIN)
        v->from = r->id;
    return id_for(r, v);
}

/* `r` has got the message of `s`. */
static void
received(struct thread *r, struct thread *s, uint32_t tag, uint32_t error)
{
    bool plain = r->wait != 0 || r->kind == IPC_PLAIN;
    uint32_t from = id_for(r, s);

    if (plain) {
        if (error != 0) {
            tag |= X2_TAG_ERROR;
            r->utcb[X2_UTCB_ERROR_CODE] = error | X2_IPC_RECEIVE;
        }
        if (s->origin != 0) {
            tag |= X2_TAG_PROPAGATED;
            from = propagate(s, r);
        }
        return_registers(r, from, tag);
    }
    unblock(r);
}

/* Hand over the message of `s`; false = cut, and `s` has its error. */
static bool
deliver(struct thread *s, struct thread *r)
{
    uint32_t tag;
    uint32_t error = message_transfer(s, r, &tag);

    received(r, s, tag, error);
    if (error == 0 || s->kind != IPC_PLAIN)
        return true;
    fail(s, error | X2_IPC_SEND, tag);
    return false;
}

/* --- the phases ------------------------------------------------------------ */

/* Wait for a time; false = it has come already. */
static bool
wait_until(struct thread *t, uint32_t timeout)
{
    uint64_t us;

    if (timeout == X2_TIME_NEVER)
        return true;
    us = time_period(timeout);
    if (us == 0)
        return false;
    timeout_set(t, clock_now() + us);
    return true;
}

/* True: sent, go on to the receive phase.  Else `t` waits or has failed. */
static bool
send_phase(struct thread *t, uint32_t to)
{
    struct thread *r = thread_resolve(t->space, to);

    if (r == NULL || r->id == 0) {
        fail(t, X2_IPC_NO_PARTNER | X2_IPC_SEND, 0);
        return false;
    }
    t->origin = origin_of(t, r);
    if (accepts(r, t)) {
        sched_prefer(r);
        return deliver(t, r);
    }
    if (!wait_until(t, SEND_TIMEOUT(t->timeouts))) {
        fail(t, X2_IPC_TIMEOUT | X2_IPC_SEND, 0);
        return false;
    }
    sender_queue(t, r);
    return false;
}

static struct thread *
first_acceptable(struct thread *r, uint32_t from)
{
    struct thread *s = r->senders;

    if (s == NULL)
        return NULL;
    do {
        if (filter_matches(from, r, s))
            return s;
        s = s->send.next;
    } while (s != r->senders);
    return NULL;
}

/* Nobody is there to receive from: block, hot if that is all there is to it. */
static void
block_receive(struct thread *t)
{
    if (t->kind == IPC_PLAIN) {
        if (!wait_until(t, RECEIVE_TIMEOUT(t->timeouts))) {
            fail(t, X2_IPC_TIMEOUT | X2_IPC_RECEIVE, 0);
            return;
        }
        if (!t->timed && !t->halted && t->from != X2_ANYLOCALTHREAD) {
            t->state = THREAD_READY;
            t->wait = t->from; /* KERN-1 */
            return;
        }
    }
    t->state = THREAD_WAITING;
}

/* A closed receive names an existing thread; its id is made global. */
static bool
resolve_from(struct thread *t)
{
    struct thread *partner;

    if (t->from == X2_ANYTHREAD || t->from == X2_ANYLOCALTHREAD)
        return true;
    partner = thread_resolve(t->space, t->from);
    if (partner == NULL || partner->id == 0)
        return false;
    t->from = partner->id;
    return true;
}

/*
 * The receive phase of `t`, and of whoever could thereby finish its send and
 * go on to its own: a chain, so a loop.
 */
static void
receive_phase(struct thread *t)
{
    for (;;) {
        struct thread *s;

        if (t->from == X2_NILTHREAD) {
            return_registers(t, X2_NILTHREAD, 0);
            unblock(t);
            return;
        }
        if (!resolve_from(t)) {
            fail(t, X2_IPC_NO_PARTNER | X2_IPC_RECEIVE, 0);
            return;
        }
        s = first_acceptable(t, t->from);
        if (s == NULL) {
            block_receive(t);
            return;
        }
        sender_unqueue(s);
        if (!deliver(s, t))
            return;
        t = s;
    }
}

void
ipc_syscall(struct thread *t)
{
    uint32_t to = t->regs.eax;

    t->kind = IPC_PLAIN;
    t->origin = 0;
    t->from = t->regs.edx;
    t->timeouts = t->regs.ecx;
    t->utcb[0] = t->regs.esi;
    if (to == X2_NILTHREAD || send_phase(t, to))
        receive_phase(t);
}

/* --- the kernel's own messages -------------------------------------------- */

void
ipc_halt(struct thread *t, const char *what, uint32_t value)
{
    print("pinenut: thread %u.%u halted: %s %x at %08x\n",
          X2_THREAD_NO(t->full_id), t->full_id & 0x3fffu, what, value,
          t->frame.eip);
    t->halted = true;
    t->kind = IPC_PLAIN;
    sched_remove(t);
}

void
ipc_fault(struct thread *t, enum ipc_kind kind, uint32_t to, const char *what)
{
    struct thread *r = thread_resolve(t->space, to);

    if (r == NULL || r->id == 0 || r == t) {
        ipc_halt(t, what, t->fault[1]);
        return;
    }
    t->kind = (uint8_t)kind;
    t->origin = 0;
    t->from = r->id;
    if (accepts(r, t)) {
        sched_prefer(r);
        (void)deliver(t, r);
        t->state = THREAD_WAITING;
        receive_phase(t);
    } else {
        sender_queue(t, r);
    }
}

void
ipc_wait_start(struct thread *t, uint32_t pager)
{
    t->kind = IPC_START;
    t->from = pager;
    t->state = THREAD_WAITING;
}

/* --- breaking off ---------------------------------------------------------- */

static bool
is_sending(const struct thread *t)
{
    return t->state == THREAD_SENDING;
}

void
ipc_abort(struct thread *t, uint32_t reason)
{
    bool sending = is_sending(t);

    if (!sending && !thread_receiving(t))
        return;
    if (sending)
        sender_unqueue(t);
    if (t->wait != 0 || t->kind == IPC_PLAIN)
        fail(t, reason | (sending ? X2_IPC_SEND : X2_IPC_RECEIVE), 0);
    else
        unblock(t);
}

void
ipc_timeout(struct thread *t)
{
    ipc_abort(t, X2_IPC_TIMEOUT);
}

/*
 * A thread that waits for its pager's or handler's answer, and this one is no
 * more, will fault again and then be told so.
 */
void
ipc_bury(struct thread *t)
{
    while (t->senders != NULL)
        ipc_abort(t->senders, X2_IPC_NO_PARTNER);
    if (t->id == 0) /* inactive: nobody could wait for it */
        return;
    for (uint32_t n = X2_USER_BASE; n < thread_high; n++) {
        struct thread *w = &tcb_array[n];

        if (w->wait == t->id
            || (w->state == THREAD_WAITING && w->from == t->id
                && w->kind != IPC_START))
            if (w != t)
                ipc_abort(w, X2_IPC_NO_PARTNER);
    }
}
