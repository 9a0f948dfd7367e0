/*
 * ipc/long.c - carrying a message with strings, page by page.
 *
 * Layer 5.
 */
#include "ipc/long.h"

#include <pinenut/x2.h>

#include "ipc/ipc.h"
#include "ipc/phases.h"
#include "ipc/strings.h"
#include "ipc/transfer.h"
#include "kern/clock.h"
#include "kern/sched.h"
#include "kern/timeout.h"
#include "mm/mapdb.h"

#define BYTES_SHIFT 4 /* in an ErrorCode */

static void long_continue(struct thread *t);

static struct thread *
sender_of(struct thread *t)
{
    return t->transfer == TRANSFER_SENDER ? t : t->peer;
}

void
long_begin(struct thread *s, struct thread *r)
{
    struct string_transfer *x = &s->strings;

    if (space_redirectors == 0)
        s->intended = 0;
    x->to.at = 0;
    x->begun = x->mapping = false;
    x->bytes = 0;
    x->receive = s->from;
    x->origin = s->origin;
    x->intended = s->intended;
    x->deadline = 0;
    timeout_cancel(r);
    r->wait = 0;
    r->kind = IPC_PLAIN;
    r->state = THREAD_COPYING;
    r->transfer = TRANSFER_RECEIVER;
    r->peer = s;
    r->restart = s->restart = long_continue;
    s->state = THREAD_READY;
    s->transfer = TRANSFER_SENDER;
    s->peer = r;
    sched_wake(s);
}

/* Both are ordinary threads again, which have exchanged a message. */
static struct thread *
end(struct thread *s)
{
    struct thread *r = s->peer;

    s->transfer = r->transfer = TRANSFER_NONE;
    restart_end(s);
    restart_end(r);
    s->from = s->strings.receive;
    s->origin = s->strings.origin;
    s->intended = s->strings.intended;
    return r;
}

/* All items are over, or `error` has cut the message. */
static void
complete(struct thread *s, uint32_t error)
{
    struct thread *r = end(s);

    if (error != 0)
        error |= s->strings.bytes << BYTES_SHIFT;
    ipc_sent_long(s, r, error);
}

static void
fail_one(struct thread *t, uint32_t error, uint32_t tag)
{
    if (t->state == THREAD_SENDING) /* the message of a page fault */
        ipc_unqueue(t);
    ipc_fail(t, error, tag);
}

/* Two codes, without their phase bits. */
static void
break_off(struct thread *s, uint32_t senders, uint32_t receivers)
{
    struct thread *r = end(s);
    uint32_t bytes = s->strings.bytes << BYTES_SHIFT, tag = r->regs.esi;

    fail_one(r, receivers | X2_IPC_RECEIVE | bytes, tag);
    fail_one(s, senders | X2_IPC_SEND | bytes, tag);
}

static void
time_out(struct thread *s)
{
    bool receivers = s->strings.timeout_is_receivers;

    break_off(s, receivers ? X2_IPC_XFER_PARTNER : X2_IPC_XFER_OWN,
              receivers ? X2_IPC_XFER_OWN : X2_IPC_XFER_PARTNER);
}

void
long_abort(struct thread *t, bool timeout)
{
    struct thread *s = sender_of(t);

    if (timeout)
        time_out(s);
    else
        break_off(s, X2_IPC_ABORTED, X2_IPC_ABORTED);
}

/*
 * The first page fault starts the clock, for the shorter of the two transfer
 * timeouts.  False: the time is over.
 */
static bool
time_is_left(struct thread *s, struct thread *r)
{
    struct string_transfer *x = &s->strings;
    uint32_t sends = s->utcb[X2_UTCB_XFER_TIMEOUTS] >> 16;
    uint32_t receives = r->utcb[X2_UTCB_XFER_TIMEOUTS] & 0xffff;
    uint64_t now = clock_now(), deadline = timeout_end(sends, now);

    if (x->deadline == 0) {
        x->deadline = timeout_end(receives, now);
        x->timeout_is_receivers = x->deadline < deadline;
        if (!x->timeout_is_receivers)
            x->deadline = deadline;
    }
    return x->deadline > now;
}

/* `t`, one of the two, lacks the page of t->fault[1]: its pager's turn. */
static void
fault(struct thread *s, struct thread *t, bool write)
{
    if (!time_is_left(s, s->peer)) {
        time_out(s);
        return;
    }
    t->peer->state = THREAD_COPYING;
    t->state = THREAD_READY;
    if (s->strings.deadline != TIME_NEVER)
        timeout_set(t, s->strings.deadline);
    ipc_page_fault(t, t->fault[1], write);
}

/* Behind a string: pages, up to the next string.  May be interrupted. */
static void
items(struct thread *s, struct thread *r)
{
    uint32_t error;

    s->strings.mapping = true;
    error = message_items(s, r, s->strings.from.at);
    s->strings.mapping = false;
    mapdb_forget(&s->progress);
    if (error != MESSAGE_IS_LONG)
        complete(s, error);
}

/* `t`, chosen to run, is one of the two (KERN-6): a page further. */
static void
long_continue(struct thread *t)
{
    struct thread *s = sender_of(t), *r = s->peer;
    struct string_transfer *x = &s->strings;

    if (x->mapping) {
        items(s, r);
        return;
    }
    switch (x->begun ? strings_copy(s, r) : strings_begin(s, r)) {
    case COPY_MORE:
        x->begun = true;
        break;
    case COPY_CUT:
        complete(s, X2_IPC_OVERFLOW);
        break;
    case COPY_READ_FAULT:
        fault(s, s, false);
        break;
    case COPY_WRITE_FAULT:
        fault(s, r, true);
        break;
    case COPY_DONE:
        x->begun = false;
        items(s, r);
    }
}
