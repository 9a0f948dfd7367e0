/* What the model writes: one JSON object a line for each region that ends,
 * and the U/V trace. */
#ifndef P5_REPORT_H
#define P5_REPORT_H

#include <stdio.h>

#include "model.h"

/* {"region":ID,...}; ID < 0 is the whole run, "region":"total". */
void report_region(FILE *out, int id, uint32_t sequence,
                   const struct counters *delta);

/* The trace: a line an instruction, written when the next one shows that
 * everything it cost is known. */
/* A reference of the instruction now in the trace; its lines follow the
 * instruction's (option accesses=on). */
void trace_touch(const struct touch *touch);

void trace_begin(FILE *out, const struct model *model);
void trace_step(FILE *out, const struct model *model, const struct insn *insn);
void trace_end(FILE *out, const struct model *model);

#endif
