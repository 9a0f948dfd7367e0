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

#include "ipc/interrupt.h"
#include "ipc/long.h"
#include "ipc/notify.h"
#include "ipc/phases.h"
#include "ipc/transfer.h"
#include "kern/clock.h"
#include "kern/console.h"
#include "kern/sched.h"
#include "kern/string.h"
#include "kern/timeout.h"

#define SEND_TIMEOUT(timeouts) ((timeouts) >> 16)
#define POLL_PATIENCE_US 10000u
#define RECEIVE_TIMEOUT(timeouts) ((timeouts)&0xffffu)

/* --- the queue of senders (KERN-3, IPC-1) ---------------------------------- */

static void
sender_queue(struct thread *s, struct thread *r)
{
    struct thread *first = r->senders;

    if (space_redirectors == 0)
        s->intended = 0; /* there may be one when its turn comes */
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
    if (s->kind == IPC_PLAIN) /* else a transfer goes on behind the fault */
        restart_end(s);
}

void
ipc_unqueue(struct thread *s)
{
    struct thread *r = s->partner;

    if (s->send.next == s) {
        r->senders = NULL;
        thread_mark_quiet(r);
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
    if (from == X2_ANYTHREAD || from == s->id)
        return true;
    if (from == X2_ANYLOCALTHREAD)
        return s->space == r->space;
    return s->origin != 0 && from == s->origin;
}

/* Does `r`, which does not wait hot for `s` or for anyone, wait for it? */
COLD static bool
accepts_unusual(const struct thread *r, const struct thread *s)
{
    if (r->wait != 0) /* and might expect whom `s` speaks for */
        return filter_matches(r->wait, r, s);
    return r->state == THREAD_WAITING && filter_matches(r->from, r, s);
}

INLINE bool
accepts(const struct thread *r, const struct thread *s)
{
    uint32_t wait = r->wait;

    return wait == X2_ANYTHREAD || wait == s->id || accepts_unusual(r, s);
}

/* --- redirection (X.2 "SpaceControl", "IPC") -------------------------------- */

static uint32_t
redirector_of(const struct space *s, const struct thread *t,
              const struct thread *r)
{
    uint32_t id = s != NULL ? s->redirector : 0;

    return id == t->id || id == r->id ? 0 : id;
}

/* The redirector between the two, or 0. */
COLD static uint32_t
redirector(const struct thread *t, const struct thread *r)
{
    uint32_t id;

    if (t->space == r->space)
        return 0;
    id = redirector_of(t->space, t, r);
    return id != 0 ? id : redirector_of(r->space, t, r);
}

bool
ipc_redirected(const struct thread *t, const struct thread *r)
{
    return redirector(t, r) != 0;
}

/*
 * Between two spaces, the sender's redirector takes the message, else the
 * receiver's.  NULL: that is no thread any more.
 */
COLD static struct thread *
redirect(struct thread *t, struct thread *r)
{
    uint32_t id = r != NULL ? redirector(t, r) : 0;

    t->intended = 0;
    if (id == 0)
        return r;
    t->intended = r->id;
    return thread_partner(t->space, id);
}

/* --- ends of a call -------------------------------------------------------- */

/* Whoever asks for it then wakes `t`, or prefers it. */
COLD static void
unblock(struct thread *t)
{
    t->wait = 0;
    t->state = THREAD_READY;
    t->kind = IPC_PLAIN;
    t->partner = NULL;
    timeout_cancel(t);
}

/* What every Ipc returns: MR0-2 in registers as in memory, no stale ids. */
INLINE void
return_registers(struct thread *t, uint32_t from, uint32_t tag)
{
    uint32_t *mr = t->utcb;

    mr[0] = tag;
    t->regs.eax = from;
    t->regs.ecx = t->regs.edx = 0;
    t->regs.esi = tag;
    t->regs.edi = t->local_id;
    t->regs.ebx = mr[1];
    t->regs.ebp = mr[2];
}

COLD void
ipc_finish(struct thread *t, uint32_t from, uint32_t tag)
{
    return_registers(t, from, tag);
    unblock(t);
}

COLD void
ipc_fail(struct thread *t, uint32_t error, uint32_t kept)
{
    t->utcb[X2_UTCB_ERROR_CODE] = error;
    restart_end(t);
    ipc_finish(t, X2_NILTHREAD, (kept & ~X2_TAG_FLAGS) | X2_TAG_ERROR);
    sched_wake(t);
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
 * of its space; and a redirector for the threads between whom it stands.  0: for nobody but itself; the flag is then ignored.
 */
COLD static uint32_t
origin_of(const struct thread *t, const struct thread *r)
{
    const struct thread *v;

    v = thread_partner(t->space, t->utcb[X2_UTCB_VIRTUAL_SENDER]);
    if (v == NULL || v->space == NULL || r->space == NULL)
        return 0;
    if (v->space == t->space || r->space == t->space
        || v->space->redirector == t->id || r->space->redirector == t->id)
        return v->id;
    return 0;
}

/*
 * `r` takes a message that `s` sent for its origin: that is whom it came from,
 * and if the origin waits for `s`, its answer may now come straight from `r`.
 */
COLD static uint32_t
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

/* `r` has got the message of `s`, and perhaps of somebody behind it. */
static void
finish_receive(struct thread *r, struct thread *s, uint32_t error)
{
    uint32_t from = id_for(r, s), tag = r->regs.esi;

    if (error != 0) {
        tag |= X2_TAG_ERROR;
        r->utcb[X2_UTCB_ERROR_CODE] = error | X2_IPC_RECEIVE;
    }
    if (space_redirectors != 0 && s->intended != 0) {
        tag |= X2_TAG_REDIRECTED;
        r->utcb[X2_UTCB_INTENDED_RECEIVER] = s->intended;
    }
    if (s->origin != 0) {
        tag |= X2_TAG_PROPAGATED;
        from = propagate(s, r);
    }
    ipc_finish(r, from, tag);
}

/*
 * Hand over the message of `s`; `r` is then unblocked, but not in the ready
 * queue.  Not 0: it was cut, and `s` has to be told (sent()); or it is long,
 * and under way.
 */
COLD static uint32_t
deliver_any(struct thread *s, struct thread *r)
{
    uint32_t error = message_transfer(s, r);

    if (error == MESSAGE_IS_LONG) {
        long_begin(s, r);
        return error;
    }
    if (r->kind == IPC_PLAIN) {
        finish_receive(r, s, error);
        return error;
    }
    unblock(r);
    if (r->space == NULL)
        interrupt_answered(r);
    return error;
}

/*
 * The same; straight on for words alone, from a system call to another that
 * waits hot (KERN-5).
 */
static uint32_t
deliver(struct thread *s, struct thread *r)
{
    uint32_t tag = s->utcb[0];

    if (s->condition != THREAD_READY || r->condition != THREAD_READY
        || (s->origin | (tag & (X2_TAG_T | X2_TAG_FLAGS))) != 0)
        return deliver_any(s, r);
    copy_words(&r->utcb[1], &s->utcb[1], tag & X2_TAG_U);
    return_registers(r, id_for(r, s), tag);
    r->wait = 0;
    return 0;
}

COLD static bool
is_sent(struct thread *s, uint32_t error)
{
    if (s->kind != IPC_PLAIN)
        return true;
    if (error != MESSAGE_IS_LONG)
        ipc_fail(s, error | X2_IPC_SEND, s->utcb[0]);
    return false;
}

/* Is the send of `s` done, so that it goes on to receive? */
INLINE bool
sent(struct thread *s, uint32_t error)
{
    return error == 0 || is_sent(s, error);
}

/* --- the phases ------------------------------------------------------------ */

/* Wait for a time; false = it has come already. */
static bool
wait_until(struct thread *t, uint32_t timeout)
{
    uint64_t now, end;

    if (timeout == X2_TIME_NEVER)
        return true;
    now = clock_now();
    end = timeout_end(timeout, now);
    if (end <= now)
        return false;
    timeout_set(t, end);
    return true;
}

/* The receiver, if it has the message.  Else `t` waits or has failed: NULL. */
static struct thread *
send_phase(struct thread *t, uint32_t to)
{
    struct thread *r = thread_place(to);

    if (r->id != to)
        r = thread_partner(t->space, to); /* a local id, or nobody's */
    if (space_redirectors != 0) {
        r = redirect(t, r);
        if (t->intended != 0)
            t->utcb[0] |= X2_TAG_REDIRECTED; /* so deliver() looks closer */
    }
    if (r == NULL) {
        ipc_fail(t, X2_IPC_NO_PARTNER | X2_IPC_SEND, 0);
        return NULL;
    }
    if ((t->regs.esi & X2_TAG_PROPAGATED) != 0)
        t->origin = origin_of(t, r);
    if (accepts(r, t)) {
        sched_prefer(r);
        return sent(t, deliver(t, r)) ? r : NULL;
    }
    if (wait_until(t, SEND_TIMEOUT(t->timeouts)))
        sender_queue(t, r);
    else
        ipc_fail(t, X2_IPC_TIMEOUT | X2_IPC_SEND, 0);
    return NULL;
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
    uint32_t timeout = RECEIVE_TIMEOUT(t->timeouts);

    if (t->condition == THREAD_READY && timeout == X2_TIME_NEVER
        && t->from != X2_ANYLOCALTHREAD && t->space->redirector == 0)
        t->wait = t->from; /* KERN-1 */
    else if (t->kind != IPC_PLAIN || wait_until(t, timeout))
        t->state = THREAD_WAITING;
    else
        ipc_fail(t, X2_IPC_TIMEOUT | X2_IPC_RECEIVE, 0);
}

/*
 * A closed receive names an active thread, and its id is made global.  `known`
 * is one: whom `t` has just sent to and, after a call, receives from.
 */
static bool
resolve_from(struct thread *t, const struct thread *known)
{
    const struct thread *partner;

    if (t->from == X2_ANYTHREAD || t->from == known->id
        || t->from == X2_ANYLOCALTHREAD)
        return true;
    partner = thread_partner(t->space, t->from);
    if (partner == NULL)
        return false;
    t->from = partner->id;
    return true;
}

/*
 * `s`, queued here, has pages to give, and that may take long.  So `t` waits,
 * even if it came to poll, and `s` sends as if it came only now (IPC-8).
 */
COLD static void
let_send(struct thread *s, struct thread *t)
{
    if (t->kind == IPC_PLAIN && !wait_until(t, RECEIVE_TIMEOUT(t->timeouts)))
        timeout_set(t, clock_now() + POLL_PATIENCE_US);
    t->state = THREAD_WAITING;
    ipc_unqueue(s);
    s->restart = ipc_syscall;
    sched_wake(s);
}

/*
 * The receive phase of `t`, and of whoever could thereby finish its send and
 * go on to its own: a chain, so a loop.
 */
COLD static void
receive_phase(struct thread *t, const struct thread *known)
{
    for (;;) {
        struct thread *s;
        uint32_t error;

        if (t->from == X2_NILTHREAD) {
            ipc_finish(t, X2_NILTHREAD, 0);
            sched_wake(t);
            return;
        }
        if (!resolve_from(t, known)) {
            ipc_fail(t, X2_IPC_NO_PARTNER | X2_IPC_RECEIVE, 0);
            return;
        }
        if (notify_take(t)) {
            sched_wake(t);
            return;
        }
        s = first_acceptable(t, t->from);
        if (s == NULL) {
            block_receive(t);
            return;
        }
        if ((s->utcb[0] & X2_TAG_T) != 0 && s->kind == IPC_PLAIN) {
            let_send(s, t);
            return;
        }
        ipc_unqueue(s);
        error = deliver(s, t);
        sched_wake(t);
        if (!sent(s, error))
            return;
        known = t;
        t = s;
    }
}

/* The same; most of the time there is nothing to do but to wait hot. */
INLINE void
receive_or_wait(struct thread *t, const struct thread *known)
{
    uint32_t from = t->from;
    bool at_once = !t->no_senders
                   || RECEIVE_TIMEOUT(t->timeouts) != X2_TIME_NEVER;

    if ((from == X2_ANYTHREAD || from == known->id) && !at_once)
        t->wait = from; /* KERN-1 */
    else
        receive_phase(t, known);
}

void
ipc_sent_long(struct thread *s, struct thread *r, uint32_t error)
{
    finish_receive(r, s, error);
    if (r != current)
        sched_prefer(r);
    if (sent(s, error))
        receive_phase(s, r);
}

void
ipc_syscall(struct thread *t)
{
    uint32_t to = t->regs.eax;
    const struct thread *r = t;

    t->origin = 0;
    t->from = t->regs.edx;
    t->timeouts = t->regs.ecx;
    t->utcb[0] = t->regs.esi;
    if (to != X2_NILTHREAD)
        r = send_phase(t, to);
    if (r != NULL)
        receive_or_wait(t, r);
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
    struct thread *r = thread_partner(t->space, to);

    if (space_redirectors != 0 && kind != IPC_INTERRUPT)
        r = redirect(t, r);
    if (r == NULL || r == t) {
        ipc_halt(t, what, t->fault[1]);
        return;
    }
    t->kind = (uint8_t)kind;
    t->origin = 0;
    t->from = r->id;
    if (accepts(r, t)) {
        sched_prefer(r);
        (void)deliver(t, r);
        receive_phase(t, r);
    } else {
        sender_queue(t, r);
    }
}

void
ipc_page_fault(struct thread *t, vaddr_t va, bool write)
{
    uint32_t rights = write ? X2_FPAGE_W : X2_FPAGE_R | X2_FPAGE_X;

    t->fault[0] = X2_TAG_PAGE_FAULT | rights << X2_TAG_LABEL_SHIFT;
    t->fault[1] = va;
    ipc_fault(t, IPC_PAGE_FAULT, t->utcb[X2_UTCB_PAGER],
              "no pager for a page fault at");
}

void
ipc_wait_start(struct thread *t, uint32_t pager)
{
    t->kind = IPC_START;
    t->from = pager;
    t->state = THREAD_WAITING;
}

/* --- breaking off ---------------------------------------------------------- */

bool
ipc_is_sending(const struct thread *t)
{
    return t->state == THREAD_SENDING || t->restart == ipc_syscall;
}

void
ipc_abort(struct thread *t, uint32_t reason)
{
    bool sending = ipc_is_sending(t);

    if (t->transfer != TRANSFER_NONE) {
        long_abort(t, reason == X2_IPC_TIMEOUT);
        return;
    }
    if (!sending && !thread_receiving(t))
        return;
    if (t->state == THREAD_SENDING)
        ipc_unqueue(t);
    if (t->kind == IPC_PLAIN) {
        ipc_fail(t, reason | (sending ? X2_IPC_SEND : X2_IPC_RECEIVE), 0);
        return;
    }
    unblock(t);
    sched_wake(t);
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
    struct progress *p = &current->progress;

    while (t->senders != NULL) {
        ipc_abort(t->senders, X2_IPC_NO_PARTNER);
        preempt(300);
    }
    if (t->utcb == NULL) /* inactive: nobody could wait for it */
        return;
    if (p->status != t->full_id)
        *p = (struct progress){.at = X2_USER_BASE, .status = t->full_id};
    for (; p->at < thread_high; p->at++) {
        struct thread *w = &tcb_array[p->at];

        preempt(30);
        if (w->wait == t->full_id
            || (w->state == THREAD_WAITING && w->from == t->full_id
                && w->kind != IPC_START))
            if (w != t)
                ipc_abort(w, X2_IPC_NO_PARTNER);
    }
}
