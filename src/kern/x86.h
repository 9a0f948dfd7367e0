/*
 * kern/x86.h - one machine instruction a function, and the bits they use.
 *
 * Layer 1.  Names are Intel's: [P5-v3] chapters 10 and 23.
 */
#pragma once

#include "kern/base.h"

enum {
    CR0_PE = 1u << 0,
    CR0_MP = 1u << 1,
    CR0_TS = 1u << 3,
    CR0_NE = 1u << 5,
    CR0_WP = 1u << 16,
    CR0_AM = 1u << 18, /* whoever sets EFLAGS.AC in ring 3 gets #AC */
    CR4_PSE = 1u << 4,
    CR4_MCE = 1u << 6,
    CR4_PGE = 1u << 7,

    EFLAGS_TF = 1u << 8,
    EFLAGS_IF = 1u << 9,
    EFLAGS_NT = 1u << 14,
    EFLAGS_ONE = 1u << 1,
    /* CF PF AF ZF SF TF DF OF AC: all a user may ask for */
    EFLAGS_USER = 0x00040dd5u,

    CPUID_FPU = 1u << 0,
    CPUID_PSE = 1u << 3,
    CPUID_TSC = 1u << 4,
    CPUID_MCE = 1u << 7,
    CPUID_SEP = 1u << 11,
    CPUID_PGE = 1u << 13,

    MSR_SYSENTER_CS = 0x174,
    MSR_SYSENTER_ESP = 0x175,
    MSR_SYSENTER_EIP = 0x176,
};

static inline void
outb(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline uint8_t
inb(uint16_t port)
{
    uint8_t value;

    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static inline uint32_t
read_cr0(void)
{
    uint32_t v;

    __asm__ volatile("mov %%cr0, %0" : "=r"(v));
    return v;
}

static inline void
write_cr0(uint32_t v)
{
    __asm__ volatile("mov %0, %%cr0" : : "r"(v) : "memory");
}

static inline uint32_t
read_cr2(void)
{
    uint32_t v;

    __asm__ volatile("mov %%cr2, %0" : "=r"(v));
    return v;
}

static inline uint32_t
read_cr3(void)
{
    uint32_t v;

    __asm__ volatile("mov %%cr3, %0" : "=r"(v));
    return v;
}

static inline uint32_t
read_cr4(void)
{
    uint32_t v;

    __asm__ volatile("mov %%cr4, %0" : "=r"(v));
    return v;
}

static inline void
invlpg(uint32_t linear)
{
    __asm__ volatile("invlpg (%0)" : : "r"(linear) : "memory");
}

static inline void
write_back_caches(void)
{
    __asm__ volatile("wbinvd" : : : "memory");
}

static inline void
write_cr4(uint32_t v)
{
    __asm__ volatile("mov %0, %%cr4" : : "r"(v) : "memory");
}

static inline uint64_t
read_tsc(void)
{
    uint64_t v;

    __asm__ volatile("rdtsc" : "=A"(v));
    return v;
}

static inline void
cpuid(uint32_t leaf, uint32_t out[4])
{
    __asm__ volatile("cpuid"
                     : "=a"(out[0]), "=b"(out[1]), "=c"(out[2]), "=d"(out[3])
                     : "a"(leaf));
}

static inline void
write_msr(uint32_t number, uint32_t v)
{
    __asm__ volatile("wrmsr" : : "c"(number), "a"(v), "d"(0));
}

static inline void
clear_ts(void)
{
    __asm__ volatile("clts" : : : "memory");
}

/* n / d: libgcc's division does not know the kernel's calling convention. */
static inline uint64_t
divide_u64(uint64_t n, uint32_t d)
{
    uint32_t high = (uint32_t)(n >> 32), low = (uint32_t)n;
    uint32_t quotient_high = high / d, rest = high % d;

    __asm__("divl %2" : "+a"(low), "+d"(rest) : "rm"(d) : "cc");
    return (uint64_t)quotient_high << 32 | low;
}

/* Flush every entry of the TLB, global ones too. */
static inline void
flush_tlb_all(void)
{
    uint32_t cr4 = read_cr4();

    if (cr4 & CR4_PGE)
        write_cr4(cr4 & ~(uint32_t)CR4_PGE);
    __asm__ volatile("mov %%cr3, %%eax; mov %%eax, %%cr3" : : : "eax", "memory");
    if (cr4 & CR4_PGE)
        write_cr4(cr4);
}

/* Index of the highest set bit; `v` must not be 0. */
static inline unsigned
highest_bit(uint32_t v)
{
    uint32_t n;

    __asm__("bsrl %1, %0" : "=r"(n) : "rm"(v) : "cc");
    return n;
}
