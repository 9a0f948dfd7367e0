/*
 * run.h - programs that are no boot modules: their files were read at the
 * prompt (shell_files.c).
 *
 * Such a program has a name of its own, as others have, and stays in the table.
 * When it is no more, the next one takes its place: one of its name, or if there
 * is no other place, any.
 */
#pragma once

#include "command.h"
#include "modules.h"

#include <l4/types.h>

#define RUN_PROGRAMS 16 /* at once */
#define RUN_LOG2     22 /* of the largest file */

struct program;

struct run {
    char command[COMMAND_LENGTH]; /* as a module's */
    L4_Word_t block;              /* the file, in 2^block_log2 bytes; the
                                   * supervisor's from then on */
    L4_Word_t block_log2;
    L4_Word_t bytes;
    struct program *made; /* null: so many live */
};

/* For the supervisor: start it; 1 if it runs. Or give its block back. */
int run_start(struct run *r);
void run_forget(const struct run *r);
