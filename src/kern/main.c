/*
 * kern/main.c - power-on to the first thread.
 *
 * Layer 6.  Order matters: console, then the loader's words while they still
 * stand, then memory, tables, interrupts, threads; the log says what was
 * found; the last call leaves the kernel for good.
 */
#include <pinenut/x2.h>
#include <pinenut_version.h>

#include "ipc/gate.h"
#include "ipc/ipc.h"
#include "kern/boot.h"
#include "kern/clock.h"
#include "kern/console.h"
#include "kern/entry.h"
#include "kern/fpu.h"
#include "kern/irq.h"
#include "kern/kip.h"
#include "kern/lifecycle.h"
#include "kern/memory.h"
#include "kern/panic.h"
#include "kern/provoke.h"
#include "kern/reclaim.h"
#include "kern/sched.h"
#include "kern/sysenter.h"
#include "kern/x86.h"
#include "mm/frame.h"
#include "mm/io.h"
#include "mm/mapdb.h"
#include "mm/ptab.h"
#include "mm/tlb.h"
#include "seg/gdt.h"

#define INITIAL_KIP 0xbff00000u
#define INITIAL_UTCBS 0xbf000000u
#define INITIAL_UTCB_BYTES 0x20000u
#define INITIAL_PRIORITY 255u
#define MARK_MODEL_ON 0x50430300 /* bench/p5model: start to count */

bool cpu_has_pge;
static bool entered_by_sysenter;

extern pte_t boot_directory[];
extern char idt_low_page[];
extern char image_start[], text_start[], text_end[], image_end[];
extern char kernel_end[];

void boot_main(uint32_t magic, paddr_t info);

/* --- tables ---------------------------------------------------------------- */

/* The 4 MB below the hot page: %gs word, kernel stack, low end of the IDT. */
static void
map_odd_pages(void)
{
    pte_t *table = odd_pages;
    uint32_t stack = (KERNEL_STACK_TOP >> PAGE_BITS) % PTES_IN_TABLE
        - KERNEL_STACK_PAGES;

    table[(GS_PAGE >> PAGE_BITS) % PTES_IN_TABLE] =
        window_paddr(hot_page) | PTE_P | PTE_US | PTE_A;
    for (uint32_t i = 0; i < KERNEL_STACK_PAGES; i++)
        table[stack + i] = (window_paddr(kernel_stack) + i * PAGE_SIZE)
            | PTE_P | PTE_W | PTE_A | PTE_D;
    table[PTES_IN_TABLE - 1] = window_paddr(idt_low_page) | PTE_P | PTE_A;
    boot_directory[GS_PAGE / TABLE_BYTES] = window_paddr(table) | PDE_USER_TABLE;
}

/* P6 and later: kernel and small-area pages survive a CR3 write. */
static void
use_global_pages(void)
{
    enum { PDE_KERNEL_FIRST = WINDOW_BASE / TABLE_BYTES };

    cpu_has_pge = true;
    for (uint32_t i = PDE_KERNEL_FIRST; i < PTES_IN_TABLE; i++)
        if ((boot_directory[i] & PTE_PS) != 0)
            boot_directory[i] |= PTE_G;
    write_cr4(read_cr4() | CR4_PGE);
}

static void
init_processor(void)
{
    static void (*const panic_entries[3])(void) = {
        double_fault_entry, nmi_entry, machine_check_entry};
    uint32_t id[4];

    cpuid(1, id);
    if ((id[3] & CPUID_PGE) != 0)
        use_global_pages();
    if ((id[3] & CPUID_MCE) != 0)
        write_cr4(read_cr4() | CR4_MCE);
    map_odd_pages();
    gdt_init(trap_table, panic_entries, window_paddr(boot_directory));
    idt_set(3, (void (*)(void))(uintptr_t)trap_table[3], 3);
    idt_set(4, (void (*)(void))(uintptr_t)trap_table[4], 3);
    idt_set(VECTOR_SYSCALL, syscall_entry, 3);
    gate_init(boot_options.fast_path);
    entered_by_sysenter = sysenter_init(boot_options.entry);
    if (entered_by_sysenter)
        kip_use_sysenter();
    fpu_init();
}

/*
 * The fast path finds a control block by shifting the id and masking it: the
 * immediates of those instructions are ThreadInfo.t's.
 */
static void
init_threads(void)
{
    uint32_t mask = ((1u << boot_options.thread_bits) - 1) << TCB_BITS;

    if (boot_cold_tcbs != 0)
        boot_directory[TCB_COLD_PAGE / TABLE_BYTES] =
            boot_cold_tcbs | PTE_PS | PTE_P | PTE_W | PTE_A | PTE_D;
    thread_init(boot_options.thread_bits);
    for (unsigned i = 0; i < ARRAY_SIZE(ipc_fast_masks); i++)
        *(uint32_t *)(void *)(ipc_fast_masks[i] + 2) = mask;
}

static void
init_memory(void)
{
    uint32_t pages = memory_ram_bytes() >> PAGE_BITS, buckets = 1024;

    space_init(boot_directory, boot_options.small_bytes);
    while (buckets < pages / 2)
        buckets *= 2;
    if (!mapdb_init(buckets))
        bad_boot("kmem=%u is too little: no room for the mapping database",
                 boot_options.kernel_bytes >> 20);
}

/* --- the first servers ------------------------------------------------------ */

static void
start_server(uint32_t id, uint32_t pager, struct loaded image)
{
    struct space *s = space_create();
    struct thread *t;

    if (s == NULL
        || !space_set_areas(s, INITIAL_KIP, INITIAL_UTCBS, INITIAL_UTCB_BYTES)
        || utcb_prepare(s, INITIAL_UTCBS) != 0)
        bad_boot("kmem=%u is too little: no room for the first servers",
                 boot_options.kernel_bytes >> 20);
    s->privileged = true;
    s->is_sigma0 = id == X2_SIGMA0;
    if (s->is_sigma0)
        io_init(s);
    t = thread_create(id, s, X2_ROOT);
    t->utcb_location = INITIAL_UTCBS;
    t->priority = INITIAL_PRIORITY;
    thread_activate(t, pager);
    ipc_abort(t, X2_IPC_CANCELLED); /* no start message: it runs at once */
    thread_set_start(t, image.entry, 0);
}

/* --- the log ---------------------------------------------------------------- */

static void
log_processor(void)
{
    uint32_t id[4], name[4], khz;

    cpuid(0, name);
    cpuid(1, id);
    khz = clock_measure_khz();
    kip_set_frequency(khz);
    name[0] = name[1], name[1] = name[3], name[3] = 0;
    print("cpu      %s family %u model %u stepping %u, pge %s\n",
          (const char *)name, id[0] >> 8 & 15, id[0] >> 4 & 15, id[0] & 15,
          cpu_has_pge ? "on" : "absent");
    print("clock    RDTSC at %u.%03u MHz, 8254 ticks of %u us\n", khz / 1000,
          khz % 1000, CLOCK_TICK_US);
}

static void
log_memory(void)
{
    print("memory   %u MB, kernel %u KB of which %u KB free\n",
          memory_ram_bytes() >> 20, frame_total() * 4, frame_free_count() * 4);
    print("image    text %u bytes, image %u bytes, with bss %u\n",
          (uint32_t)(text_end - text_start), (uint32_t)(image_end - image_start),
          (uint32_t)(kernel_end - image_start));
    for (uint32_t i = 0; i < module_count; i++)
        print("module   %u KB \"%s\"\n",
              (modules[i].to - modules[i].from + 1023) / 1024,
              modules[i].arguments);
    print("linear   00000000 user  %08x small area, %u MB  %08x kernel  "
          "%08x hot page\n", SMALL_AREA_BASE, boot_options.small_bytes >> 20,
          WINDOW_BASE, HOT_BASE);
    print("threads  %u numbers, control blocks at %08x\n", 1u << thread_bits,
          (uint32_t)(uintptr_t)tcb_array);
}

/* Through a user segment of one page, a read of the byte behind it. */
static void
log_limits(void)
{
    struct desc was = gdt[SEL_USER_DATA / 8];
    uint32_t enforced;

    gdt[SEL_USER_DATA / 8] =
        desc_user_data((uint32_t)(uintptr_t)hot_page, PAGE_SIZE);
    enforced = limit_probe(SEL_USER_DATA, PAGE_SIZE);
    gdt[SEL_USER_DATA / 8] = was;
    print("limits   segment limits are %s\n",
          enforced ? "enforced"
                   : "NOT ENFORCED by this machine: no isolation here");
    print("ipc      %s, %s path\n",
          entered_by_sysenter ? "sysenter and int 0x30" : "int 0x30",
          boot_options.fast_path ? "fast" : "slow");
}

void
boot_main(uint32_t magic, paddr_t info)
{
    struct loaded sigma0, root;

    console_init();
    print("Pinenut %s\n", PINENUT_COMMIT);
    boot_read(magic, info);
    boot_place();
    sigma0 = boot_load(0, "module 1 (sigma0)");
    memory_add(MEMORY_KERNEL, sigma0.low, sigma0.high); /* until both stand */
    root = boot_load(1, "module 2 (root server)");
    memory_forget_last();
    init_threads();
    init_memory();
    init_processor();
    kip_init(sigma0, root, boot_info_records());
    clock_init();
    irq_init();
    __asm__ volatile(".byte 0xa9; .long %c0" : : "i"(MARK_MODEL_ON) : "cc");
    log_processor();
    log_memory();
    log_limits();
    provoke(boot_options.provoke);
    start_server(X2_SIGMA0, X2_NILTHREAD, sigma0);
    start_server(X2_ROOT, X2_SIGMA0, root);
    reclaim_and_run();
}
