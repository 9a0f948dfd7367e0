/*
 * chains.h - programs by their names: who looks for one (program_named, in
 * program.h) goes through a chain of those whose names have one hash.
 */
#pragma once

struct program;

/* It has its name from now on, which nobody else has. */
void chain_enter(struct program *p);

/* It is going to have another one. */
void chain_leave(struct program *p);
