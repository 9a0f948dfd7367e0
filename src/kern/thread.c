/*
 * kern/thread.c - the array of thread control blocks.
 *
 * Layer 4.
 */
#include "kern/thread.h"

#include <pinenut/x2.h>

#include "kern/string.h"
#include "kern/x86.h"
#include "mm/mapdb.h"

HOT_WORD struct thread *current;
uint32_t thread_bits;
HOT_WORD uint32_t thread_mask;
uint32_t thread_high;

#define SELECTORS_DS_ES (SEL_USER_DATA | SEL_USER_DATA << 16)
#define SELECTORS_FS_GS (SEL_USER_GS << 16)

INIT void
thread_init(uint32_t bits)
{
    thread_bits = bits;
    thread_mask = (TCB_SIZE << bits) - TCB_SIZE;
    memset(tcb_array, 0, TCB_SIZE << bits);
}

struct thread *
thread_by_id(uint32_t id)
{
    struct thread *t = thread_place(id);

    return t->full_id == id && id != X2_NILTHREAD ? t : NULL;
}

/*
 * A local id is the address of a UTCB's MR0 and means something only inside
 * its space; the id stored in that UTCB belongs to the user and proves
 * nothing, so the space's own list is searched.
 */
static struct thread *
thread_by_local_id(const struct space *space, uint32_t local)
{
    if (local == X2_NILTHREAD || (local & X2_LOCAL_MASK) != 0)
        return NULL;
    for (struct thread *t = space->first_thread; t != NULL; t = t->family.next)
        if (t->local_id == local && t->id != 0)
            return t;
    return NULL;
}

struct thread *
thread_resolve(const struct space *space, uint32_t id)
{
    struct thread *t = thread_by_id(id);

    return t != NULL ? t : thread_by_local_id(space, id);
}

struct thread *
thread_partner(const struct space *space, uint32_t id)
{
    struct thread *t = thread_place(id);

    if (t->id == id && id != X2_NILTHREAD)
        return t;
    return thread_by_local_id(space, id);
}

void
thread_mark_quiet(struct thread *t)
{
    t->no_senders = t->senders == NULL;
    if (t->id != 0 && t->space != NULL)
        t->no_senders &= (t->utcb[PN_UTCB_NOTIFY_BITS] | t->space->redirector)
            == 0;
}

bool
thread_receiving(const struct thread *t)
{
    return t->wait != 0 || t->state == THREAD_WAITING;
}

void
thread_cool(struct thread *t)
{
    if (t->wait == 0)
        return;
    t->from = t->wait;
    t->wait = 0;
    t->state = THREAD_WAITING;
}

void
thread_join(struct thread *t, struct space *s)
{
    t->space = s;
    t->family.prev = NULL;
    t->family.next = s->first_thread;
    if (s->first_thread != NULL)
        s->first_thread->family.prev = t;
    s->first_thread = t;
}

void
thread_leave(struct thread *t)
{
    struct space *s = t->space;

    if (t->family.next != NULL)
        t->family.next->family.prev = t->family.prev;
    if (t->family.prev != NULL)
        t->family.prev->family.next = t->family.next;
    else
        s->first_thread = t->family.next;
}

void
thread_free(struct thread *t)
{
    memset(t, 0, sizeof *t);
}

void
restart_end(struct thread *t)
{
    t->restart = NULL;
    mapdb_forget(&t->progress);
}

void
thread_set_start(struct thread *t, uint32_t ip, uint32_t sp)
{
    t->frame.eip = ip;
    t->frame.cs = SEL_USER_CODE;
    t->frame.eflags = EFLAGS_IF | EFLAGS_ONE;
    t->frame.esp = sp;
    t->frame.ss = SEL_USER_DATA;
    t->seg_ds_es = SELECTORS_DS_ES;
    t->seg_fs_gs = SELECTORS_FS_GS;
}
