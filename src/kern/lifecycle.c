/*
 * kern/lifecycle.c - threads come and go.
 *
 * Layer 6.
 */
#include "kern/lifecycle.h"

#include <pinenut/x2.h>

#include "ipc/ipc.h"
#include "kern/fpu.h"
#include "kern/kdb.h"
#include "kern/ports.h"
#include "kern/restart.h"
#include "kern/sched.h"
#include "kern/string.h"
#include "kern/syscall.h"
#include "kern/timeout.h"

#define DEFAULT_PRIORITY 100u

struct thread *
thread_create(uint32_t id, struct space *s, uint32_t scheduler)
{
    struct thread *t = thread_by_number(X2_THREAD_NO(id));

    assert(t->state == THREAD_FREE);
    thread_high = max_u32(thread_high, X2_THREAD_NO(id) + 1);
    t->state = THREAD_INACTIVE;
    t->number = X2_THREAD_NO(id);
    t->full_id = id;
    t->scheduler = scheduler;
    t->priority = DEFAULT_PRIORITY;
    t->slice = t->slice_left = DEFAULT_SLICE_US;
    t->utcb_location = UTCB_UNCHANGED;
    t->no_senders = 1;
    thread_join(t, s);
    return t;
}

uint32_t
utcb_prepare(struct space *s, uint32_t location)
{
    if (s->kip == 0)
        return X2_ERR_INVALID_SPACE;
    if (location % X2_UTCB_SIZE != 0 || location < s->utcb
        || location - s->utcb > s->utcb_size - X2_UTCB_SIZE)
        return X2_ERR_UTCB_AREA;
    return space_utcb(s, location) == NULL ? X2_ERR_NO_MEMORY : 0;
}

/* What stands at t->utcb_location is its UTCB. */
static void
utcb_attach(struct thread *t)
{
    char *block = space_utcb(t->space, t->utcb_location);

    t->utcb = (uint32_t *)(void *)(block + X2_UTCB_MR0);
    t->local_id = t->utcb_location + X2_UTCB_MR0;
    t->utcb[X2_UTCB_MY_GLOBAL_ID] = t->full_id;
    t->utcb[X2_UTCB_PROCESSOR] = 0;
    thread_mark_quiet(t);
}

void
thread_activate(struct thread *t, uint32_t pager)
{
    memset(space_utcb(t->space, t->utcb_location), 0, X2_UTCB_SIZE);
    utcb_attach(t);
    t->utcb[X2_UTCB_PAGER] = pager;
    t->id = t->full_id;
    thread_set_start(t, 0, 0);
    ipc_wait_start(t, pager);
}

/*
 * The new id is good at once, so that whoever begins to wait for `t` during
 * the burial waits for that; the old one is good until the burial is done.
 */
void
thread_rename(struct thread *t, uint32_t id)
{
    if (t->id != 0) {
        t->id = id;
        t->utcb[X2_UTCB_MY_GLOBAL_ID] = id;
    }
    ipc_bury(t);
    t->full_id = id;
}

/* A space without threads is nobody's: it dies. */
void
thread_quit(struct thread *t)
{
    struct space *old = t->space;

    ports_forget(t);
    thread_leave(t);
    if (old->first_thread == NULL)
        space_abandon(old);
}

/* Out of every queue, as if it had nothing to wait for. */
static void
disentangle(struct thread *t)
{
    if (t->restart == sys_unmap) /* of the space that it is to leave */
        sys_unmap(t);
    if (t->state == THREAD_CONSOLE)
        kdb_wait_cancel(t);
    ipc_abort(t, X2_IPC_CANCELLED);
    timeout_cancel(t);
}

void
thread_move(struct thread *t, struct space *s, uint32_t location)
{
    if (t->state != THREAD_WAITING || t->kind != IPC_START)
        disentangle(t);
    memcpy(space_utcb(s, location), (char *)t->utcb - X2_UTCB_MR0,
           X2_UTCB_SIZE);
    thread_quit(t);
    thread_join(t, s);
    t->utcb_location = location;
    utcb_attach(t);
}

void
thread_delete(struct thread *t)
{
    restart_end(t);
    if (t->id != 0)
        disentangle(t);
    t->halted = true; /* while it is buried nobody sends to it or hears it */
    t->id = 0;
    sched_remove(t);
    ipc_bury(t);
    fpu_forget(t);
    thread_quit(t);
    thread_free(t);
}
