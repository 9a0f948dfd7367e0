/*
 * space.c - threads and address spaces (pn/space.h).
 *
 * The order of the calls is X.2's: an inactive thread brings the space into
 * being, SpaceControl gives it its two areas, and only then can the thread be
 * given a UTCB and a pager, which activates it.
 */
#include <pn/space.h>
#include <pn/program.h>
#include <l4/ipc.h>
#include <l4/kip.h>

#define KEEP_UTCB ((void *)-1)

L4_Word_t pn_utcb_slot(L4_Word_t utcb_area, unsigned n)
{
    return utcb_area + n * L4_UtcbSize(0);
}

L4_Word_t pn_own_utcb_slot(unsigned n)
{
    L4_Word_t size = L4_UtcbSize(0);

    return (L4_MyLocalId().raw & -size) + n * size;
}

/* Delete `tid` without losing the error code of what failed before. */
static int undo(L4_ThreadId_t tid)
{
    L4_Word_t error = L4_ErrorCode();

    (void)pn_thread_kill(tid);
    l4_tcr_set(L4_TCR_ERROR_CODE, error);
    return 0;
}

int pn_space_make(L4_ThreadId_t tid, const struct pn_layout *layout,
                  L4_ThreadId_t pager)
{
    L4_ThreadId_t me = L4_MyGlobalId();
    L4_Fpage_t kip = L4_FpageLog2(layout->kip, L4_KipAreaSizeLog2(0));
    L4_Fpage_t utcb = L4_FpageLog2(layout->utcb, layout->utcb_log2);
    L4_Word_t old;

    if (!L4_ThreadControl(tid, tid, me, L4_nilthread, KEEP_UTCB))
        return 0;
    if (!L4_SpaceControl(tid, 0, kip, utcb, L4_nilthread, &old))
        return undo(tid);
    if (!L4_ThreadControl(tid, tid, me, pager, (void *)layout->utcb))
        return undo(tid);
    return 1;
}

int pn_thread_make(L4_ThreadId_t tid, L4_ThreadId_t space, L4_ThreadId_t pager,
                   L4_Word_t utcb_location)
{
    return L4_ThreadControl(tid, space, L4_MyGlobalId(), pager,
                            (void *)utcb_location) != 0;
}

int pn_thread_start(L4_ThreadId_t tid, L4_Word_t ip, L4_Word_t sp)
{
    L4_Set_MsgTag(l4_tag(2));
    L4_LoadMR(1, ip);
    L4_LoadMR(2, sp);
    return L4_IpcSucceeded(L4_Send(tid)) != 0;
}

/* Where pn_thread_run's threads begin: their stack holds a return address, as
 * C expects, and the two parameters. */
static void run(void (*function)(void *), void *argument)
{
    function(argument);
    pn_sleep_forever();
}

int pn_thread_run(L4_ThreadId_t tid, unsigned slot, void (*function)(void *),
                  void *argument, void *stack_top)
{
    L4_Word_t *sp = (L4_Word_t *)stack_top;

    *--sp = (L4_Word_t)argument;
    *--sp = (L4_Word_t)function;
    *--sp = 0;
    if (!pn_thread_make(tid, L4_MyGlobalId(), L4_MyGlobalId(),
                        pn_own_utcb_slot(slot)))
        return 0;
    if (!pn_thread_start(tid, (L4_Word_t)run, (L4_Word_t)sp))
        return undo(tid);
    return 1;
}

int pn_thread_kill(L4_ThreadId_t tid)
{
    return L4_ThreadControl(tid, L4_nilthread, L4_nilthread, L4_nilthread,
                            KEEP_UTCB) != 0;
}

int pn_space_resize(L4_ThreadId_t tid, L4_Word_t pages)
{
    L4_Word_t old = 0;

    return L4_SpaceControl(tid, PN_SmallPages(pages), L4_Nilpage, L4_Nilpage,
                           L4_nilthread, &old) &&
           PN_TookEffect(old);
}

int pn_space_move(L4_ThreadId_t tid)
{
    L4_Word_t old, control;
    struct pn_place place;

    if (!pn_place(tid, 0, 0, &old, &place) || !PN_WasSmall(old))
        return 0;
    control = PN_Elsewhere(PN_SmallPages(place.size >> 12));
    if (PN_AskedPager(old))
        control = PN_AskPager(control);
    return pn_place(tid, control, 0, &old, &place) && PN_TookEffect(old);
}

int pn_space_is_small(L4_ThreadId_t tid)
{
    L4_Word_t old = 0;

    return L4_SpaceControl(tid, 0, L4_Nilpage, L4_Nilpage, L4_nilthread,
                           &old) &&
           PN_WasSmall(old);
}

L4_ThreadId_t pn_new_tid(void)
{
    static L4_Word_t used;
    L4_Word_t number = L4_ThreadIdUserBase(0) + 3 + used;

    if (number >= 1UL << L4_ThreadIdBits(0))
        return L4_nilthread;
    used++;
    return L4_GlobalId(number, 2);
}
