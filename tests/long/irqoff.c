/*
 * tests/long/irqoff.c - a QEMU plugin that measures how long a guest's kernel
 * keeps interrupts off, in instructions.
 *
 *     -plugin irqoff.so,outfile=FILE[,kernel=E0000000]
 *
 * EFLAGS cannot be read here, but it need not: user code runs with interrupts
 * on, and the kernel turns them off by being entered and on by STI or IRET. A
 * stretch begins with the first instruction of the kernel (of an interrupt, if
 * the kernel itself was interrupted behind an STI) or with CLI, and ends with
 * STI, or with an IRET that user code follows, or the window between STI and
 * CLI. A repeated string instruction counts once a repetition.
 *
 * `test eax, 0x4c540000 + n` in user code begins phase n, n < 64. At the end
 * FILE has a line for each: "phase N longest COUNT from ADDRESS to ADDRESS".
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "qemu_api.h"

#define EXPORT __attribute__((visibility("default")))
#define MARK   0x4c540000u
#define PHASES 64

extern int qemu_plugin_version;
EXPORT int qemu_plugin_version = QEMU_PLUGIN_API_OLD;
int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info_t *info,
                        int argc, char **argv);

enum kind { OTHER, STI, CLI, HLT, NOP, IRET, PHASE };

/* An instruction's address and kind in one word that a callback can have. */
#define CODE(va, kind, n) \
    ((void *)(uintptr_t)((uint64_t)(va) | (uint64_t)(kind) << 32 | \
                         (uint64_t)(n) << 40))

static struct stretch {
    uint64_t count;
    uint32_t from, to;
} now, longest[PHASES];

static unsigned phase;
static bool window;   /* the kernel has interrupts on: behind STI, before CLI */
static bool returned; /* the last instruction was IRET */
static uint32_t kernel = 0xe0000000u;
static bool data_is_copied;
static const char *outfile = "irqoff.txt";

__attribute__((constructor)) static void
choose_version(void)
{
    if (dlsym(RTLD_DEFAULT, QEMU_PLUGIN_NEW_CALL))
        qemu_plugin_version = QEMU_PLUGIN_API_NEW;
}

static void
stretch_end(void)
{
    if (now.count > longest[phase].count)
        longest[phase] = now;
    now.count = 0;
}

static void
stretch_step(uint32_t va)
{
    if (now.count++ == 0)
        now.from = va;
    now.to = va;
}

static bool
in_window(enum kind kind)
{
    return kind == CLI || kind == HLT || kind == NOP;
}

static void
before_insn(unsigned vcpu, void *data)
{
    uint64_t code = (uintptr_t)data;
    uint32_t va = (uint32_t)code;
    enum kind kind = code >> 32 & 0xff;

    (void)vcpu;
    if (va < kernel) {
        stretch_end();
        window = returned = false;
        if (kind == PHASE)
            phase = (unsigned)(code >> 40);
        return;
    }
    if (returned && in_window(kind)) {
        stretch_end();
        window = true;
    }
    returned = kind == IRET;
    if (window && in_window(kind) && kind != CLI)
        return;
    window = kind == STI;
    stretch_step(va);
    if (kind == STI)
        stretch_end();
}

static enum kind
kind_of(const uint8_t *bytes, size_t size, unsigned *n)
{
    uint32_t word;

    if (size == 5 && bytes[0] == 0xa9) {
        memcpy(&word, bytes + 1, 4);
        *n = word - MARK;
        return *n < PHASES ? PHASE : OTHER;
    }
    if (size != 1)
        return OTHER;
    switch (bytes[0]) {
    case 0xfb:
        return STI;
    case 0xfa:
        return CLI;
    case 0xf4:
        return HLT;
    case 0x90:
        return NOP;
    case 0xcf:
        return IRET;
    }
    return OTHER;
}

static const uint8_t *
bytes_of(const struct qemu_plugin_insn *insn, uint8_t *room, size_t size)
{
    if (!data_is_copied)
        return qemu_plugin_insn_data_pointer(insn);
    (void)qemu_plugin_insn_data_copy(insn, room, size);
    return room;
}

static void
translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
    (void)id;
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
        uint8_t room[16];
        size_t size = qemu_plugin_insn_size(insn);
        unsigned n = 0;
        enum kind kind = kind_of(bytes_of(insn, room, size), size, &n);
        uint32_t va = (uint32_t)qemu_plugin_insn_vaddr(insn);

        qemu_plugin_register_vcpu_insn_exec_cb(
            insn, before_insn, QEMU_PLUGIN_CB_NO_REGS, CODE(va, kind, n));
    }
}

static void
at_exit(qemu_plugin_id_t id, void *data)
{
    FILE *out = fopen(outfile, "w");

    (void)id;
    (void)data;
    if (!out) {
        perror(outfile);
        exit(EXIT_FAILURE);
    }
    for (unsigned i = 0; i < PHASES; i++)
        if (longest[i].count != 0)
            fprintf(out, "phase %u longest %llu from %08x to %08x\n", i,
                    (unsigned long long)longest[i].count, longest[i].from,
                    longest[i].to);
    fclose(out);
}

EXPORT int
qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info_t *info,
                    int argc, char **argv)
{
    data_is_copied = info->version.cur >= QEMU_PLUGIN_API_COPIES;
    for (int i = 0; i < argc; i++) {
        if (!strncmp(argv[i], "outfile=", 8))
            outfile = strdup(argv[i] + 8);
        else if (!strncmp(argv[i], "kernel=", 7))
            kernel = (uint32_t)strtoul(argv[i] + 7, NULL, 16);
        else
            return -1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    qemu_plugin_register_atexit_cb(id, at_exit, NULL);
    return 0;
}
