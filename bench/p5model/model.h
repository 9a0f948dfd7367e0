/*
 * The P5 model: pipes, caches, TLBs, branch prediction and interrupts put
 * together behind three calls, without any of QEMU.
 *
 * Before each instruction runs, model_step() is called with it; after each of
 * its data accesses, model_access(). What an instruction did to control flow
 * or machine state is therefore seen when the next one arrives.
 */
#ifndef P5_MODEL_H
#define P5_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "btb.h"
#include "counters.h"
#include "guest.h"
#include "idt.h"
#include "insn.h"
#include "memory.h"
#include "pipeline.h"

#define REGIONS 256

struct region {
    struct counters begin;
    uint32_t sequence; /* how often it has ended */
    bool open;
};

struct model;

/* Where results go; set by the owner, any may be NULL. */
struct sink {
    void (*region)(unsigned id, uint32_t sequence, const struct counters *);
    void (*trace_begin)(const struct model *);
    void (*trace_step)(const struct model *, const struct insn *);
    void (*trace_end)(const struct model *);
    int trace_id; /* region to trace, or -1 */
};

struct model {
    struct counters count; /* first: the hottest */
    struct pipeline pipe;
    struct memory memory;
    struct btb btb;
    struct idt idt;
    struct guest *guest;
    struct sink sink;

    bool on;          /* marker 3 was seen */
    bool predict_ret; /* RET and indirect branches go through the BTB */
    bool tracing;
    unsigned cpl;
    const struct insn *previous; /* instruction before this one */
    const struct insn *pending;  /* ... if it changed the machine's state */
    uint32_t far_operand; /* where a branch read its target, or 0 */
    struct region region[REGIONS];
};

/* A P5, or (with the costs of cost_select_p6) an estimate of a P6. */
void model_init(struct model *model, struct guest *guest, bool p6);

/* INSN is about to run. Before the model is on this only looks for the
 * marker that turns it on. */
void model_step(struct model *model, const struct insn *insn);

/* INSN has just accessed SIZE bytes at linear address VA. */
void model_access(struct model *model, const struct insn *insn, uint32_t va,
                  unsigned size, bool store);

#endif
