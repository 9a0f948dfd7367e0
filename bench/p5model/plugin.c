/*
 * The P5 cycle model as a QEMU TCG plugin: installation, callbacks, end. One
 * file for all versions of QEMU's plugin interface (qemu_api.h).
 *
 * For how to run it and what it prints see README.md; model.h is the model.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cost.h"
#include "icode.h"
#include "machine.h"
#include "model.h"
#include "options.h"
#include "qemu_api.h"
#include "report.h"

#define EXPORT     __attribute__((visibility("default")))
#define EXIT_LIMIT 99
#define FALLBACK                                                \
    "the P5 model cannot run; fall back to instruction counts " \
    "(-icount shift=0 without this plugin)"

extern int qemu_plugin_version;
EXPORT int qemu_plugin_version = QEMU_PLUGIN_API_OLD;
int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info_t *info,
                        int argc, char **argv);

static struct options options;
static struct guest guest;
static struct model model;
static bool code_moves;     /* see struct block */
static bool data_is_copied; /* which qemu_plugin_insn_data this QEMU has */
static uint64_t executed;  /* instructions, the unmodelled ones included */
static uint64_t before_on; /* ... until the model was switched on */
static FILE *out, *trace_out;

/* Runs when QEMU loads this file, ahead of its look at the version. */
__attribute__((constructor)) static void
choose_version(void)
{
    if (dlsym(RTLD_DEFAULT, QEMU_PLUGIN_NEW_CALL))
        qemu_plugin_version = QEMU_PLUGIN_API_NEW;
}

/* RDTSC: goes on from the instructions counted before the model was on, so
 * that the clock never stands still or goes back. */
static int64_t
ticks(void)
{
    return (int64_t)(model.on ? before_on + model.count.cycles : executed);
}

static void
on_region(unsigned id, uint32_t sequence, const struct counters *delta)
{
    report_region(out, (int)id, sequence, delta);
}

static void
on_trace_begin(const struct model *m)
{
    trace_begin(trace_out, m);
}

static void
on_trace_step(const struct model *m, const struct insn *insn)
{
    trace_step(trace_out, m, insn);
}

static void
on_trace_end(const struct model *m)
{
    trace_end(trace_out, m);
}

static void
limit_reached(uint32_t va)
{
    fprintf(stderr, "p5model: limit of %llu instructions reached at %08x\n",
            (unsigned long long)options.limit, (unsigned)va);
    report_region(out, -1, 0, &model.count);
    _exit(EXIT_LIMIT); /* as a hung guest cannot be asked to stop */
}

/*
 * What QEMU translates at once. From version 8 on it runs such code at any
 * address that the same bytes are mapped to (CF_PCREL), so the address has to
 * be asked for each time: EIP is up to date where a block begins. In earlier
 * versions it is not, and the code stays where it is.
 */
#define FIRST_THAT_MOVES 8

struct block {
    uint32_t eip;
    unsigned count;
    struct insn *insn[]; /* as they are at that address */
};

static void
out_of_memory(void)
{
    fputs("p5model: out of memory\n", stderr);
    _exit(EXIT_FAILURE);
}

static struct insn *
insn_get(uint32_t va, const uint8_t *bytes, size_t length)
{
    struct insn *insn = icode_get(va, bytes, (unsigned)length);
    if (!insn)
        out_of_memory();
    return insn;
}

static void
move_block(struct block *block, uint32_t eip)
{
    for (unsigned i = 0; i < block->count; i++) {
        struct insn *old = block->insn[i];
        struct insn *insn =
            insn_get(old->va + eip - block->eip, old->bytes, old->length);
        if (!insn->text)
            insn->text = old->text;
        block->insn[i] = insn;
    }
    block->eip = eip;
}

static void
before_block(unsigned vcpu, void *data)
{
    struct block *block = data;
    uint32_t eip = guest.reg(GUEST_EIP);
    (void)vcpu;
    if (eip != block->eip)
        move_block(block, eip);
}

static void
before_insn(unsigned vcpu, void *data)
{
    const struct insn *insn = *(struct insn **)data;
    (void)vcpu;
    if (executed++ == options.limit)
        limit_reached(insn->va);
    if (!model.on)
        before_on = executed;
    model_step(&model, insn);
}

static void
after_access(unsigned vcpu, qemu_plugin_meminfo_t info, uint64_t va, void *data)
{
    (void)vcpu;
    model_access(&model, *(struct insn **)data, (uint32_t)va,
                 1u << qemu_plugin_mem_size_shift(info),
                 qemu_plugin_mem_is_store(info));
}

static void
hook_tsc_once(void)
{
    static bool done;
    if (done || !options.tsc)
        return;
    done = true;
    const char *problem = machine_hook_tsc(ticks);
    if (problem)
        fprintf(stderr,
                "p5model: tsc=on: %s: RDTSC does not return modelled cycles\n",
                problem);
}

static struct insn *
decoded(const struct qemu_plugin_insn *qemu_insn)
{
    uint8_t copy[INSN_MAX_BYTES];
    const uint8_t *bytes = copy;
    size_t size = qemu_plugin_insn_size(qemu_insn);

    if (!data_is_copied)
        bytes = qemu_plugin_insn_data_pointer(qemu_insn);
    else
        size = qemu_plugin_insn_data_copy(qemu_insn, copy, sizeof copy);
    return insn_get((uint32_t)qemu_plugin_insn_vaddr(qemu_insn), bytes, size);
}

/* `place` holds the instruction for as long as its code may run. */
static void
instrument(struct qemu_plugin_insn *qemu_insn, struct insn **place)
{
    *place = decoded(qemu_insn);
    if (options.trace >= 0 && !(*place)->text)
        (*place)->text = qemu_plugin_insn_disas(qemu_insn);
    qemu_plugin_register_vcpu_insn_exec_cb(qemu_insn, before_insn,
                                           QEMU_PLUGIN_CB_NO_REGS, place);
    qemu_plugin_register_vcpu_mem_cb(qemu_insn, after_access,
                                     QEMU_PLUGIN_CB_NO_REGS, QEMU_PLUGIN_MEM_RW,
                                     place);
}

static void
translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
    size_t count = qemu_plugin_tb_n_insns(tb);
    struct block *block = malloc(sizeof *block + count * sizeof block->insn[0]);
    (void)id;
    if (!block)
        out_of_memory();
    hook_tsc_once();
    *block = (struct block){.eip = code_moves ? guest.reg(GUEST_EIP) : 0,
                            .count = (unsigned)count};
    if (code_moves)
        qemu_plugin_register_vcpu_tb_exec_cb(tb, before_block,
                                             QEMU_PLUGIN_CB_NO_REGS, block);
    for (size_t i = 0; i < count; i++)
        instrument(qemu_plugin_tb_get_insn(tb, i), &block->insn[i]);
}

static void
at_exit(qemu_plugin_id_t id, void *data)
{
    (void)id;
    (void)data;
    report_region(out, -1, 0, &model.count);
}

static bool
open_file(const char *name, FILE **file)
{
    *file = name ? fopen(name, "w") : stderr;
    if (!*file)
        fprintf(stderr, "p5model: cannot write %s: %s\n", name,
                strerror(errno));
    return *file != NULL;
}

/* Is this a QEMU that the model understands? Says why not. */
static bool
check_qemu(const struct qemu_info_t *info, bool x86_64)
{
    if (!x86_64 && strcmp(info->target_name, "i386")) {
        fprintf(stderr, "p5model: target %s is not i386: " FALLBACK "\n",
                info->target_name);
        return false;
    }
    if (!info->system_emulation || info->system.max_vcpus > 1) {
        fputs("p5model: needs a whole machine with one CPU: " FALLBACK "\n",
              stderr);
        return false;
    }
    const char *missing = machine_open(&guest, x86_64);
    if (missing)
        fprintf(stderr, "p5model: this QEMU does not export %s: " FALLBACK "\n",
                missing);
    if (missing)
        return false;
    code_moves = machine_version() >= FIRST_THAT_MOVES;
    data_is_copied = info->version.cur >= QEMU_PLUGIN_API_COPIES;
    return true;
}

static void
set_up_model(void)
{
    model_init(&model, &guest, options.p6);
    model.predict_ret = options.predict_ret;
    model.pipe.banks = options.banks;
    if (options.accesses)
        model.memory.touched = trace_touch;
    model.sink = (struct sink){.region = on_region,
                               .trace_begin = on_trace_begin,
                               .trace_step = on_trace_step,
                               .trace_end = on_trace_end,
                               .trace_id = options.trace};
    if (!options.limit)
        options.limit = UINT64_MAX;
}

EXPORT int
qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info_t *info,
                    int argc, char **argv)
{
    if (!options_parse(&options, argc, argv) ||
        !check_qemu(info, !strcmp(info->target_name, "x86_64")) ||
        !open_file(options.outfile, &out) ||
        !open_file(options.tracefile, &trace_out))
        return -1;
    if (options.dump_costs)
        cost_dump(stderr);
    set_up_model();
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    qemu_plugin_register_atexit_cb(id, at_exit, NULL);
    return 0;
}
