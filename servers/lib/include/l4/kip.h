/*
 * l4/kip.h - the kernel interface page (X.2 "Kernel Interface Page").
 *
 * Every function that takes a page pointer takes a null one, too, and then
 * asks the kernel where the page is.
 */
#pragma once

#include <l4/types.h>

#define L4_KIP_MAGIC 0x4be6344cUL /* "L4", 0xE6, "K" */

typedef struct {
    L4_Word_t sp;
    L4_Word_t ip;
    L4_Word_t low;
    L4_Word_t high; /* first byte behind; 0: no such server */
} L4_KipServer_t;

typedef struct {
    L4_Word_t magic;
    L4_Word_t ApiVersion;
    L4_Word_t ApiFlags;
    L4_Word_t KernDescPtr;
    L4_Word_t Kdebug[4];       /* 0x10 */
    L4_KipServer_t Sigma0;     /* 0x20 */
    L4_KipServer_t Sigma1;     /* 0x30 */
    L4_KipServer_t RootServer; /* 0x40 */
    L4_Word_t __reserved50;    /* 0x50 */
    L4_Word_t MemoryInfo;      /* 0x54 */
    L4_Word_t KdebugConfig[2]; /* 0x58 */
    L4_Word_t __oldMemory[16]; /* 0x60 */
    L4_Word_t __reservedA0[2]; /* 0xA0 */
    L4_Word_t UtcbAreaInfo;    /* 0xA8 */
    L4_Word_t KipAreaInfo;     /* 0xAC */
    L4_Word_t __reservedB0[2]; /* 0xB0 */
    L4_Word_t BootInfo;        /* 0xB8 */
    L4_Word_t ProcDescPtr;     /* 0xBC */
    L4_Word_t ClockInfo;       /* 0xC0 */
    L4_Word_t ThreadInfo;      /* 0xC4 */
    L4_Word_t PageInfo;        /* 0xC8 */
    L4_Word_t ProcessorInfo;   /* 0xCC */
    L4_Word_t SpaceControl;    /* 0xD0: entry offsets from here */
    L4_Word_t ThreadControl;
    L4_Word_t ProcessorControl;
    L4_Word_t MemoryControl;
    L4_Word_t Ipc;
    L4_Word_t Lipc;
    L4_Word_t Unmap;
    L4_Word_t ExchangeRegisters;
    L4_Word_t SystemClock;
    L4_Word_t ThreadSwitch;
    L4_Word_t Schedule;        /* 0xF8 */
    L4_Word_t __reservedFC[5]; /* 0xFC */
    L4_Word_t ArchSyscall[4];  /* 0x110 */
} L4_KernelInterfacePage_t;

/* Base of the page in the caller's space: `lock; nop`, which the kernel
 * answers in EAX, ECX, EDX and ESI. */
L4_INLINE void *L4_KernelInterface(L4_Word_t *ApiVersion, L4_Word_t *ApiFlags,
                                   L4_Word_t *KernelId)
{
    void *base;
    L4_Word_t version, flags, id;

    __asm__ volatile(".byte 0xf0, 0x90"
                     : "=a"(base), "=c"(version), "=d"(flags), "=S"(id));
    if (ApiVersion)
        *ApiVersion = version;
    if (ApiFlags)
        *ApiFlags = flags;
    if (KernelId)
        *KernelId = id;
    return base;
}

L4_INLINE void *L4_GetKernelInterface(void)
{
    return L4_KernelInterface(0, 0, 0);
}

/* The page, typed; not part of X.2. */
L4_INLINE const L4_KernelInterfacePage_t *l4_kip(const void *kip)
{
    if (!kip)
        kip = L4_GetKernelInterface();
    return (const L4_KernelInterfacePage_t *)kip;
}

/* Byte offset in the page -> address; not part of X.2. */
L4_INLINE const void *l4_kip_at(const void *kip, L4_Word_t offset)
{
    return (const char *)l4_kip(kip) + offset;
}

/* --- Versions --- */

L4_INLINE L4_Word_t L4_ApiVersion(void)
{
    return l4_kip(0)->ApiVersion;
}

L4_INLINE L4_Word_t L4_ApiFlags(void)
{
    return l4_kip(0)->ApiFlags;
}

/* Word n of the kernel descriptor; not part of X.2. */
L4_INLINE L4_Word_t l4_kernel_desc(const void *kip, L4_Word_t n)
{
    const L4_KernelInterfacePage_t *k = l4_kip(kip);

    return ((const L4_Word_t *)l4_kip_at(k, k->KernDescPtr))[n];
}

L4_INLINE L4_Word_t L4_KernelId(void)
{
    return l4_kernel_desc(0, 0);
}

L4_INLINE void L4_KernelGenDate(const void *kip, L4_Word_t *year,
                                L4_Word_t *month, L4_Word_t *day)
{
    L4_Word_t date = l4_kernel_desc(kip, 1);

    if (year)
        *year = ((date >> 9) & 0x7f) + 2000;
    if (month)
        *month = (date >> 5) & 0xf;
    if (day)
        *day = date & 0x1f;
}

L4_INLINE L4_Word_t L4_KernelVersion(void)
{
    return l4_kernel_desc(0, 2);
}

L4_INLINE L4_Word_t L4_KernelSupplier(void)
{
    return l4_kernel_desc(0, 3);
}

L4_INLINE const char *L4_KernelVersionString(const void *kip)
{
    const L4_KernelInterfacePage_t *k = l4_kip(kip);

    return (const char *)l4_kip_at(k, k->KernDescPtr + 16);
}

/* The n-th feature string behind the version string; null if there is none. */
L4_INLINE const char *L4_Feature(const void *kip, L4_Word_t n)
{
    const char *s = L4_KernelVersionString(kip);

    do {
        while (*s)
            s++;
        s++;
    } while (*s && n-- > 0);
    return *s ? s : 0;
}

L4_INLINE L4_Bool_t L4_HasFeature(const char *name)
{
    const void *kip = L4_GetKernelInterface();
    const char *feature;

    for (L4_Word_t n = 0; (feature = L4_Feature(kip, n)) != 0; n++) {
        const char *a = feature;
        const char *b = name;

        while (*a && *a == *b) {
            a++;
            b++;
        }
        if (*a == *b)
            return L4_TRUE;
    }
    return L4_FALSE;
}

/* --- Processors, pages, threads, clock --- */

L4_INLINE L4_Word_t L4_NumProcessors(const void *kip)
{
    return (l4_kip(kip)->ProcessorInfo & 0xffff) + 1;
}

/* Bit k set: the hardware has pages of 2^k bytes. */
L4_INLINE L4_Word_t L4_PageSizeMask(const void *kip)
{
    return l4_kip(kip)->PageInfo & ~0x3ffUL;
}

/* Rights that can be set one by one. */
L4_INLINE L4_Word_t L4_PageRights(const void *kip)
{
    return l4_kip(kip)->PageInfo & 7;
}

L4_INLINE L4_Word_t L4_ThreadIdBits(const void *kip)
{
    return l4_kip(kip)->ThreadInfo & 0xff;
}

L4_INLINE L4_Word_t L4_ThreadIdSystemBase(const void *kip)
{
    return (l4_kip(kip)->ThreadInfo >> 8) & 0xfff;
}

L4_INLINE L4_Word_t L4_ThreadIdUserBase(const void *kip)
{
    return (l4_kip(kip)->ThreadInfo >> 20) & 0xfff;
}

/* In microseconds; 0 if the kernel does not say. */
L4_INLINE L4_Word_t L4_ReadPrecision(const void *kip)
{
    L4_Time_t t = l4_time(l4_kip(kip)->ClockInfo & 0xffff);

    return t.raw ? (L4_Word_t)l4_period_us(t) : 0;
}

L4_INLINE L4_Word_t L4_SchedulePrecision(const void *kip)
{
    L4_Time_t t = l4_time(l4_kip(kip)->ClockInfo >> 16);

    return t.raw ? (L4_Word_t)l4_period_us(t) : 0;
}

L4_INLINE L4_Word_t L4_UtcbAreaSizeLog2(const void *kip)
{
    return (l4_kip(kip)->UtcbAreaInfo >> 16) & 0x3f;
}

L4_INLINE L4_Word_t L4_UtcbAlignmentLog2(const void *kip)
{
    return (l4_kip(kip)->UtcbAreaInfo >> 10) & 0x3f;
}

L4_INLINE L4_Word_t L4_UtcbSize(const void *kip)
{
    const L4_KernelInterfacePage_t *k = l4_kip(kip);

    return (k->UtcbAreaInfo & 0x3ff) << L4_UtcbAlignmentLog2(k);
}

L4_INLINE L4_Word_t L4_KipAreaSizeLog2(const void *kip)
{
    return l4_kip(kip)->KipAreaInfo & 0x3f;
}

L4_INLINE L4_Word_t L4_BootInfo(const void *kip)
{
    return l4_kip(kip)->BootInfo;
}

/* --- Memory descriptors: later ones override earlier ones --- */

typedef union {
    L4_Word_t raw[2];
    struct {
        L4_Word_t type : 4;
        L4_Word_t t : 4;
        L4_Word_t __zero : 1;
        L4_Word_t v : 1;
        L4_Word_t low : 22;
        L4_Word_t __zeros : 10;
        L4_Word_t high : 22;
    } x;
} L4_MemoryDesc_t;

#define L4_UndefinedMemoryType            0x0UL
#define L4_ConventionalMemoryType         0x1UL
#define L4_ReservedMemoryType             0x2UL
#define L4_DedicatedMemoryType            0x3UL
#define L4_SharedMemoryType               0x4UL
#define L4_BootLoaderSpecificMemoryType   0xeUL
#define L4_ArchitectureSpecificMemoryType 0xfUL

L4_INLINE L4_Word_t L4_NumMemoryDescriptors(const void *kip)
{
    return l4_kip(kip)->MemoryInfo & 0xffff;
}

/* Null if n is too large. */
L4_INLINE const L4_MemoryDesc_t *L4_MemoryDesc(const void *kip, L4_Word_t n)
{
    const L4_KernelInterfacePage_t *k = l4_kip(kip);

    if (n >= L4_NumMemoryDescriptors(k))
        return 0;
    return (const L4_MemoryDesc_t *)l4_kip_at(k, k->MemoryInfo >> 16) + n;
}

L4_INLINE L4_Bool_t L4_IsMemoryDescVirtual(const L4_MemoryDesc_t *m)
{
    return (m->raw[0] & 0x200) != 0;
}

/* With the subtype in bits 4..7 for types 0xE and 0xF. */
L4_INLINE L4_Word_t L4_MemoryDescType(const L4_MemoryDesc_t *m)
{
    L4_Word_t type = m->raw[0] & 0xf;

    return type >= 0xe ? m->raw[0] & 0xff : type;
}

L4_INLINE L4_Word_t L4_MemoryDescLow(const L4_MemoryDesc_t *m)
{
    return m->raw[0] & ~0x3ffUL;
}

/* The last byte. */
L4_INLINE L4_Word_t L4_MemoryDescHigh(const L4_MemoryDesc_t *m)
{
    return m->raw[1] | 0x3ffUL;
}

/* --- Processor descriptors --- */

typedef union {
    L4_Word_t raw[4];
    struct {
        L4_Word_t ExternalFreq; /* kHz */
        L4_Word_t InternalFreq; /* kHz */
        L4_Word_t __reserved[2];
    } X;
} L4_ProcDesc_t;

L4_INLINE const L4_ProcDesc_t *L4_ProcDesc(const void *kip, L4_Word_t n)
{
    const L4_KernelInterfacePage_t *k = l4_kip(kip);

    if (n >= L4_NumProcessors(k))
        return 0;
    return (const L4_ProcDesc_t *)l4_kip_at(
        k, k->ProcDescPtr + (n << (k->ProcessorInfo >> 28)));
}

L4_INLINE L4_Word_t L4_ProcDescExternalFreq(const L4_ProcDesc_t *p)
{
    return p->raw[0];
}

L4_INLINE L4_Word_t L4_ProcDescInternalFreq(const L4_ProcDesc_t *p)
{
    return p->raw[1];
}

/* --- The servers that exist at boot, all of version 1 --- */

L4_INLINE L4_ThreadId_t L4_Sigma0Id(const void *kip)
{
    return L4_GlobalId(L4_ThreadIdUserBase(kip), 1);
}

L4_INLINE L4_ThreadId_t L4_Sigma1Id(const void *kip)
{
    return L4_GlobalId(L4_ThreadIdUserBase(kip) + 1, 1);
}

L4_INLINE L4_ThreadId_t L4_RootServerId(const void *kip)
{
    return L4_GlobalId(L4_ThreadIdUserBase(kip) + 2, 1);
}
