/*
 * placement.h - whose space is small, and how large that is.
 *
 * A program that says nothing is small if it can be; when it goes beyond its
 * limit, the kernel makes it large without a word (Liedtke's rule). One that is
 * placed automatically (COMMAND_AUTO) asks us at its limit: its slot grows, or
 * beyond its threshold its space becomes large; and comes back, when it gives
 * memory back.
 */
#pragma once

#include "command.h"

#include <l4/types.h>
#include <pn/operand.h>

struct program;

/* From now on it is placed like that. Returns whether it has the kind of space
 * that was asked for; COMMAND_ANY and COMMAND_AUTO ask for any. */
int placement_set(struct program *p, enum command_size size);

/* Its message of a limit fault. 1: it shall run again. 0: what it wanted is not
 * its memory. */
int placement_fault(struct program *p, struct pn_fault *fault);

/* It may have the page at `address`, which the kernel wants on its behalf:
 * while it is small, make it reach there. */
void placement_reach(struct program *p, L4_Word_t address);

/* It needs nothing of its heap from `address` on. Returns whether that was
 * taken back now. */
int placement_trim(struct program *p, L4_Word_t address);

/* Slide all small spaces to the beginning of the area; returns the bytes of the
 * largest hole. */
L4_Word_t placement_compact(void);
