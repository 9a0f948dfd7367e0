/*
 * Control flow between instructions: branches, and the interrupts and
 * exceptions that QEMU does not announce.
 */
#ifndef P5_FLOW_H
#define P5_FLOW_H

#include "model.h"

/* FROM has been executed and TO comes next: charge how one got there. */
void flow_resolve(struct model *model, const struct insn *from,
                  const struct insn *to);

#endif
