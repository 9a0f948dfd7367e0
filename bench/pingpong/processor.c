/*
 * processor.c - CPUID, as any program may ask it (processor.h).
 *
 * Leaf 1 has a bit that no processor sets: hypervisors do, and many emulators,
 * and then tell their name in leaf 40000000h. Bochs does neither.
 */
#include "processor.h"
#include "say.h"

#include <l4/types.h>

#include <pn/libc.h>

enum { EAX, EBX, ECX, EDX, REGISTERS };

#define LEAF_HYPERVISOR 0x40000000UL
#define LEAF_EXTENDED   0x80000000UL
#define LEAF_BRAND      0x80000002UL
#define BRAND_LEAVES    3
#define ECX_HYPERVISOR  0x80000000UL

static void
cpuid(L4_Word_t leaf, L4_Word_t r[REGISTERS])
{
    __asm__ volatile("cpuid"
                     : "=a"(r[EAX]), "=b"(r[EBX]), "=c"(r[ECX]), "=d"(r[EDX])
                     : "a"(leaf));
}

/* Text of registers, for a line whose values have no blanks. */
static void
store(char *text, const L4_Word_t *words, unsigned n)
{
    memcpy(text, words, n * sizeof *words);
    text[n * sizeof *words] = '\0';
    for (char *c = text; *c; c++)
        if (*c <= ' ' || *c > '~')
            *c = '_';
}

static void
vendor(char text[13])
{
    L4_Word_t r[REGISTERS];

    cpuid(0, r);
    store(text, (L4_Word_t[]){r[EBX], r[EDX], r[ECX]}, 3);
}

static void
brand(char text[49])
{
    L4_Word_t r[REGISTERS * BRAND_LEAVES];

    memcpy(text, "none", sizeof "none");
    cpuid(LEAF_EXTENDED, r);
    if (r[EAX] < LEAF_BRAND + BRAND_LEAVES - 1) /* as from a Pentium */
        return;
    for (unsigned i = 0; i < BRAND_LEAVES; i++)
        cpuid(LEAF_BRAND + i, r + REGISTERS * i);
    store(text, r, REGISTERS * BRAND_LEAVES);
}

static void
hypervisor(char text[13])
{
    L4_Word_t r[REGISTERS];

    cpuid(1, r);
    memcpy(text, "none", sizeof "none");
    if ((r[ECX] & ECX_HYPERVISOR) == 0)
        return;
    cpuid(LEAF_HYPERVISOR, r);
    store(text, r + EBX, 3);
    if (!*text)
        memcpy(text, "unnamed", sizeof "unnamed");
}

const char *
processor_name(void)
{
    static char name[40];
    L4_Word_t r[REGISTERS];
    char maker[13];

    vendor(maker);
    cpuid(1, r);
    snprintf(name, sizeof name, "%s %lu/%lu/%lu", maker,
             (r[EAX] >> 8 & 15) + (r[EAX] >> 20 & 255),
             (r[EAX] >> 4 & 15) + (r[EAX] >> 12 & 0xf0), r[EAX] & 15);
    return name;
}

void
processor_print(void)
{
    char name[49], host[13], words[40];

    brand(name);
    hypervisor(host);
    snprintf(words, sizeof words, "%s", processor_name());
    *strchr(words, ' ') = '/';
    say("cpu id=%s hypervisor=%s brand=%s", words, host, name);
}
