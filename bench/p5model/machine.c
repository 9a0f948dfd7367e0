/* Registers, memory and descriptor tables through QEMU's exported symbols. */
#define _GNU_SOURCE
#include "machine.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Numbers of x86_cpu_gdb_read_register() in qemu-system-i386; the ones behind
 * the general registers are 8 higher in qemu-system-x86_64. */
enum { GDB_EIP = 8, GDB_CS = 10, GDB_CR0 = 19, GDB_CR3 = 21, GDB_CR4 = 22 };
#define GDB_X86_64_EXTRA 8

/* The beginning of glib's GByteArray. */
struct byte_array {
    uint8_t *data;
    unsigned length;
};

/* What qmp_query_version() returns. */
struct version {
    const int64_t *major; /* then minor and micro */
    const char *package;
};

static struct {
    const struct version *(*query_version)(void **error);
    void (*memory_rw)(uint64_t pa, void *buffer, uint64_t length, bool write);
    int (*read_register)(void *cpu, struct byte_array *, int number);
    void (*dump_state)(void *cpu, FILE *, int flags);
    struct byte_array *(*array_new)(void);
    struct byte_array *(*array_set_size)(struct byte_array *, unsigned);
} qemu;

static struct byte_array *scratch;
static bool is_x86_64;

/* `current_cpu` is per thread: to be looked up in the thread that runs it. */
static void *current_cpu(void)
{
    static void **where;
    if (!where)
        where = dlsym(RTLD_DEFAULT, "current_cpu");
    return *where;
}

static uint32_t read32(uint32_t pa)
{
    uint32_t value = 0;
    qemu.memory_rw(pa, &value, sizeof value, false);
    return value;
}

static int gdb_number(int number)
{
    static const uint8_t order_64[] = {0, 2, 3, 1, 7, 6, 4, 5};
    static const uint8_t others[] = {GDB_CS, GDB_CR0, GDB_CR3, GDB_CR4,
                                     GDB_EIP};
    if (number < GUEST_CS)
        return is_x86_64 ? order_64[number] : number;
    return others[number - GUEST_CS] + (is_x86_64 ? GDB_X86_64_EXTRA : 0);
}

static uint32_t read_register(int number)
{
    uint32_t value = 0;
    qemu.array_set_size(scratch, 0);
    qemu.read_register(current_cpu(), scratch, gdb_number(number));
    memcpy(&value, scratch->data, sizeof value);
    return value;
}

/* GDTR, IDTR and TR are in QEMU's register dump only: "GDT=     base limit",
 * "TR =0028 base limit flags ...". */
static void load_tables(struct guest *g)
{
    char *text = NULL;
    size_t length;
    FILE *f = open_memstream(&text, &length);
    if (!f)
        return;
    qemu.dump_state(current_cpu(), f, 0);
    fclose(f);
    const char *gdt = strstr(text, "GDT="), *idt = strstr(text, "IDT=");
    const char *tr = strstr(text, "TR =");
    if (gdt)
        sscanf(gdt + 4, " %x", &g->gdt_base);
    if (idt)
        sscanf(idt + 4, " %x %x", &g->idt_base, &g->idt_limit);
    if (tr)
        sscanf(tr + 4, " %*x %x", &g->tss_base);
    free(text);
}

static bool find(const char *name, void *function)
{
    void *symbol = dlsym(RTLD_DEFAULT, name);
    memcpy(function, &symbol, sizeof symbol);
    return symbol != NULL;
}

const char *machine_open(struct guest *guest, bool x86_64)
{
    const struct {
        const char *name;
        void *function;
    } wanted[] = {
        {"qmp_query_version", &qemu.query_version},
        {"cpu_physical_memory_rw", &qemu.memory_rw},
        {"x86_cpu_gdb_read_register", &qemu.read_register},
        {"cpu_dump_state", &qemu.dump_state},
        {"g_byte_array_new", &qemu.array_new},
        {"g_byte_array_set_size", &qemu.array_set_size},
    };
    for (unsigned i = 0; i < sizeof wanted / sizeof *wanted; i++)
        if (!find(wanted[i].name, wanted[i].function))
            return wanted[i].name;
    if (!dlsym(RTLD_DEFAULT, "current_cpu"))
        return "current_cpu";
    scratch = qemu.array_new();
    is_x86_64 = x86_64;
    guest->read32 = read32;
    guest->reg = read_register;
    guest->load_tables = load_tables;
    return NULL;
}

int machine_version(void)
{
    return (int)*qemu.query_version(NULL)->major;
}

/* With -icount two members of the accelerator's class lead to icount_get():
 * get_virtual_clock and, right behind it or (from QEMU 9.1 on) one word
 * further, get_elapsed_ticks, which RDTSC asks. The class is about 30 words
 * long. */
#define CLASS_WORDS 32
#define NEIGHBOURS  2

const char *machine_hook_tsc(int64_t (*ticks)(void))
{
    void **(*get_class)(void);
    void *icount_get;
    if (!find("cpus_get_accel", &get_class))
        return "QEMU does not export cpus_get_accel";
    if (!find("icount_get", &icount_get))
        return "QEMU does not export icount_get";
    void **class = get_class();
    unsigned first = 0;
    while (class && first < CLASS_WORDS && class[first] != icount_get)
        first++;
    for (unsigned i = first + 1; class && i <= first + NEIGHBOURS; i++)
        if (i < CLASS_WORDS && class[i] == icount_get) {
            memcpy(&class[i], &ticks, sizeof ticks);
            return NULL;
        }
    return "QEMU runs without -icount";
}
