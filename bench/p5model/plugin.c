/*
 * The P5 cycle model as a QEMU 7.2 TCG plugin: installation, callbacks, end.
 *
 * For how to run it and what it prints see README.md; model.h is the model.
 */
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
EXPORT int qemu_plugin_version = QEMU_PLUGIN_API;
int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info_t *info,
                        int argc, char **argv);

static struct options options;
static struct guest guest;
static struct model model;
static uint64_t executed;  /* instructions, the unmodelled ones included */
static uint64_t before_on; /* ... until the model was switched on */
static FILE *out, *trace_out;

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

static void
before_insn(unsigned vcpu, void *data)
{
    const struct insn *insn = data;
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
    model_access(&model, data, (uint32_t)va,
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

static void
instrument(struct qemu_plugin_insn *qemu_insn)
{
    struct insn *insn = icode_get((uint32_t)qemu_plugin_insn_vaddr(qemu_insn),
                                  qemu_plugin_insn_data(qemu_insn),
                                  (unsigned)qemu_plugin_insn_size(qemu_insn));
    if (!insn) {
        fputs("p5model: out of memory\n", stderr);
        _exit(EXIT_FAILURE);
    }
    if (options.trace >= 0 && !insn->text)
        insn->text = qemu_plugin_insn_disas(qemu_insn);
    qemu_plugin_register_vcpu_insn_exec_cb(qemu_insn, before_insn,
                                           QEMU_PLUGIN_CB_NO_REGS, insn);
    qemu_plugin_register_vcpu_mem_cb(qemu_insn, after_access,
                                     QEMU_PLUGIN_CB_NO_REGS, QEMU_PLUGIN_MEM_RW,
                                     insn);
}

static void
translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
    (void)id;
    hook_tsc_once();
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++)
        instrument(qemu_plugin_tb_get_insn(tb, i));
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
    return !missing;
}

static void
set_up_model(void)
{
    model_init(&model, &guest);
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
