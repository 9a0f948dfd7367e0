/*
 * kern/fpu.c - lazy switching of the floating-point unit.
 *
 * Layer 6.  [P5-v3] 6.3: with TS set the first FPU instruction raises #NM.
 */
#include "kern/fpu.h"

#include "kern/string.h"
#include "kern/x86.h"

/*
 * The state after FINIT ([P5-v3] 6.2.1), and empty registers.  FNINIT itself
 * would leave the former owner's numbers there for FNSAVE to show.
 */
static const uint32_t clean_image[3] = {0x37f, 0, 0xffff};

static struct thread *owner; /* whose registers are in the processor */
HOT_WORD bool fpu_live;

static void
set_live(bool on)
{
    if (on == fpu_live)
        return;
    fpu_live = on;
    if (on)
        clear_ts();
    else
        write_cr0(read_cr0() | CR0_TS);
}

INIT void
fpu_init(void)
{
    fpu_live = true;
    set_live(false);
}

void
fpu_use(struct thread *t)
{
    set_live(true);
    if (owner == t)
        return;
    if (owner != NULL) {
        __asm__ volatile("fnsave %0" : "=m"(owner->fpu));
        owner->fpu_used = true;
    }
    if (!t->fpu_used)
        memcpy(t->fpu, clean_image, sizeof clean_image);
    /* FRSTOR waits: an exception that a dead owner left pending would be ours. */
    __asm__ volatile("fnclex; frstor %0" : : "m"(t->fpu));
    owner = t;
}

bool
fpu_switch(struct thread *t)
{
    set_live(fpu_live && owner == t);
    return fpu_live;
}

void
fpu_forget(struct thread *t)
{
    if (owner == t) {
        owner = NULL;
        set_live(false);
    }
}
