/*
 * kern/provoke.c - six ways to a panic.
 *
 * Layer 6, boot only.  A safe state that nobody has ever seen is none: these
 * are run by tests/panic in both emulators.
 */
#include "kern/provoke.h"

#include "kern/layout.h"
#include "kern/string.h"

#define ABSENT_ADDRESS 0xfd000000u /* behind the window, never mapped */

static void
by_assertion(void)
{
    assert(window_paddr(NULL) == 0);
}

static void
by_page_fault(void)
{
    *(volatile uint32_t *)(uintptr_t)ABSENT_ADDRESS = 0;
}

static void
by_division(void)
{
    __asm__ volatile("xorl %%ecx, %%ecx; divl %%ecx" : : : "eax", "ecx", "edx");
}

/* The gate is the same for INT 2 in ring 0 as for the pin. */
static void
by_nmi(void)
{
    __asm__ volatile("int $2");
}

/* #PF whose own frame has nowhere to go. */
static void
by_double_fault(void)
{
    __asm__ volatile("mov %0, %%esp; push %%eax" : : "r"(ABSENT_ADDRESS));
}

static void
by_stack_overflow(void)
{
    __asm__ volatile("mov %0, %%esp\n"
                     "1:\tpush %%eax\n\t"
                     "jmp 1b"
                     :
                     : "r"(KERNEL_STACK_TOP));
}

static const struct {
    const char *name;
    void (*act)(void);
} ways[] = {
    {"assert", by_assertion},       {"page", by_page_fault},
    {"divide", by_division},        {"nmi", by_nmi},
    {"double-fault", by_double_fault}, {"stack", by_stack_overflow},
};

static void (*find(const char *name))(void)
{
    for (unsigned i = 0; i < ARRAY_SIZE(ways); i++)
        if (string_starts(name, ways[i].name)
            && strlen(name) == strlen(ways[i].name))
            return ways[i].act;
    return NULL;
}

bool
provoke_known(const char *name)
{
    return find(name) != NULL;
}

void
provoke(const char *name)
{
    if (*name != '\0')
        find(name)();
}
