/*
 * kern/space_control.c - the SpaceControl system call.
 *
 * Layer 6.  X.2 "SpaceControl": privileged.
 * EAX SpaceSpecifier, ECX control, EDX KipArea, ESI UtcbArea, EDI Redirector;
 * EAX = 1, ECX old control word, EDX base, ESI size; or 0 with ErrorCode 1, 3,
 * 5, 6, 7 or 8.
 *
 * The control word of X.2's IA-32 binding places a space in the small area in
 * steps of 4 MB; Pinenut's extension gives it any number of pages, where asked
 * or wherever there is room (<pinenut/x2.h>).  Refusing either is no error: bit
 * "e" tells.
 */
#include <pinenut/x2.h>

#include "kern/layout.h"
#include "kern/restart.h"
#include "kern/syscall.h"
#include "mm/fpage.h"
#include "seg/slot.h"

#define SMALL_UNIT 0x400000u /* 4 MB */
#define SLOT_STEPS 1000 /* about what a claim or release takes */
#define KIP_BITS 12u
#define UTCB_AREA_BITS 12u

/* Inside the user area, and at least 2^bits long. */
static bool
is_area(struct fpage f, uint32_t bits)
{
    return f.bits >= bits && f.bits < 32 && f.base < USER_TOP
        && 1u << f.bits <= USER_TOP - f.base;
}

static bool
overlap(struct fpage a, struct fpage b)
{
    return a.base - b.base < 1u << b.bits || b.base - a.base < 1u << a.bits;
}

static uint32_t
set_areas(struct space *s, uint32_t kip_word, uint32_t utcb_word)
{
    struct fpage kip = fpage_decode(kip_word);
    struct fpage utcb = fpage_decode(utcb_word);

    if (s->kip != 0) /* only the first call counts (X.2: no active threads) */
        return 0;
    if (!is_area(utcb, UTCB_AREA_BITS))
        return X2_ERR_UTCB_AREA;
    if (!is_area(kip, KIP_BITS) || kip.base == 0 || overlap(kip, utcb))
        return X2_ERR_KIP_AREA;
    if (!space_set_areas(s, kip.base, utcb.base, 1u << utcb.bits))
        return X2_ERR_NO_MEMORY;
    return 0;
}

/* --- the control word ------------------------------------------------------ */

/* Into a slot that was claimed. */
static bool
place(struct space *s, vaddr_t base, uint32_t size)
{
    preempt_later(2 * SLOT_STEPS);
    if (space_make_small(s, base, size))
        return true;
    slot_release(base, size);
    return false;
}

/* Would [base, base + size) be free if the space left its own slot? */
static bool
is_only_in_own_way(const struct space *s, vaddr_t base, uint32_t size)
{
    bool possible;

    slot_release(s->base, s->size);
    possible = slot_claim_at(base, size);
    if (possible)
        slot_release(base, size);
    if (!slot_claim_at(s->base, s->size))
        assert(!"a slot just released is free");
    return possible;
}

/* The old place and the new overlap: by way of a directory of its own. */
static bool
claim_over_itself(struct space *s, vaddr_t base, uint32_t size)
{
    if (!space_is_small(s) || !is_only_in_own_way(s, base, size)
        || !space_make_large(s))
        return false;
    space_finish();
    return slot_claim_at(base, size);
}

/* Exactly there; it fits. */
static bool
place_at(struct space *s, vaddr_t base, uint32_t size)
{
    preempt(SLOT_STEPS);
    return (slot_claim_at(base, size) || claim_over_itself(s, base, size))
        && place(s, base, size);
}

/* X.2: with p the lowest bit, 4 MB << p at (the rest) * 2 MB. */
static bool
place_by_number(struct space *s, uint32_t number, struct progress *p)
{
    uint32_t lowest = number & (0u - number), size = SMALL_UNIT * lowest;

    if (number == 0)
        return space_make_large(s);
    if (!PINENUT_SMALL_SPACES)
        return false;
    if (s->small_number == number)
        return true;
    if (!space_fits(s, size, p)
        || !place_at(s, SMALL_AREA_BASE + (number - lowest) * (SMALL_UNIT / 2),
                     size))
        return false;
    s->small_number = (uint8_t)number;
    return true;
}

/* Without moving; it is small, and nothing lies beyond `size`. */
static bool
resize_in_place(struct space *s, uint32_t size)
{
    vaddr_t end = s->base + s->size;

    if (size > s->size && !slot_claim_at(end, size - s->size))
        return false;
    if (size < s->size)
        slot_release(s->base + size, s->size - size);
    space_resize(s, size);
    return true;
}

/*
 * Wherever there is room.  Neighbouring colours would do for two spaces; a step
 * that is odd walks through all sets of the data TLB before it repeats, and
 * spaces laid out alike (code, stack, UTCB in a row) still keep apart.
 */
static bool
place_anywhere(struct space *s, uint32_t size, struct progress *p)
{
    static unsigned colour;
    vaddr_t base;

    do
        preempt(SLOT_STEPS);
    while ((base = slot_claim(size, colour, &p->item)) == 0 && p->item != 0);
    if (base == 0 || !place(s, base, size))
        return false;
    colour = (colour + 5) % SLOT_COLOURS;
    return true;
}

/* PN_SPACE_AT: at `base`, or if that is 0 elsewhere; else preferably here. */
static bool
place_by_pages(struct space *s, uint32_t control, vaddr_t base,
               struct progress *p)
{
    uint32_t pages = control & PN_SPACE_PAGES_MASK, size = pages << PAGE_BITS;

    if ((control & PN_SPACE_AT) == 0)
        base = s->base;
    if (pages == 0)
        return space_make_large(s);
    if (!PINENUT_SMALL_SPACES || pages > SMALL_AREA_MAX >> PAGE_BITS
        || !space_fits(s, size, p))
        return false;
    preempt(2 * SLOT_STEPS);
    if (!space_is_small(s) || base != s->base || !resize_in_place(s, size))
        if (!((control & PN_SPACE_AT) != 0 && base != 0
                  ? place_at(s, base, size)
                  : place_anywhere(s, size, p)))
            return false;
    s->small_number = 0;
    return true;
}

/* p->status = what it was before a first, interrupted try, or 0. */
static uint32_t
control_word(struct space *s, uint32_t control, vaddr_t base,
             struct progress *p)
{
    bool effective = false;

    if (p->status == 0)
        p->status = s->small_number | X2_SPACE_EFFECTIVE
            | (space_is_small(s) ? PN_SPACE_WAS_SMALL : 0)
            | (s->asks_pager ? PN_SPACE_ASKS_PAGER : 0);
    if (s->kip == 0) {
        /* its areas must come first */
    } else if ((control & X2_SPACE_SMALL_NUMBER) != 0) {
        effective = place_by_number(s, control & 0xff, p);
    } else if ((control & PN_SPACE_SMALL_PAGES) != 0) {
        effective = place_by_pages(s, control, base, p);
        if (effective)
            s->asks_pager = (control & PN_SPACE_ASKS_PAGER) != 0;
    }
    return effective ? p->status : p->status & ~X2_SPACE_EFFECTIVE;
}

/* Its threads wait where every sender is asked: KERN-1, KERN-3. */
static void
set_redirector(struct space *s, uint32_t id)
{
    space_set_redirector(s, id == X2_ANYTHREAD ? 0 : id);
    for (struct thread *t = s->first_thread; t != NULL; t = t->family.next) {
        thread_cool(t);
        thread_mark_quiet(t);
    }
}

void
sys_space_control(struct thread *t)
{
    struct thread *member = thread_by_id(t->regs.eax);
    uint32_t redirector = t->regs.edi, error;

    if (!t->space->privileged) {
        syscall_failed(t, X2_ERR_NO_PRIVILEGE);
        return;
    }
    if (member == NULL || member->space == NULL) {
        syscall_failed(t, X2_ERR_INVALID_SPACE);
        return;
    }
    if (redirector != X2_NILTHREAD && redirector != X2_ANYTHREAD
        && thread_by_id(redirector) == NULL) {
        syscall_failed(t, X2_ERR_INVALID_PARAM);
        return;
    }
    error = set_areas(member->space, t->regs.edx, t->regs.esi);
    if (error != 0) {
        syscall_failed(t, error);
        return;
    }
    if (redirector != X2_NILTHREAD)
        set_redirector(member->space, redirector);
    t->restart = sys_space_control;
    t->regs.ecx = control_word(member->space, t->regs.ecx, t->regs.edx,
                               &t->progress);
    t->regs.edx = member->space->base;
    t->regs.esi = member->space->size;
    syscall_done(t);
    restart_finish(t);
}
