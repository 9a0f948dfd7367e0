/*
 * tests/api/kip.c - the kernel interface page, thread ids and the UTCB.
 *
 * Sheet sections 1, 2 and 4: what a program may read before it has made its
 * first system call, in a large space, a small one and the root server's. The
 * argument "clock" adds what needs a machine that loses no ticks (not Bochs).
 */
#include "registers.h"
#include "stage.h"

#include <pn/bootinfo.h>
#include <pn/image.h>
#include <pn/small.h>

enum { LOCK_NOPS = 10000 };

INSTRUCTION(lock_nop, ".byte 0xf0, 0x90");

static const L4_KernelInterfacePage_t *kip;
static L4_Word_t api_version, kernel_id; /* of the page, for all spaces */

/* --- lock; nop --- */

#define ARITHMETIC_FLAGS 0x8d5UL
#define DIRECTION_FLAG   0x400UL

static void
check_lock_nop(L4_Word_t base, L4_Word_t flags)
{
    struct registers r = {1, 2, 3, 4, 5, 6, 7, flags | 2};

    lock_nop(&r);
    EQUAL(r.eax, base);
    EQUAL(r.ecx, api_version);
    EQUAL(r.edx, 0);
    EQUAL(r.esi, kernel_id);
    EQUAL(r.ebx, 2);
    EQUAL(r.edi, 6);
    EQUAL(r.ebp, 7);
    EQUAL(r.eflags & (ARITHMETIC_FLAGS | DIRECTION_FLAG), flags);
}

static void
lock_nops(L4_Word_t base)
{
    check_lock_nop(base, 0);
    check_lock_nop(base, ARITHMETIC_FLAGS);
    check_lock_nop(base, DIRECTION_FLAG);
    for (int i = 0; i < LOCK_NOPS / 10; i++)
        if (L4_GetKernelInterface() != (void *)base)
            EXPECT(!"the page is where it was");
}

static void
deep(unsigned depth)
{
    volatile char room[40] = {0};

    if (depth == 0)
        return;
    EXPECT(L4_GetKernelInterface() == kip);
    deep(depth - 1);
    EQUAL(room[0], 0);
}

static void
lock_nop_everywhere(void)
{
    lock_nops((L4_Word_t)kip);
    verdict("lock; nop tells base, version, flags and kernel id, and keeps "
            "all other registers and flags");
    for (int i = 0; i < LOCK_NOPS / 50; i++)
        deep(50);
    verdict("%d lock; nops at many depths of the stack all answer alike",
            LOCK_NOPS);
    for (enum kind kind = LARGE; kind <= SMALL; kind++) {
        L4_ThreadId_t a = stage_space(kind);

        stage_start(a, lock_nops, STAGE_KIP);
        stage_wait(a);
        stage_kill(a);
        verdict("lock; nop gives the base in a %s space of its own",
                kind == SMALL ? "small" : "large");
    }
}

/* --- fields --- */

static void
fixed_fields(void)
{
    EQUAL(kip->magic, L4_KIP_MAGIC);
    verdict("the page begins with L4 mu K");
    EQUAL(kip->ApiVersion >> 24, 0x84);
    EQUAL(kip->ApiVersion & 0xffff, 0);
    verdict("the API version is X.2");
    EQUAL(kip->ApiFlags, 0);
    verdict("the API flags say little endian and 32 bits");
    EQUAL(kip->UtcbAreaInfo, 0x000c2401);
    EQUAL(L4_UtcbSize(kip), 512);
    EQUAL(L4_UtcbAlignmentLog2(kip), 9);
    EQUAL(L4_UtcbAreaSizeLog2(kip), 12);
    verdict("a UTCB has 512 bytes, an area at least 4 KB");
    EQUAL(kip->KipAreaInfo, 12);
    verdict("the interface page has 4 KB");
    EQUAL(L4_ThreadIdSystemBase(kip), 16);
    EQUAL(L4_ThreadIdUserBase(kip), 48);
    EXPECT(L4_ThreadIdBits(kip) >= 8 && L4_ThreadIdBits(kip) <= 18);
    verdict("interrupts are threads 0 to 15, users begin at 48");
    EQUAL(kip->PageInfo, 0x00401006);
    verdict("pages have 4 KB or 4 MB, with reading and writing apart");
    EQUAL(kip->__reserved50, 0);
    EQUAL(kip->__reservedB0[0] | kip->__reservedB0[1], 0);
    for (int i = 0; i < 5; i++)
        EQUAL(kip->__reservedFC[i], 0);
    for (int i = 1; i < 4; i++)
        EQUAL(kip->ArchSyscall[i], 0);
    EQUAL(kip->Sigma1.high, 0);
    verdict("reserved words are zero, and there is no sigma1");
}

static void
servers(void)
{
    EXPECT(kip->Sigma0.low < kip->Sigma0.high);
    EXPECT(kip->Sigma0.ip >= kip->Sigma0.low &&
           kip->Sigma0.ip < kip->Sigma0.high);
    EQUAL(kip->Sigma0.low, 0x20000);
    EQUAL(kip->Sigma0.sp, 0);
    verdict("sigma0 lies at 0x20000 and begins inside its image");
    EXPECT(kip->RootServer.low <= (L4_Word_t)lock_nops &&
           kip->RootServer.high > (L4_Word_t)lock_nops);
    EXPECT((kip->RootServer.high + PAGE - 1) / PAGE * PAGE == pn_image_high());
    EXPECT(kip->RootServer.ip >= kip->RootServer.low &&
           kip->RootServer.ip < kip->RootServer.high);
    EQUAL(kip->RootServer.sp, 0);
    verdict("the root server's words are those of this image");
}

static void
entries(void)
{
    const L4_Word_t *offset = &kip->SpaceControl;

    for (int i = 0; i < L4_ENTRIES; i++) {
        if (i > L4_ENTRY_SCHEDULE && i < PN_ENTRY_NOTIFY)
            continue;
        EXPECT(offset[i] >= 0x120 && offset[i] < 0x1000);
        for (int j = 0; j < i; j++)
            if (offset[i] == offset[j])
                EXPECT(i == L4_ENTRY_LIPC && j == L4_ENTRY_IPC);
    }
    verdict("twelve entries lie in the page, and only Ipc and Lipc may share");
}

static void
kernel_descriptor(void)
{
    const char *text = L4_KernelVersionString(kip);
    L4_Word_t year, month, day;
    size_t length = strnlen(text, 200);

    EXPECT(kip->KernDescPtr >= 0x118 && kip->KernDescPtr < 0x1000);
    EXPECT(length > 0 && length < 200);
    EQUAL(text[length + 1], 0);
    EXPECT(!L4_HasFeature("smallspaces"));
    verdict("the kernel names itself and publishes no feature strings");
    for (int i = 0; i < 32; i += 8) {
        L4_Word_t c = L4_KernelSupplier() >> i & 0xff;

        EXPECT(c >= ' ' && c < 127);
    }
    verdict("the supplier's four letters are readable");
    L4_KernelGenDate(kip, &year, &month, &day);
    EXPECT(year >= 2000 && month >= 1 && month <= 12 && day >= 1 && day <= 31);
    verdict("the kernel's date is a date");
}

static void
processors(void)
{
    const L4_ProcDesc_t *p = L4_ProcDesc(kip, 0);
    L4_Word_t khz = L4_ProcDescInternalFreq(p);

    EQUAL(L4_NumProcessors(kip), 1);
    EQUAL(kip->ProcessorInfo >> 28, 4);
    EXPECT(khz > 1000);
    EXPECT(L4_ProcDescExternalFreq(p) > 1000);
    EQUAL(p->raw[2] | p->raw[3], 0);
    verdict("one processor, with its frequencies in kHz");
}

static L4_Word64_t
tsc(void)
{
    L4_Word64_t t;

    __asm__ volatile("rdtsc" : "=A"(t));
    return t;
}

/* The clock has steps of under a microsecond; 20 ms tell the rate to 1 %. */
static int
frequency_fits(L4_Word_t khz)
{
    L4_Word64_t us = now_us(), cycles = tsc();
    L4_Word_t took, want;

    while (now_us() - us < 20000)
        ;
    us = now_us() - us;
    cycles = tsc() - cycles;
    took = (L4_Word_t)us;
    want = (L4_Word_t)(khz / 1000) * took;
    return (L4_Word_t)cycles > want / 100 * 95 &&
           (L4_Word_t)cycles < want / 100 * 105;
}

/* Bochs drops timer ticks when its host is busy: one clean window will do. */
static void
frequency(void)
{
    L4_Word_t khz = L4_ProcDescInternalFreq(L4_ProcDesc(kip, 0));
    int fits = 0;

    for (int tries = 0; tries < 20 && !fits; tries++)
        fits = frequency_fits(khz);
    EXPECT(fits);
    verdict("the frequency told is RDTSC's, by the system clock");
}

static void
memory(void)
{
    L4_Word_t n = L4_NumMemoryDescriptors(kip), bytes = 0;
    const L4_MemoryDesc_t *m;
    struct pn_place area = pn_small_area();
    int kernel_reserved = 0;

    EXPECT(n > 0);
    EXPECT((kip->MemoryInfo >> 16) + n * 8 <= 0x1000);
    for (L4_Word_t i = 0; (m = L4_MemoryDesc(kip, i)) != NULL; i++) {
        L4_Word_t type = L4_MemoryDescType(m);

        EXPECT(L4_MemoryDescLow(m) < L4_MemoryDescHigh(m));
        EXPECT(!(L4_IsMemoryDescVirtual(m) && type == L4_ReservedMemoryType));
        EQUAL(m->raw[0] & 0x100, 0);
        EQUAL(m->raw[1] & 0x3ff, 0);
        if (L4_IsMemoryDescVirtual(m))
            continue;
        if (type == L4_ConventionalMemoryType)
            bytes += L4_MemoryDescHigh(m) - L4_MemoryDescLow(m) + 1;
        if (type == L4_ReservedMemoryType && L4_MemoryDescLow(m) <= 0x100000 &&
            L4_MemoryDescHigh(m) >= 0x100fff)
            kernel_reserved = 1;
    }
    verdict("memory descriptors are well formed, none virtual and reserved");
    EXPECT(bytes >= 32UL << 20 && bytes <= 64UL << 20);
    verdict("most of the 64 MB are conventional memory");
    EXPECT(kernel_reserved);
    verdict("the kernel's own megabyte is reserved");
    EQUAL(area.base, 0xc0000000);
    EQUAL(area.size, 512UL << 20);
    verdict("the area of small spaces is described");
}

static void
boot_info(void)
{
    const struct pn_bootinfo *info = pn_bootinfo_get();
    struct pn_module module;

    EXPECT(L4_BootInfo(kip) != 0);
    EXPECT(info != NULL);
    if (info != NULL) {
        EXPECT(pn_bootinfo_modules(info) >= 2);
        EXPECT(pn_bootinfo_module(info, 1, &module));
        EXPECT(strncmp(module.command, "api_kip", 7) == 0);
    }
    verdict("the boot information lists the modules, this one second");
}

/* --- the page in other spaces --- */

static L4_Word_t
page_sum(const void *page)
{
    const L4_Word_t *w = page;
    L4_Word_t sum = 0;

    for (int i = 0; i < PAGE / 4; i++)
        sum = sum * 31 + w[i];
    return sum;
}

static void
compare_page(L4_Word_t sum)
{
    EQUAL(page_sum(L4_GetKernelInterface()), sum);
}

static void
write_page(L4_Word_t unused)
{
    (void)unused;
    *(volatile L4_Word_t *)STAGE_KIP = 0;
}

/* Nobody can answer such a fault: a mapping there is skipped. */
static void
read_only(enum kind kind)
{
    L4_ThreadId_t a = stage_space(kind);

    stage_start(a, write_page, 0);
    for (int i = 0; i < 100 && fault_count == 0; i++)
        sleep_ms(1);
    EQUAL(fault_log[0].address, STAGE_KIP);
    EQUAL(fault_log[0].tag, 0xffe20002);
    EXPECT(!stage_finished(a));
    EQUAL(kip->magic, L4_KIP_MAGIC);
    stage_kill(a);
    verdict("writing to the interface page faults in a %s space",
            kind == SMALL ? "small" : "large");
}

static void
in_other_spaces(void)
{
    for (enum kind kind = LARGE; kind <= SMALL; kind++) {
        L4_ThreadId_t a = stage_space(kind);

        stage_start(a, compare_page, page_sum(kip));
        stage_wait(a);
        stage_kill(a);
        verdict("the page has the same contents in a %s space",
                kind == SMALL ? "small" : "large");
        read_only(kind);
    }
}

/* --- ids and UTCB --- */

static void
ids(void)
{
    L4_ThreadId_t me = L4_Myself(), local = L4_MyLocalId();

    EQUAL(L4_Sigma0Id(kip).raw, 0x000c0001);
    EQUAL(me.raw, 0x000c8001);
    EQUAL(L4_RootServerId(kip).raw, me.raw);
    verdict("sigma0 is thread 48, the root server 50, both of version 1");
    EXPECT(L4_IsLocalId(local) && L4_IsGlobalId(me));
    EQUAL(local.raw & 0xff, 0);
    EQUAL(local.raw & 0x1ff, 0x100);
    verdict("%%gs:0 is the local id, 256 bytes above the UTCB's location");
    EQUAL((local.raw - 0x100) & 0x7ffff, 0);
    EXPECT((L4_Word_t)kip - local.raw >= 0x80000);
    verdict("the root server's is the first UTCB of an aligned area");
    EQUAL(L4_LocalIdOf(me).raw, local.raw);
    EQUAL(L4_GlobalIdOf(local).raw, me.raw);
    verdict("ExchangeRegisters turns a local id into a global one and back");
    EQUAL(L4_LocalIdOf(L4_Sigma0Id(kip)).raw, 0);
    EQUAL(L4_ErrorCode(), L4_ErrInvalidThread);
    verdict("for a thread of another space it gives nilthread and error 2");
    EQUAL(L4_Pager().raw, L4_Sigma0Id(kip).raw);
    EQUAL(L4_ExceptionHandler().raw, 0);
    EQUAL(L4_ProcessorNo(), 0);
    verdict("the root server's pager is sigma0, it has no exception handler");
}

static L4_ThreadId_t reader;
static volatile L4_Word_t seen[64];

static void
look_at_own(L4_Word_t pager)
{
    const L4_Word_t *mr = l4_utcb();

    EQUAL((L4_Word_t)mr, stage_utcb(reader) + 0x100);
    EQUAL(mr[L4_TCR_MY_GLOBAL_ID], reader.raw);
    EQUAL(mr[L4_TCR_PROCESSOR_NO], 0);
    EQUAL(mr[L4_TCR_USER_DEFINED_HANDLE], 0);
    EQUAL(mr[L4_TCR_PAGER], pager);
    EQUAL(mr[L4_TCR_EXCEPTION_HANDLER], 0);
    EQUAL(mr[L4_TCR_FLAGS], 0);
    EQUAL(mr[L4_TCR_ERROR_CODE], 0);
    EQUAL(mr[L4_TCR_XFER_TIMEOUTS], 0);
    EQUAL(mr[L4_TCR_BR0], 0);
}

static void
spoil(L4_Word_t unused)
{
    L4_Word_t *mr = l4_utcb();

    (void)unused;
    for (int i = -64; i < 64; i++)
        if (i != L4_TCR_PAGER && i != L4_TCR_MY_GLOBAL_ID)
            mr[i] = 0xbad0bad0;
}

static void
fresh_utcb(enum kind kind)
{
    L4_ThreadId_t member = stage_space(kind), first;

    first = stage_thread(member);
    stage_start(first, spoil, 0);
    stage_wait(first);
    stage_kill(first);
    reader = stage_thread(member);
    EQUAL(stage_utcb(reader), stage_utcb(first));
    stage_start(reader, look_at_own, L4_GlobalId(51, 2).raw);
    stage_wait(reader);
    stage_kill(reader);
    stage_kill(member);
    verdict("a UTCB used before is fresh at activation, in a %s space",
            kind == SMALL ? "small" : "large");
}

/* Each of two threads writes what it finds at %gs:0, many times in turn. */
static void
own_gs(L4_Word_t mine)
{
    for (int i = 0; i < 200; i++) {
        EQUAL((L4_Word_t)l4_utcb(), mine);
        L4_Yield();
    }
}

static void
gs_word(enum kind kind)
{
    L4_ThreadId_t a = stage_space(kind), b = stage_thread(a),
                  c = stage_space(kind);

    stage_start(a, own_gs, stage_utcb(a) + 0x100);
    stage_start(b, own_gs, stage_utcb(b) + 0x100);
    stage_start(c, own_gs, stage_utcb(c) + 0x100);
    stage_wait(a);
    stage_wait(b);
    stage_wait(c);
    stage_kill(a);
    stage_kill(b);
    stage_kill(c);
    verdict("%%gs:0 follows the running thread, in and across %s spaces",
            kind == SMALL ? "small" : "large");
}

static void
write_neighbour(L4_Word_t location)
{
    L4_Word_t *handle =
        (L4_Word_t *)(location + 0x100) + L4_TCR_USER_DEFINED_HANDLE;

    *handle = 0x1234;
}

static void
read_handle(L4_Word_t unused)
{
    (void)unused;
    EQUAL(L4_UserDefinedHandle(), 0x1234);
}

static void
shared_utcbs(void)
{
    L4_ThreadId_t a = stage_space(SMALL), b = stage_thread(a);

    stage_start(a, write_neighbour, stage_utcb(b));
    stage_wait(a);
    stage_start(b, read_handle, 0);
    stage_wait(b);
    stage_kill(a);
    stage_kill(b);
    verdict("threads of one space may write each other's UTCBs");
}

int
main(int argc, char **argv)
{
    kip = L4_GetKernelInterface();
    api_version = kip->ApiVersion;
    kernel_id = l4_kernel_desc(kip, 0);
    stage_open();
    lock_nop_everywhere();
    fixed_fields();
    servers();
    entries();
    kernel_descriptor();
    processors();
    if (has_argument(argc, argv, "clock"))
        frequency();
    memory();
    boot_info();
    in_other_spaces();
    ids();
    for (enum kind kind = LARGE; kind <= SMALL; kind++) {
        fresh_utcb(kind);
        gs_word(kind);
    }
    shared_utcbs();
    done();
}
